package loader

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/command/migrate"
	"github.com/cledit/pipeline/services/loader/command/purge"
	"github.com/cledit/pipeline/services/loader/command/republish"
)

// films are list pages of n films each.
func films(pages, n int) []messages.Payload {
	list := make([]messages.Payload, 0, pages)
	for page := range pages {
		rows := make([]string, 0, n)
		for i := range n {
			cd := fmt.Sprintf("2019%04d", page*n+i)
			rows = append(rows, listRow(cd, "영화 "+cd, "Film "+cd, "2019", "20190530", "한국", "봉준호"))
		}
		list = append(list, listPage(page+1, noon.Add(time.Duration(page)*time.Second), pages*n, rows...))
	}
	return list
}

func (w *world) deadLetters() []messages.DeadLetter {
	w.tb.Helper()
	stream, err := w.js.Stream(w.tb.Context(), topology.StreamDead)
	require.NoError(w.tb, err)
	var letters []messages.DeadLetter
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(w.tb.Context(), seq)
		require.NoError(w.tb, err)
		letter, err := messages.DecodeDeadLetter(msg.Subject, msg.Header, msg.Data)
		require.NoError(w.tb, err)
		letters = append(letters, letter)
	}
	return letters
}

func must(msg *nats.Msg, err error) *nats.Msg {
	if err != nil {
		panic(err)
	}
	return msg
}

func TestPostgresIsStoppedAndStarted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	dir := t.TempDir()
	server := pgtest.Server(t, dir)
	require.NoError(t, server.EnsureDatabase(t.Context(), "cledit"))
	_, err := schema.Migrate(t.Context(), server.URL("cledit"))
	require.NoError(t, err)
	w := newWorldOn(t, server.URL("cledit"))
	cfg := w.config()
	cfg.HTTPAddr = "127.0.0.1:0"
	log := &watchedLog{out: t.Output()}
	cfg.LogWriter = log
	w.start(cfg)
	pages := films(30, 10)
	w.publish(pages[:10]...)
	require.Eventually(t, func() bool { return w.count("staging.kobis_movies") == 100 }, patience, poll)
	require.Eventually(t, func() bool { return log.ready(t) == http.StatusOK }, patience, poll)

	require.NoError(t, server.Stop(t.Context()))
	w.publish(pages[10:20]...)
	log.waitFor(t, "the database is not usable")
	require.Eventually(t, func() bool { return log.ready(t) == http.StatusServiceUnavailable }, patience, poll)
	require.Empty(t, w.deadLetters())

	server = pgtest.Server(t, dir)
	w.publish(pages[20:]...)
	w.db = connect(t, server.URL("cledit"))
	w.settle()
	require.Equal(t, 300, w.count("production.titles"))
	require.Empty(t, w.deadLetters())
	log.waitFor(t, "the database is usable again")
	require.Equal(t, 1, log.times("the database is not usable"), "once, not once per worker and try")
	require.Eventually(t, func() bool { return log.ready(t) == http.StatusOK }, patience, poll)
}

func TestSessionsAreEndedByTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.config())
	for _, p := range films(40, 20) {
		w.publish(p)
		w.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cledit-loader' AND datname = current_database()")
	}
	w.settle()
	require.Equal(t, 800, w.count("production.titles"))
	require.Empty(t, w.deadLetters())
}

func TestTheDatabaseIsNotMigratedYet(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, pgtest.Database(t))
	log := &watchedLog{out: t.Output()}
	cfg := w.config()
	cfg.LogWriter = log
	w.start(cfg)
	w.publish(films(1, 3)...)
	log.waitFor(t, "loader migrate")
	var out strings.Builder
	require.NoError(t, migrate.Run(t.Context(), migrateConfig(w, &out)))
	require.Contains(t, out.String(), "applied 00001_layers.sql")
	w.settle()
	require.Equal(t, 3, w.count("production.titles"))
}

func migrateConfig(w *world, out io.Writer) migrate.Config {
	cfg := migrate.Config{Config: Database{URL: w.url}}
	cfg.Stdout = out
	return cfg
}

func TestTheConsumerIsRemovedAndMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.config())
	pages := films(4, 3)
	w.publish(pages[:2]...)
	w.settle()
	require.NoError(t, w.js.DeleteConsumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader))
	w.publish(pages[2:]...)
	_, err := topology.Ensure(t.Context(), w.js, topology.Config{RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.count("production.titles") == 12 }, patience, poll)
	w.settle()
}

func TestTheStreamIsLostAndRepublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.start(w.config())
	w.publish(parasite(noon)...)
	later := parasite(noon.Add(time.Hour))
	w.publish(later[2]) // the same body again
	w.settle()
	stop()
	dump := w.dump("staging", "production")

	require.NoError(t, w.js.DeleteStream(t.Context(), topology.StreamRaw))
	_, err := topology.Ensure(t.Context(), w.js, topology.Config{RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	var out strings.Builder
	again := republish.Config{LogConfig: w.config().LogConfig, NATSConfig: w.config().NATSConfig, Config: Database{URL: w.url}, JSON: true}
	again.Stdout = &out
	require.NoError(t, republish.Run(t.Context(), again))
	require.Contains(t, out.String(), `"payloads":16`)
	w.truncate("production")
	w.truncate("staging")
	w.start(w.config())
	w.settle()
	require.Equal(t, dump, w.dump("staging", "production"))
}

func TestAPurgedSourceStaysAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.config())
	w.publish(parasite(noon)...)
	w.settle()
	kept := copyStream(w)
	require.NoError(t, purge.Run(t.Context(), w.purge(w.url)))
	for _, msg := range kept { // as a restored backup would
		w.publishMsg(msg)
	}
	w.settle()
	for _, table := range []string{
		"staging.tmdb_movies", "staging.tmdb_searches", "staging.tmdb_series", "staging.tmdb_seasons", "staging.tmdb_persons", "staging.tmdb_people", "production.people WHERE tmdb_id IS NOT NULL",
		"production.credits WHERE source = 'tmdb'", "production.titles WHERE kind = 'series'", "production.titles WHERE tmdb_id IS NOT NULL",
		"production.companies WHERE tmdb_id IS NOT NULL", "raw.payloads WHERE subject LIKE 'tmdb.%'", "production.titles WHERE sources::text LIKE '%tmdb%'",
	} {
		require.Zero(t, w.count(table), table)
	}
	require.Equal(t, 2, w.count("production.titles"))
	require.Equal(t, 1, w.count("staging.kobis_people"), "KOBIS's people stay")
	require.Equal(t, 1, w.count("staging.kobis_people_details"))
	require.Equal(t, 1, w.count("production.people WHERE kobis_people_cd = '10037090'"))
}

// copyStream reads all messages of RAW, without their ids.
func copyStream(w *world) (msgs []*nats.Msg) {
	stream, err := w.js.Stream(w.tb.Context(), topology.StreamRaw)
	require.NoError(w.tb, err)
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		raw, err := stream.GetMsg(w.tb.Context(), seq)
		require.NoError(w.tb, err)
		raw.Header.Del(jetstream.MsgIDHeader)
		msgs = append(msgs, &nats.Msg{Subject: raw.Subject, Header: raw.Header, Data: raw.Data})
	}
	return msgs
}

// Exactly LOADER_CONSUMERS sessions, health checks and drains included.
func TestSessionsAreExactlyTheConsumers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	cfg.Consumers, cfg.Chunk, cfg.HTTPAddr = 3, 10, "127.0.0.1:0"
	log := &watchedLog{out: t.Output()}
	cfg.LogWriter = log
	// A worker whose server is slow to answer looks for another session: then there are
	// two of them, or none, for a moment.
	cfg.answer = patience
	w.start(cfg)
	const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cledit-loader' AND datname = current_database()"
	require.Eventually(t, func() bool { return log.ready(t) == http.StatusOK }, patience, poll)
	for _, p := range films(60, 10) {
		w.publish(p)
		require.Equal(t, 3, ask[int](w, sessions))
		require.Equal(t, http.StatusOK, log.ready(t))
	}
	w.settle()
	require.Equal(t, 3, ask[int](w, sessions))
}

func TestStoppingHandsBackAndLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	cfg.Chunk = 5
	for _, p := range films(100, 5) {
		w.publish(p)
	}
	for w.count("staging.kobis_movies") < 500 {
		stop := w.start(cfg)
		before := w.count("staging.kobis_movies")
		require.Eventually(t, func() bool { return w.count("staging.kobis_movies") > before }, patience, time.Millisecond)
		stop()
	}
	w.start(cfg)
	w.settle()
	require.Equal(t, 500, w.count("production.titles"))
}

// watchedLog keeps what a loader logs and finds its admin server in it.
type watchedLog struct {
	out  io.Writer
	text atomic.Pointer[string]
}

func (l *watchedLog) Write(p []byte) (int, error) {
	for {
		old := l.text.Load()
		text := string(p)
		if old != nil {
			text = *old + text
		}
		if l.text.CompareAndSwap(old, &text) {
			return l.out.Write(p)
		}
	}
}

func (l *watchedLog) String() string {
	if text := l.text.Load(); text != nil {
		return *text
	}
	return ""
}

func (l *watchedLog) times(part string) int { return strings.Count(l.String(), part) }

func (l *watchedLog) waitFor(t *testing.T, part string) {
	t.Helper()
	require.Eventually(t, func() bool { return l.times(part) > 0 }, patience, poll, part)
}

// ready is the status of /readyz.
func (l *watchedLog) ready(t *testing.T) int {
	t.Helper()
	status, _ := l.ask(t, "/readyz")
	return status
}

// readiness reports whether /readyz says something.
func (l *watchedLog) readiness(t *testing.T, words string) bool {
	t.Helper()
	_, body := l.ask(t, "/readyz")
	return strings.Contains(body, words)
}

// metrics is what the loader measures.
func (l *watchedLog) metrics(t *testing.T) string {
	t.Helper()
	_, body := l.ask(t, "/metrics")
	return body
}

func (l *watchedLog) ask(t *testing.T, path string) (status int, body string) {
	t.Helper()
	l.waitFor(t, `"addr":"`)
	_, rest, _ := strings.Cut(l.String(), `"addr":"`)
	addr, _, _ := strings.Cut(rest, `"`)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+addr+path, http.NoBody)
	require.NoError(t, err)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func TestNatsIsStoppedAndStarted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	dir := t.TempDir()
	srv := natstest.StartWith(t, &server.Options{StoreDir: dir})
	port := srv.Addr().(*net.TCPAddr).Port
	w := newWorldOf(t, srv, pgtest.Migrated(t))
	w.start(w.config())
	pages := films(30, 10)
	w.publish(pages[:15]...)
	require.Eventually(t, func() bool { return w.count("staging.kobis_movies") >= 20 }, patience, time.Millisecond)
	srv.Shutdown()
	srv.WaitForShutdown()
	srv = natstest.StartWith(t, &server.Options{StoreDir: dir, Port: port})
	var err error
	w.js, err = jetstream.New(natstest.Connect(t, srv))
	require.NoError(t, err)
	w.publish(pages[15:]...)
	require.Eventually(t, func() bool { return w.count("production.titles") == 300 }, patience, poll)
	w.settle()
	require.Empty(t, w.deadLetters())
}
