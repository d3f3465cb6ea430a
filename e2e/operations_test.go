package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/topology"
)

const operations = "../docs/operations/*.md"

// operator runs the planner and the loader, without fetchers: the answers are
// those of the test.
func operator(t *testing.T) *harness.World {
	t.Helper()
	w := harness.NewWorld(t, limited(), goodKeys, goodToken)
	w.Start(t, "planner", "loader")
	w.Until(t, "the planner has made the streams", func(ctx context.Context) (bool, error) {
		_, err := w.JS.Consumer(ctx, topology.StreamRaw, topology.ConsumerLoader)
		return err == nil, nil
	})
	return w
}

func detail(movieCd, title string) messages.Payload {
	return answer(messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: movieCd}, fmt.Sprintf(
		`{"movieInfoResult":{"movieInfo":{"movieCd":%q,"movieNm":%q,"movieNmEn":"","movieNmOg":"","showTm":"","prdtYear":"2019","openDt":"","prdtStatNm":"","typeNm":"장편",`+
			`"nations":[],"genres":[],"directors":[],"actors":[],"showTypes":[],"companys":[],"audits":[],"staffs":[]},"source":"영화진흥위원회"}}`, movieCd, title))
}

func movie(id int) messages.Payload {
	return answer(messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: strconv.Itoa(id)}, fmt.Sprintf(`{"id":%d,"title":"영화 %d"}`, id, id))
}

func answer(name messages.Name, body string) messages.Payload {
	return messages.Payload{Name: name, Outcome: messages.OutcomeOK, FetchedAt: time.Now(), ContentType: "application/json", RunID: "test", Attempt: 1, Body: []byte(body)}
}

func publish(t *testing.T, w *harness.World, payloads ...messages.Payload) {
	t.Helper()
	for _, p := range payloads {
		require.NoError(t, send(t.Context(), w, p))
	}
}

func send(ctx context.Context, w *harness.World, p messages.Payload) error {
	msg, err := p.Msg()
	if err != nil {
		return err
	}
	_, err = w.JS.PublishMsg(ctx, msg)
	return err
}

// untilLoaded waits until the loader has acknowledged all of RAW, by a consumer
// that is not narrowed to a part of it.
func untilLoaded(t *testing.T, w *harness.World) {
	t.Helper()
	w.Until(t, "RAW is loaded", func(ctx context.Context) (bool, error) {
		loader, err := w.JS.Consumer(ctx, topology.StreamRaw, topology.ConsumerLoader)
		if err != nil {
			return false, err
		}
		if loader.CachedInfo().Config.FilterSubject != "" {
			return false, nil
		}
		return natstest.Drained(ctx, w.JS, topology.StreamRaw, topology.ConsumerLoader)
	})
}

// arrivals publishes films until it is stopped, and then tells how many.
func arrivals(t *testing.T, w *harness.World, from int) (stop func() int) {
	t.Helper()
	n, done, ended := 0, make(chan struct{}), make(chan error, 1)
	go func() {
		pace := time.NewTicker(50 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-done:
				ended <- nil
				return
			case <-pace.C:
			}
			if err := send(t.Context(), w, detail(fmt.Sprintf("2020%04d", from+n), "new")); err != nil {
				ended <- err
				return
			}
			n++
		}
	}()
	return func() int {
		close(done)
		require.NoError(t, <-ended)
		return n
	}
}

// replays are the commands with what comes back of 30 films of KOBIS (sequences 1
// to 30 of RAW) and 20 of TMDB (31 to 50) whose rows of staging are gone.
var replays = []struct {
	name        string
	values      []string
	kobis, tmdb int
}{
	{"replay-everything", nil, 30, 20},
	{"replay-from-sequence", []string{"from", "25"}, 6, 20},
	{"replay-slice", []string{"slice", "raw.tmdb.>"}, 0, 20},
	{"replay-slice", []string{"slice", "raw.kobis.movie-detail.20190007"}, 1, 0},
	{"replay-slice", []string{"slice", "raw.kobis.>"}, 30, 0},
}

func TestReplaysLoseNothingOfWhatArrives(t *testing.T) {
	t.Parallel()
	commands := harness.ReadCommands(t, operations)
	w := operator(t)
	for i := range 30 {
		publish(t, w, detail(fmt.Sprintf("2019%04d", i), "old"))
	}
	for i := range 20 {
		publish(t, w, movie(i+1))
	}
	arrived := 0
	for _, replay := range replays {
		untilLoaded(t, w)
		w.Exec(t, "DELETE FROM staging.kobis_movie_details WHERE title = 'old'")
		w.Exec(t, "DELETE FROM staging.tmdb_movies")
		stop := arrivals(t, w, arrived)
		w.Shell(t, commands.With(t, replay.name, replay.values...))
		require.Contains(t, w.Shell(t, commands["replay-progress"]), "Unprocessed Messages")
		arrived += stop()
		untilLoaded(t, w)
		requireCount(t, w, replay.kobis, "staging.kobis_movie_details WHERE title = 'old'", replay)
		requireCount(t, w, replay.tmdb, "staging.tmdb_movies", replay)
		requireCount(t, w, arrived, "staging.kobis_movie_details WHERE title = 'new'", replay)
	}
	require.Positive(t, arrived)
	requireCount(t, w, 0, "ops.dead_letters")
	w.StopAll(t)
}

// requireCount waits: a consumer that has just been changed may say for a moment that
// nothing is before it.
func requireCount(t *testing.T, w *harness.World, want int, table string, why ...any) {
	t.Helper()
	w.Until(t, fmt.Sprintf("%d are in %s %v", want, table, why), func(ctx context.Context) (bool, error) {
		n, err := w.Count(ctx, "SELECT count(*) FROM "+table)
		return n == int64(want), err
	})
}

// The sequence from which a replay starts is the first that is as new as asked
// for, by the clock of when it was asked.
func TestAReplayFromATime(t *testing.T) {
	t.Parallel()
	commands := harness.ReadCommands(t, operations)
	w := operator(t)
	stop := arrivals(t, w, 0)
	w.UntilRows(t, 20, "SELECT count(*) FROM staging.kobis_movie_details")
	const since = time.Second
	before := time.Now()
	out := w.Shell(t, commands.With(t, "replay-from-time", "since", since.String())+"\necho from=$from")
	after := time.Now()
	stop()
	_, text, _ := strings.Cut(out, "from=")
	from, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	require.NoError(t, err, out)
	raw, err := w.JS.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	first, err := raw.GetMsg(t.Context(), from)
	require.NoError(t, err)
	require.False(t, first.Time.Before(before.Add(-since)))
	if from > 1 {
		previous, err := raw.GetMsg(t.Context(), from-1)
		require.NoError(t, err)
		require.True(t, previous.Time.Before(after.Add(-since)))
	}
	untilLoaded(t, w)
	w.StopAll(t)
}

func TestDeadLettersAreListedInspectedRequeuedAndDropped(t *testing.T) {
	t.Parallel()
	commands := harness.ReadCommands(t, operations)
	w := operator(t)
	w.Exec(t, "ALTER TABLE staging.kobis_movie_details ADD CONSTRAINT poison CHECK (title NOT LIKE '독%')")
	large := detail("20190003", "독")
	large.Body = append(large.Body, strings.Repeat(" ", 2*messages.CompressAbove)...) // it travels compressed
	publish(t, w, detail("20190001", "약"), detail("20190002", "독"), large, detail("20190004", "독 {{Count}}"),
		answer(messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: "5"}, "<html>"))
	w.UntilRows(t, 4, "SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NULL AND reason <> ''")
	requireCount(t, w, 1, "staging.kobis_movie_details")

	letters := lettersOf(t, w)
	list := w.Shell(t, commands["dead-list"])
	for subject, seq := range letters {
		require.Contains(t, list, subject)
		require.Contains(t, list, fmt.Sprintf("seq: %d ", seq))
	}
	seq := func(name string) string { return strconv.FormatUint(letters["dead.raw."+name], 10) }
	shown := w.Shell(t, commands.With(t, "dead-inspect", "seq", seq("tmdb.movie-detail.5"))+"\ncat body")
	require.Contains(t, shown, "Cledit-Reason: The loader can't read this payload: the body is a page of HTML")
	require.Contains(t, shown, "<html>")
	w.Shell(t, commands.With(t, "dead-drop", "seq", seq("tmdb.movie-detail.5")))
	require.Len(t, lettersOf(t, w), 3)

	w.Exec(t, "ALTER TABLE staging.kobis_movie_details DROP CONSTRAINT poison")
	one := commands.With(t, "dead-requeue", "seq", seq("kobis.movie-detail.20190003"))
	w.Shell(t, one)
	w.UntilRows(t, 2, "SELECT count(*) FROM staging.kobis_movie_details")
	function, _, _ := strings.Cut(one, "\nseq=")
	w.Shell(t, function+"\n"+commands.With(t, "dead-requeue-kind", "kind", "dead.raw.kobis.movie-detail.>"))
	w.UntilRows(t, 4, "SELECT count(*) FROM staging.kobis_movie_details")
	require.Empty(t, lettersOf(t, w))
	requireCount(t, w, 3, "staging.kobis_movie_details WHERE title LIKE '독%'")
	requireCount(t, w, 1, "staging.kobis_movie_details WHERE title = '독 {{Count}}'")
	w.UntilRows(t, 3, "SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NOT NULL")
	requireCount(t, w, 4, "raw.payloads WHERE sha256 = sha256(convert_to(body::text, 'UTF8'))")
	w.StopAll(t)
}

// lettersOf are the sequences of DEAD's messages by subject.
func lettersOf(t *testing.T, w *harness.World) map[string]uint64 {
	t.Helper()
	stream, err := w.JS.Stream(t.Context(), topology.StreamDead)
	require.NoError(t, err)
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	require.NoError(t, err)
	letters := make(map[string]uint64)
	for subject := range info.State.Subjects {
		msg, err := stream.GetLastMsgForSubject(t.Context(), subject)
		require.NoError(t, err)
		letters[subject] = msg.Sequence
	}
	return letters
}
