package doors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/upstream"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/services/loader"
	"github.com/cledit/pipeline/services/loader/decode"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A value in another form is the same value: what is asked for, and all that is told
// of it.
func TestTheSameInAnotherForm(t *testing.T) {
	t.Parallel()
	handler, questions := source()
	for i, q := range questions {
		body := asked(t, handler, q).Body.Bytes()
		for seed := range uint64(4) {
			r := &reform{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
			requireSame(t, q.name, body, r.body(t, body))
		}
	}
}

// largest is how long an answer may be that is loaded here, in bytes: what is larger is
// refused before it is read, as other tests have it.
const largest = 256 << 10

// answered is a real answer as a hostile source, an odd one and one that is both send it.
func answered(t *testing.T, q question, i int) *httptest.ResponseRecorder {
	t.Helper()
	handler, _ := source()
	answer := asked(t, handler, q)
	if i%3 != 0 {
		answer = spoiled(t, q, uint64(i))
	}
	if root := answer.Body.Bytes(); i%3 != 1 && answer.Code == http.StatusOK && len(root) < largest && bytes.HasPrefix(root, []byte("{")) && json.Valid(root) {
		r := &reform{rand.New(rand.NewPCG(uint64(i), 1)), 8}
		answer.Body = bytes.NewBuffer(r.body(t, root))
	}
	return answer
}

// What the fetcher stores the loader lands, or brings to DEAD whole with a reason; and
// no title is left that can't be derived.
func TestWhatIsStoredLandsOrIsDead(t *testing.T) {
	t.Parallel()
	var stored []messages.Payload
	_, questions := source()
	now := time.Now().UTC().Truncate(time.Microsecond)
	kinds := map[messages.Kind]int{}
	for i := range 180 {
		q := questions[i%len(questions)]
		answer := answered(t, q, i)
		p := payload(q.name, answer.Body.String())
		read := fetcherkobis.Read
		if p.Source == messages.TMDB {
			read = fetchertmdb.Read
		}
		outcome, err := read(messages.Job{Name: p.Name}, &upstream.Response{Status: answer.Code, Header: answer.Header(), Body: p.Body})
		if err != nil || len(p.Body) > largest {
			continue
		}
		p.Outcome, p.FetchedAt, p.ContentType, p.RunID, p.Attempt = outcome, now.Add(time.Duration(i)*time.Microsecond), "application/json", "r", 1
		p.JobID, p.JobTime, p.Request = uint64(i+1), p.FetchedAt, map[string]string{"query": "q"}
		stored = append(stored, p)
		kinds[p.Kind]++
	}
	require.Greater(t, len(stored), 100)
	require.Len(t, kinds, 10, "all kinds: %v", kinds)
	requireLanded(t, stored)
}

// requireLanded loads payloads and asks what became of each.
func requireLanded(t *testing.T, stored []messages.Payload) {
	t.Helper()
	w := landed(t, stored)
	for _, p := range stored {
		_, findings, err := decode.Payload(p)
		letter, dead := w.dead[string(p.Body)]
		require.Equal(t, err != nil, dead, "%s: %v, %s", p.Name, err, p.Body)
		if dead {
			require.NotEmpty(t, letter.Reason)
			require.NotContains(t, letter.Reason, "\n")
			require.True(t, strings.HasSuffix(letter.Subject, p.Name.String()), letter.Subject)
			continue
		}
		kept := p.Body
		if findings.Repaired != nil {
			kept = findings.Repaired
		}
		require.True(t, w.kept[string(kept)], "%s: %s", p.Name, p.Body)
	}
}

// A tombstone comes of an answer that says so, by fetcher and loader alike.
func TestNobodyReadsATombstoneOutOfDoubt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := samples()[rapid.IntRange(0, len(samples())-1).Draw(t, "sample")]
		seed := rapid.Uint64().Draw(t, "seed")
		p.Body = mutated(p.Body, rand.New(rand.NewPCG(seed, 2)))
		outcome, err := fetched(p)
		read := contract.Read(p.Name, p.Body)
		if err == nil && outcome == messages.OutcomeNotFound {
			require.NotEqual(t, contract.OK, read.Verdict)
			require.NotEqual(t, contract.Breach, read.Verdict)
		}
		p.Outcome = messages.OutcomeNotFound
		if _, _, err := decode.Payload(p); read.Verdict == contract.OK || read.Verdict == contract.Breach {
			require.ErrorIs(t, err, decode.ErrUnreadable, string(p.Body))
		}
	})
}

// outcome is what became of payloads: the bodies that RAW's table has, and the dead
// letters by their bodies.
type outcome struct {
	kept map[string]bool
	dead map[string]messages.DeadLetter
}

// landed has a loader load payloads until nothing is left to do.
func landed(t *testing.T, stored []messages.Payload) outcome {
	t.Helper()
	srv, database := natstest.Start(t), pgtest.Migrated(t)
	js, err := jetstream.New(natstest.Connect(t, srv), jetstream.WithDefaultTimeout(natstest.Patience))
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	for _, p := range stored {
		msg, err := p.Msg()
		require.NoError(t, err)
		_, err = js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- loader.Run(ctx, loader.Config{
			Config:   service.Config{HTTPAddr: "off", NATSConfig: service.NATSConfig{NATSURL: srv.ClientURL()}, LogConfig: service.LogConfig{LogLevel: "error", LogWriter: t.Output()}},
			Database: loader.Database{URL: database}, Consumers: 2, Chunk: 100, Now: time.Now,
		})
	}()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	require.Eventually(t, func() bool {
		return loaded(t, js) && count(t, conn, "ops.stale_titles WHERE blocked_until IS NULL") == 0
	}, 5*time.Minute, 50*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	require.Zero(t, count(t, conn, "ops.stale_titles"), "a title can't be derived")
	require.Zero(t, count(t, conn, "ops.suspects"))
	require.Positive(t, count(t, conn, "production.titles"))
	return outcome{bodies(t, conn), letters(t, js)}
}

func loaded(t *testing.T, js jetstream.JetStream) bool {
	t.Helper()
	drained, err := natstest.Drained(t.Context(), js, topology.StreamRaw, topology.ConsumerLoader)
	return err == nil && drained
}

func count(t *testing.T, conn *pgx.Conn, table string) (n int) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func bodies(t *testing.T, conn *pgx.Conn) map[string]bool {
	t.Helper()
	rows, err := conn.Query(t.Context(), "SELECT convert_to(body::text, 'UTF8') FROM raw.payloads")
	require.NoError(t, err)
	kept := map[string]bool{}
	for rows.Next() {
		var body []byte
		require.NoError(t, rows.Scan(&body))
		kept[string(body)] = true
	}
	require.NoError(t, rows.Err())
	return kept
}

func letters(t *testing.T, js jetstream.JetStream) map[string]messages.DeadLetter {
	t.Helper()
	stream, err := js.Stream(t.Context(), topology.StreamDead)
	require.NoError(t, err)
	dead := map[string]messages.DeadLetter{}
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		require.NoError(t, err, fmt.Sprint(seq))
		letter, err := messages.DecodeDeadLetter(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		dead[string(letter.Body)] = letter
	}
	return dead
}
