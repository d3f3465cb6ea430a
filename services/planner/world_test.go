package planner

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// world is the rest of the pipeline around a planner: what the sources know, a
// fetcher that answers the jobs in JOBS, and a loader that brings the answers
// from RAW to the tables. NATS and Postgres are real; the answers have a form of
// the tests' own.
type world struct {
	t       testing.TB
	srv     *server.Server
	nc      *nats.Conn
	js      jetstream.JetStream
	db      *pgxpool.Pool
	url     string
	planner *Planner
	metrics *prometheus.Registry // of the planner
	status  Status

	mu    sync.Mutex
	begin time.Time
	clock time.Time
	calls []messages.Name // in the order in which they were answered
	films []film          // most recently modified first
	// empty are the days for which the box office has no rows yet.
	empty map[string]bool
	// changes are the ids that changed, by movie or tv and day.
	changes map[string]map[string][]int
	// gone are the films that TMDB does not find any more.
	gone map[int]bool
	// lie changes what a source says; nil: it says the truth.
	lie func(messages.Name, said) said
}

// film is what the sources know about one.
type film struct {
	Code   string
	Title  string
	Made   int
	Opened string // YYYY-MM-DD or empty
	TMDB   int    // 0: TMDB does not know it
	Hidden bool   // it has no detail
	Edits  int    // how often its detail was edited; its row shows nothing
}

func newWorld(t testing.TB, films ...film) *world {
	t.Helper()
	begin := clocktest.Start(t)
	srv := natstest.Start(t)
	nc := natstest.Connect(t, srv)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	w := &world{t: t, srv: srv, nc: nc, js: js, url: pgtest.Migrated(t), begin: begin, clock: begin, films: films, empty: map[string]bool{}, changes: map[string]map[string][]int{}}
	w.db, err = pgxpool.New(t.Context(), w.url)
	require.NoError(t, err)
	t.Cleanup(w.db.Close)
	w.with(func(*Config) {})
	return w
}

// config is that of a planner of this world, with a small range of years.
func (w *world) config() Config {
	cfg, err := service.FromMap[Config](map[string]string{
		"DATABASE_URL": w.url, "NATS_URL": w.srv.ClientURL(), "HTTP_ADDR": "off",
		"BACKFILL_FROM_YEAR": w.year(-8), "BACKFILL_TO_YEAR": w.year(0), "RAW_MAX_BYTES": "64MiB", "PLANNER_INTERVAL": "20ms",
	})
	require.NoError(w.t, err)
	cfg.Now = w.now
	cfg.LogWriter = zerolog.NewTestWriter(w.t)
	return cfg
}

// with replaces the planner by one that starts with a configuration of its own.
func (w *world) with(change func(*Config)) {
	cfg := w.config()
	cfg.OnStatus = func(s Status) { w.status = s }
	change(&cfg)
	w.planner = w.assemble(cfg, cfg.tick(), func(c *connections) { w.metrics = c.registry.(*prometheus.Registry) })
}

// assemble makes another planner of this world.
func (w *world) assemble(cfg Config, by tick.Config, change func(*connections)) *Planner {
	pool, err := openPool(w.t.Context(), cfg.URL)
	require.NoError(w.t, err)
	p := w.assembleWith(cfg, by, pool, change)
	w.t.Cleanup(func() { require.NoError(w.t, p.close()) })
	return p
}

func (w *world) assembleWith(cfg Config, by tick.Config, pool *pgxpool.Pool, change func(*connections)) *Planner {
	c := connections{w.nc, w.js, zerolog.New(zerolog.NewTestWriter(w.t)), noop.NewTracerProvider().Tracer(tracerName), prometheus.NewRegistry()}
	change(&c)
	p, err := assemble(cfg, by, c, pool)
	require.NoError(w.t, err)
	return p
}

// ensure makes the streams before the first tick.
func (w *world) ensure() {
	_, err := topology.Ensure(w.t.Context(), w.js, w.config().topology())
	require.NoError(w.t, err)
}

// metric is the value of the planner's metric with the label values given, in the order
// of the labels' names; 0 where there is none.
func (w *world) metric(name string, labels ...string) float64 {
	families, err := w.metrics.Gather()
	require.NoError(w.t, err)
	for _, family := range families {
		if family.GetName() != "cledit_planner_"+name {
			continue
		}
		for _, metric := range family.GetMetric() {
			var values []string
			for _, label := range metric.GetLabel() {
				values = append(values, label.GetValue())
			}
			if slices.Equal(values, labels) {
				return metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// noon moves the clock, before anything has happened, to noon in Seoul of the day
// on which the world began: of tests that are about hours.
func (w *world) noon() {
	w.begin = w.day(0).Add(3 * time.Hour)
	w.clock = w.begin
}

// day is the day in Seoul n days after the one on which the world began, as
// midnight UTC.
func (w *world) day(n int) time.Time { return policy.Date(w.begin, Seoul).AddDate(0, 0, n) }

// date is a day as it is written at TMDB and in tables.
func (w *world) date(n int) string { return w.day(n).Format(time.DateOnly) }

// year is the year of that day, n years later.
func (w *world) year(n int) string { return strconv.Itoa(w.day(0).Year() + n) }

// boxOffice is the job for a day's box office.
func (w *world) boxOffice(n int) string {
	return "kobis.daily-box-office." + w.day(n).Format("20060102")
}

// newFilm is one that was entered just now.
func (w *world) newFilm() film {
	return film{Code: w.year(1) + "0001", Title: "새 영화", Made: w.day(0).Year()}
}

// tick makes one tick and returns the names in JOBS after it.
func (w *world) tick() []string {
	w.t.Helper()
	_, err := w.planner.Tick(w.t.Context())
	require.NoError(w.t, err)
	return w.jobs()
}

// jobs lists the names in JOBS, sorted.
func (w *world) jobs() []string {
	stream, err := w.js.Stream(w.t.Context(), topology.StreamJobs)
	require.NoError(w.t, err)
	info, err := stream.Info(w.t.Context(), jetstream.WithSubjectFilter(">"))
	require.NoError(w.t, err)
	names := []string{}
	for subject := range info.State.Subjects {
		names = append(names, strings.TrimPrefix(subject, messages.PrefixJobs))
	}
	slices.Sort(names)
	return names
}

// settle ticks, answers and loads until there is nothing left to do.
func (w *world) settle() {
	w.t.Helper()
	for range 500 {
		w.tick()
		if w.status.Settled {
			return
		}
		w.fetch()
		w.load()
	}
	require.Fail(w.t, "not settled", "%+v", w.status)
}

// fetch answers every job in JOBS and returns how many there were.
func (w *world) fetch() (n int) {
	for _, source := range tick.Sources {
		consumer, err := w.js.Consumer(w.t.Context(), topology.StreamJobs, topology.ConsumerFetcher(source))
		require.NoError(w.t, err)
		n += w.answerAll(consumer)
	}
	return n
}

// answerAll answers what a source's fetchers can get.
func (w *world) answerAll(consumer jetstream.Consumer) (n int) {
	batch, err := consumer.FetchNoWait(10_000)
	require.NoError(w.t, err)
	var msgs []jetstream.Msg
	for msg := range batch.Messages() {
		w.say(msg)
		msgs = append(msgs, msg)
	}
	require.NoError(w.t, batch.Error())
	w.acknowledge(msgs)
	return len(msgs)
}

// answer stores the answer to a job in RAW and then acknowledges the job.
func (w *world) answer(msg jetstream.Msg) {
	w.say(msg)
	w.acknowledge([]jetstream.Msg{msg})
}

// say stores the answer to a job in RAW.
func (w *world) say(msg jetstream.Msg) {
	job, err := messages.DecodeJob(msg.Subject(), msg.Headers(), msg.Data())
	require.NoError(w.t, err)
	meta, err := msg.Metadata()
	require.NoError(w.t, err)
	w.pass(time.Millisecond)
	body, found := w.know(job)
	if w.lie != nil {
		body = w.lie(job.Name, body)
	}
	payload := messages.Payload{
		Name: job.Name, Outcome: messages.OutcomeOK, FetchedAt: w.now(), ContentType: "application/json",
		Request: job.Params, JobID: meta.Sequence.Stream, JobTime: meta.Timestamp, RunID: job.RunID, Attempt: 1,
	}
	if !found {
		payload.Outcome = messages.OutcomeNotFound
	}
	payload.Body, err = json.Marshal(body)
	require.NoError(w.t, err)
	raw, err := payload.Msg()
	require.NoError(w.t, err)
	_, err = w.js.PublishMsg(w.t.Context(), raw)
	require.NoError(w.t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, job.Name)
}

// said is an answer in the tests' own form.
type said struct {
	Total int      `json:"total"`
	Codes []string `json:"codes,omitempty"`
	IDs   []int    `json:"ids,omitempty"`
	Film  *film    `json:"film,omitempty"`
	Rows  int      `json:"rows"`
	// Of a change list, as TMDB has it.
	Results    []map[string]int `json:"results,omitempty"`
	TotalPages int              `json:"total_pages,omitempty"`
}

func changed(ids []int) said {
	list := said{TotalPages: 1, Results: []map[string]int{}}
	for _, id := range ids {
		list.Results = append(list.Results, map[string]int{"id": id})
	}
	return list
}

// know is what the sources answer to a job, and whether they have it.
func (w *world) know(job messages.Job) (said, bool) {
	scope, rest := job.Scope()
	switch {
	case job.Kind == messages.KindMovieList:
		return w.list(scope, rest), true
	case job.Kind == messages.KindPeopleList:
		return said{Total: 1, Codes: []string{"10000001"}}, true
	case job.Kind == messages.KindPeopleDetail:
		return said{}, true
	case job.Kind == messages.KindDailyBoxOffice && w.empty[scope]:
		return said{}, true
	case job.Kind == messages.KindDailyBoxOffice:
		return said{Rows: 10}, true
	case job.Kind == messages.KindMovieSearch:
		i := w.find(scope)
		if id := w.films[i].TMDB; id > 0 && rest == "ko" {
			return said{Total: 1, IDs: []int{id}}, true
		}
		return said{}, true
	case job.Kind == messages.KindSeriesDiscover:
		if strings.HasPrefix(scope, w.year(0)+"-01-01") {
			return said{Total: 2, IDs: []int{71, 72}}, true
		}
		return said{}, true
	case job.Kind == messages.KindMovieChanges:
		return changed(w.changes["movie"][scope]), true
	case job.Kind == messages.KindSeriesChanges:
		return changed(w.changes["tv"][scope]), true
	case job.Source == messages.KOBIS:
		i := w.find(scope)
		f := w.films[i]
		return said{Film: &f}, !f.Hidden
	case job.Kind == messages.KindMovieDetail:
		id, err := strconv.Atoi(job.Key)
		require.NoError(w.t, err)
		return said{}, !w.gone[id]
	}
	return said{}, true
}

func (w *world) list(scope, page string) said {
	n, err := strconv.Atoi(page)
	require.NoError(w.t, err)
	var codes []string
	for _, f := range w.films {
		if scope == "all" || scope == fmt.Sprintf("made-%d", f.Made) || f.Opened != "" && scope == "open-"+f.Opened[:4] {
			codes = append(codes, f.Code)
		}
	}
	return said{Total: len(codes), Codes: codes[min((n-1)*100, len(codes)):min(n*100, len(codes))]}
}

func (w *world) find(code string) int {
	i := slices.IndexFunc(w.films, func(f film) bool { return f.Code == code })
	require.GreaterOrEqual(w.t, i, 0, "asked for %s", code)
	return i
}

// count runs a query that returns one number.
func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), sql, args...).Scan(&n))
	return n
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.db.Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
}

// ledgerClock tells the world's time, and waits by the machine's.
type ledgerClock struct {
	quota.SystemClock
	now func() time.Time
}

func (c ledgerClock) Now() time.Time { return c.now() }

// spend registers one key of KOBIS with the given calls left.
func (w *world) spend(ctx context.Context, perDay int) *quota.Ledger {
	kv, err := w.js.KeyValue(ctx, topology.BucketQuota)
	require.NoError(w.t, err)
	ledger, err := quota.Open(ctx, kv, quota.Config{
		Source: string(messages.KOBIS), Keys: []string{"0123456789abcdef0123456789abcdef"}, DailyQuota: perDay,
		Rate: quota.Rate{N: 1000, Per: time.Second}, Zone: Seoul, Clock: ledgerClock{now: w.now}, Log: zerolog.New(zerolog.NewTestWriter(w.t)),
	})
	require.NoError(w.t, err)
	return ledger
}

// catalogueOf makes films opened one a day backwards from 52 days ago.
func catalogueOf(n int) []film {
	films := make([]film, n)
	newest := policy.Date(clocktest.At(), Seoul).AddDate(0, 0, -52)
	for i := range films {
		opened := newest.AddDate(0, 0, -i)
		films[i] = film{
			Code: fmt.Sprintf("%04d%04d", newest.Year(), 9999-i), Title: fmt.Sprintf("영화 %d", i),
			Made: opened.Year(), Opened: opened.Format(time.DateOnly), TMDB: 1000 + i,
		}
	}
	return films
}
