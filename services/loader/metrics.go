package loader

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/staging"
)

// metrics of one loader. Labels are names of tables, kinds and fields, all of
// them bounded.
type metrics struct {
	payloads *prometheus.CounterVec
	rows     *prometheus.CounterVec
	derived  *prometheus.CounterVec
	titles   prometheus.Counter
	dead     *prometheus.CounterVec
	foreign  prometheus.Counter
	suspects *prometheus.CounterVec
	notes    *prometheus.CounterVec
	drift    *prometheus.CounterVec
	retries  *prometheus.CounterVec
	chunk    prometheus.Histogram
	drain    prometheus.Histogram
	backlog  prometheus.Gauge
	eta      prometheus.Gauge
	stale    prometheus.Gauge
	blocked  prometheus.Counter
	lag      prometheus.Gauge
	expired  prometheus.Counter
	held     prometheus.Gauge
	waiting  prometheus.Gauge
	commit   prometheus.Gauge
	matches  *prometheus.GaugeVec
	review   *prometheus.GaugeVec
	expiry   *prometheus.GaugeVec
	floor    *prometheus.GaugeVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	f := promauto.With(registry)
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "cledit", Subsystem: "loader", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "loader", Name: name, Help: help})
	}
	gauges := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "loader", Name: name, Help: help}, labels)
	}
	seconds := func(name, help string) prometheus.Histogram {
		return f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "cledit", Subsystem: "loader", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		})
	}
	m := &metrics{
		payloads: counters("payloads_total", "payloads that committed, also those that were there already", "source", "kind"),
		rows:     counters("rows_total", "rows that committed, as written or because they were there already", "table", "result"),
		derived:  counters("derived_rows_total", "rows of production that deriving added, changed or removed", "table"),
		titles: f.NewCounter(
			prometheus.CounterOpts{Namespace: "cledit", Subsystem: "loader", Name: "marks_drained_total", Help: "marks worked off"},
		),
		dead: counters("dead_letters_total", "payloads put into DEAD", "source", "kind"),
		foreign: f.NewCounter(prometheus.CounterOpts{
			Namespace: "cledit", Subsystem: "loader", Name: "foreign_total",
			Help: "messages of RAW that nobody has published as payloads, passed over",
		}),
		suspects: counters("suspects_total", "messages tried alone, because they were delivered before", "outcome"),
		notes:    counters("data_quality_total", "fields that could not be read and are null", "source", "kind", "field", "problem"),
		drift:    counters("drift_total", "places where answers look different from those so far, once each", "source", "kind", "what"),
		retries:  counters("retries_total", "transactions tried again", "cause"),
		chunk:    seconds("chunk_seconds", "time of a chunk's transaction, its retries included"),
		drain:    seconds("drain_seconds", "time of a transaction that derives titles"),
		backlog:  gauge("backlog_messages", "messages of RAW not yet delivered, as of the last one that was"),
		eta:      gauge("backlog_seconds", "how long the backlog takes at the present rate; 0 below ten seconds' work"),
		stale:    gauge("stale_titles", "marks not yet worked off, as last counted"),
		blocked: f.NewCounter(prometheus.CounterOpts{
			Namespace: "cledit", Subsystem: "loader", Name: "blocked_titles_total",
			Help: "titles that could not be derived and wait",
		}),
		expired: f.NewCounter(prometheus.CounterOpts{
			Namespace: "cledit", Subsystem: "loader", Name: "expired_rows_total",
			Help: "rows removed because their time was over",
		}),
		held:    gauge("held_kinds", "kinds of which so many answers break their contract that the others wait"),
		waiting: gauge("held_payloads", "answers of a kind that is or was held, stored and not loaded yet"),
		commit:  gauge("last_commit_timestamp_seconds", "when payloads last committed, in seconds since 1970; 0 before the first"),
		lag:     gauge("lag_seconds", "time between fetching and loading of the last payload"),
	}
	m.standing(gauges)
	m.fromZero()
	m.expires(nil)
	return m
}

// standing are the gauges of how the tables stand.
func (m *metrics) standing(gauges func(name, help string, labels ...string) *prometheus.GaugeVec) {
	m.matches = gauges("matches", "matches by status; of more than a thousand as the database estimates them", "status")
	m.review = gauges(
		"review_oldest_timestamp_seconds",
		"since when a match is in review that has been for longest, in Unix time; none without one",
	)
	m.expiry = gauges(
		"expiry_next_timestamp_seconds",
		"when the first row of a table of TMDB expires, in Unix time, but for tmdb_discover_pages; +Inf where none does",
		"table",
	)
	m.floor = gauges("floor_set_timestamp_seconds", "when a source was purged last, in Unix time; 0 if never", "source")
}

// reviews sets since when the match is in review that has been for longest; there is none
// or one. A scrape that comes between sees it while there is one.
func (m *metrics) reviews(oldest []time.Time) {
	if len(oldest) == 0 {
		m.review.Reset()
		return
	}
	m.review.WithLabelValues().Set(float64(oldest[0].Unix()))
}

// expiring are the tables whose rows expire and are renewed one by one. The pages of
// tmdb_discover_pages are all read again within two months.
var expiring = []string{"tmdb_movies", "tmdb_series", "tmdb_seasons", "tmdb_persons", "tmdb_searches", "tmdb_people", "tmdb_companies"}

// expires sets when the first row of each table expires.
func (m *metrics) expires(at map[string]time.Time) {
	for _, table := range expiring {
		if t, ok := at[table]; ok {
			m.expiry.WithLabelValues(table).Set(float64(t.Unix()))
		} else {
			m.expiry.WithLabelValues(table).Set(math.Inf(1))
		}
	}
}

// fromZero has the counters that alerts watch begin at 0: one that begins at 1 has not
// grown.
func (m *metrics) fromZero() {
	for _, cause := range retryCauses {
		m.retries.WithLabelValues(cause)
	}
	for source, kinds := range messages.Kinds() {
		m.floor.WithLabelValues(string(source))
		for _, kind := range kinds {
			for _, what := range decode.Whats() {
				m.drift.WithLabelValues(string(source), string(kind), what)
			}
		}
	}
}

func (m *metrics) landed(batch []*message, rows staging.Landed, now time.Time) {
	for _, msg := range batch {
		m.payloads.WithLabelValues(string(msg.payload.Source), string(msg.payload.Kind)).Inc()
	}
	if len(batch) > 0 {
		m.commit.Set(float64(now.Unix()))
		m.lag.Set(now.Sub(batch[len(batch)-1].payload.FetchedAt).Seconds())
	}
	for table, count := range rows {
		m.rows.WithLabelValues(table, "written").Add(float64(count.Written))
		m.rows.WithLabelValues(table, "unchanged").Add(float64(count.Read - count.Written))
	}
}

func (m *metrics) noted(name messages.Name, note decode.Note, times int) {
	m.notes.WithLabelValues(string(name.Source), string(name.Kind), note.Field, note.Problem).Add(float64(times))
}
