package planner

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// metrics of one planner. A planner that does not lead keeps its last values, so
// what is scaled on them asks for those of the leader.
type metrics struct {
	leader      prometheus.Gauge
	outstanding *prometheus.GaugeVec
	budget      *prometheus.GaugeVec
	keptBack    *prometheus.GaugeVec
	runnable    *prometheus.GaugeVec
	keyCalls    *prometheus.GaugeVec
	keyState    *prometheus.GaugeVec
	planned     *prometheus.CounterVec
	lost        prometheus.Counter
	stuck       prometheus.Counter
	dead        prometheus.Counter
	foreign     prometheus.Counter
	answered    prometheus.Counter
	backlog     prometheus.Gauge
	blocked     prometheus.Gauge
	differences prometheus.Gauge
	failures    prometheus.Counter
	steps       *prometheus.CounterVec
	skipped     *prometheus.CounterVec
	tick        prometheus.Histogram
}

func newMetrics(registry prometheus.Registerer) *metrics {
	f := promauto.With(registry)
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help})
	}
	bySource := func(name, help string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help}, []string{"source"})
	}
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help})
	}
	return &metrics{
		leader:      gauge("leader", "1 for the planner that plans"),
		outstanding: bySource("outstanding_jobs", "jobs in JOBS"),
		budget:      bySource("budget_calls", "calls left today; +Inf without a daily limit"),
		keptBack:    bySource("kept_back_calls", "calls of the budget kept back for today's work"),
		runnable:    bySource("runnable_jobs", "the smaller of outstanding jobs and budget: what fetchers are scaled on"),
		keyCalls: f.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "cledit", Subsystem: "planner", Name: "key_remaining_calls",
			Help: "calls of a key that are neither spent nor leased today; +Inf without a daily limit",
		}, []string{"source", "key"}),
		keyState: f.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "cledit", Subsystem: "planner", Name: "key_state",
			Help: "1 for what a key is now: ok, exhausted or invalid; keys are named by their fingerprint",
		}, []string{"source", "key", "state"}),
		planned: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: "cledit", Subsystem: "planner", Name: "planned_jobs_total", Help: "jobs that JOBS accepted",
		}, []string{"source", "stage"}),
		stuck:       counter("stuck_jobs_total", "jobs that were delivered as often as JOBS allows without an end, and brought to DEAD"),
		lost:        counter("lost_jobs_total", "jobs that vanished without an answer and are planned again"),
		dead:        counter("dead_letters_total", "messages of DEAD written down"),
		foreign:     counter("foreign_total", "messages of DEAD that nobody has published as letters, passed over"),
		answered:    counter("answered_jobs_total", "jobs whose answer reached the tables"),
		backlog:     gauge("loader_backlog_messages", "payloads that the loader has not acknowledged"),
		blocked:     gauge("blocked", "1 while nothing is published because the loader is behind"),
		differences: gauge("topology_differences", "settings of JetStream that differ from the configuration"),
		failures:    counter("failed_ticks_total", "looks in which something failed"),
		steps: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: "cledit", Subsystem: "planner", Name: "failed_steps_total",
			Help: "steps of looks that failed, each without keeping another from its work; the source is empty for a step of both",
		}, []string{"step", "source"}),
		skipped: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: "cledit", Subsystem: "planner", Name: "skipped_total",
			Help: "things in the tables that can't be planned with, each once: names, parameters, rows of change lists, letters and more",
		}, []string{"what"}),
		tick: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "cledit", Subsystem: "planner", Name: "tick_seconds", Help: "duration of a look",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
	}
}

// ledger sets what is left of each key; keys that are no longer registered vanish.
func (m *metrics) ledger(snapshot quota.Snapshot) {
	source := prometheus.Labels{"source": snapshot.Source}
	m.keyCalls.DeletePartialMatch(source)
	m.keyState.DeletePartialMatch(source)
	for _, key := range snapshot.Keys {
		m.keyCalls.WithLabelValues(snapshot.Source, key.Fingerprint).Set(calls(key.Remaining))
		m.keyState.WithLabelValues(snapshot.Source, key.Fingerprint, string(key.State)).Set(1)
	}
}

// calls is a number of calls as a gauge shows it.
func calls(n int) float64 {
	if n == quota.Unlimited {
		return math.Inf(1)
	}
	return float64(n)
}

// report sets the gauges, and logs when publishing stops or goes on.
func (p *Planner) report(pic picture) {
	m := p.metrics
	for _, source := range sources {
		room, known := pic.rooms[source]
		label := string(source)
		if !known {
			continue // its ledger could not be read: what fetchers are scaled on stays
		}
		m.outstanding.WithLabelValues(label).Set(float64(room.Outstanding))
		m.keptBack.WithLabelValues(label).Set(float64(room.KeptBack[policy.DetailBack]))
		m.runnable.WithLabelValues(label).Set(float64(room.Runnable()))
		m.budget.WithLabelValues(label).Set(calls(room.Budget))
	}
	p.tellPages(pic.survey.died)
	m.lost.Add(float64(pic.settled.Lost))
	m.dead.Add(float64(pic.settled.Buried))
	m.answered.Add(float64(pic.settled.Answered))
	m.backlog.Set(float64(pic.view.Backlog))
	if (pic.blocked == "") == (p.blockedBy == "") {
		return
	}
	p.blockedBy = pic.blocked
	if pic.blocked == "" {
		m.blocked.Set(0)
		p.log.Info().Msg("publishing goes on: the loader has caught up")
		return
	}
	m.blocked.Set(1)
	p.log.Warn().Str("why", pic.blocked).Msg("nothing is published for now")
}
