package loader

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/command/purge"
)

const (
	patience = 5 * time.Minute // a loaded machine is slow, and not wrong
	// poll costs the servers as much as a message does.
	poll = 50 * time.Millisecond
)

// world is a NATS server with the topology and a migrated database.
type world struct {
	tb   testing.TB
	nats string
	js   jetstream.JetStream
	url  string
	db   *pgx.Conn
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	return newWorldOn(tb, pgtest.Migrated(tb))
}

func newWorldOn(tb testing.TB, database string) *world {
	tb.Helper()
	return newWorldOf(tb, natstest.Start(tb), database)
}

func newWorldOf(tb testing.TB, srv *server.Server, database string) *world {
	tb.Helper()
	js, err := jetstream.New(natstest.Connect(tb, srv))
	require.NoError(tb, err)
	_, err = topology.Ensure(tb.Context(), js, topology.Config{RawMaxBytes: 1 << 30})
	require.NoError(tb, err)
	return &world{tb: tb, nats: srv.ClientURL(), js: js, url: database, db: connect(tb, database)}
}

func connect(tb testing.TB, database string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), database)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (w *world) config() Config {
	return Config{
		Config: service.Config{
			HTTPAddr:   "off",
			NATSConfig: service.NATSConfig{NATSURL: w.nats},
			LogConfig:  service.LogConfig{LogLevel: "debug", LogWriter: w.tb.Output()},
		},
		Database: Database{URL: w.url}, Consumers: 2, Chunk: 100, Now: now,
	}
}

// purge is the configuration of a purge of TMDB by a login's URL.
func (w *world) purge(url string) purge.Config {
	cfg := w.config()
	asked := purge.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, Config: Database{URL: url}, Source: "tmdb", JSON: true, Yes: true, Now: now}
	asked.Stdout = w.tb.Output()
	return asked
}

// asDeployed is the default configuration, without the log.
func (w *world) asDeployed() Config {
	cfg := w.config()
	cfg.Consumers, cfg.Chunk, cfg.LogLevel = 5, 500, "error"
	return cfg
}

// start runs a loader until the test ends or stop is called.
func (w *world) start(cfg Config) (stop func()) {
	w.tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg) }()
	var stopped atomic.Bool
	stop = func() {
		if stopped.CompareAndSwap(false, true) {
			cancel()
			require.NoError(w.tb, <-ended)
		}
	}
	w.tb.Cleanup(stop)
	return stop
}

// publish puts payloads into RAW.
func (w *world) publish(payloads ...messages.Payload) {
	w.tb.Helper()
	for _, p := range payloads {
		msg, err := p.Msg()
		require.NoError(w.tb, err)
		w.publishMsg(msg)
	}
}

func (w *world) publishMsg(msg *nats.Msg) {
	w.tb.Helper()
	_, err := w.js.PublishMsg(w.tb.Context(), msg)
	require.NoError(w.tb, err)
}

// settle waits until everything in RAW is acknowledged and no mark is left.
func (w *world) settle() {
	w.tb.Helper()
	require.Eventually(w.tb, func() bool { return w.loaded() && w.count("ops.stale_titles") == 0 }, patience, poll)
}

func (w *world) loaded() bool {
	drained, err := natstest.Drained(w.tb.Context(), w.js, topology.StreamRaw, topology.ConsumerLoader)
	return err == nil && drained
}

func (w *world) count(table string) (n int) {
	w.tb.Helper()
	require.NoError(w.tb, w.db.QueryRow(w.tb.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func ask[T any](w *world, query string, args ...any) (v T) {
	w.tb.Helper()
	require.NoError(w.tb, w.db.QueryRow(w.tb.Context(), query, args...).Scan(&v), query)
	return v
}

// now is the clock of loaders: a day after the first answers when the tests begin,
// and from there with the machine's.
func now() time.Time { return noon.AddDate(0, 0, 1).Add(time.Since(begun)) }

var begun = time.Now()

// noon is when the first answers were fetched.
var noon = clocktest.At().Add(123456 * time.Microsecond)

func payload(source messages.Source, kind messages.Kind, key string, at time.Time, body string) messages.Payload {
	return messages.Payload{
		Name: messages.Name{Source: source, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, FetchedAt: at,
		ContentType: "application/json;charset=utf-8", RunID: "run-1", Attempt: 1, JobID: 7, Body: []byte(body),
	}
}

func notFound(source messages.Source, kind messages.Kind, key string, at time.Time) messages.Payload {
	p := payload(source, kind, key, at, `{"status_code":34}`)
	p.Outcome = messages.OutcomeNotFound
	return p
}

func listPage(page int, at time.Time, total int, rows ...string) messages.Payload {
	list := ""
	for i, row := range rows {
		if i > 0 {
			list += ","
		}
		list += row
	}
	return payload(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", page), at,
		fmt.Sprintf(`{"movieListResult":{"totCnt":%d,"source":"KOBIS","movieList":[%s]}}`, total, list))
}

func listRow(movieCd, title, titleEn, year, open, nation, director string) string {
	return fmt.Sprintf(`{"movieCd":%q,"movieNm":%q,"movieNmEn":%q,"prdtYear":%q,"openDt":%q,"typeNm":"장편","prdtStatNm":"개봉",`+
		`"nationAlt":%q,"genreAlt":"드라마,코미디","repNationNm":%q,"repGenreNm":"드라마","directors":[{"peopleNm":%q}],`+
		`"companys":[{"companyCd":"20100001","companyNm":"(주)바른손이앤에이"}]}`, movieCd, title, titleEn, year, open, nation, nation, director)
}

func search(movieCd, variant, query string, at time.Time, hits ...string) messages.Payload {
	list := ""
	for i, hit := range hits {
		if i > 0 {
			list += ","
		}
		list += hit
	}
	p := payload(messages.TMDB, messages.KindMovieSearch, movieCd+"."+variant, at,
		fmt.Sprintf(`{"page":1,"results":[%s],"total_pages":1,"total_results":%d}`, list, len(hits)))
	p.Request = map[string]string{"query": query, "language": "ko-KR"}
	return p
}

func hit(id int, title, original, language, date string) string {
	return fmt.Sprintf(`{"adult":false,"id":%d,"original_language":%q,"original_title":%q,"overview":"","popularity":12.5,`+
		`"poster_path":null,"release_date":%q,"title":%q,"video":false,"vote_average":8,"vote_count":100,"genre_ids":[18]}`,
		id, language, original, date, title)
}
