package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// metrics of one planner. The gauges of what only a planner that leads can know
// vanish when it loses the lead: their last values would contradict those of the next.
type metrics struct {
	leader      prometheus.Gauge
	ofLeader    []*prometheus.GaugeVec
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
	openDead    *prometheus.GaugeVec
	backlog     *prometheus.GaugeVec
	blocked     *prometheus.GaugeVec
	differences *prometheus.GaugeVec
	failures    prometheus.Counter
	steps       *prometheus.CounterVec
	skipped     *prometheus.CounterVec
	tick        prometheus.Histogram
}

func newMetrics(registry prometheus.Registerer) *metrics {
	f := promauto.With(registry)
	m := &metrics{leader: f.NewGauge(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "planner", Name: "leader", Help: "1 for the planner that plans"})}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help}, labels)
		m.ofLeader = append(m.ofLeader, g)
		return g
	}
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help}, labels)
	}
	m.outstanding = gauge("outstanding_jobs", "jobs in JOBS", "source")
	m.budget = gauge("budget_calls", "calls left today; +Inf without a daily limit", "source")
	m.keptBack = gauge("kept_back_calls", "calls of the budget kept back for today's work", "source")
	m.runnable = gauge("runnable_jobs", "the smaller of outstanding jobs and budget: what fetchers are scaled on", "source")
	m.keyCalls = gauge("key_remaining_calls", "calls of a key that are neither spent nor leased today; +Inf without a daily limit", "source", "key")
	m.keyState = gauge("key_state", "1 for what a key is now: ok, exhausted or invalid; keys are named by their fingerprint", "source", "key", "state")
	m.openDead = gauge("dead_letters_open", "dead letters that nothing has resolved, as last counted", "source", "kind")
	m.backlog = gauge("loader_backlog_messages", "payloads that the loader has not acknowledged")
	m.blocked = gauge("blocked", "1 while nothing is published because the loader is behind")
	m.differences = gauge("topology_differences", "settings of JetStream that differ from the configuration")
	m.planned = counters("planned_jobs_total", "jobs that JOBS accepted", "source", "stage")
	m.stuck = counter("stuck_jobs_total", "jobs that were delivered as often as JOBS allows without an end, and brought to DEAD")
	m.lost = counter("lost_jobs_total", "jobs that vanished without an answer and are planned again")
	m.dead = counter("dead_letters_total", "messages of DEAD written down")
	m.foreign = counter("foreign_total", "messages of DEAD that nobody has published as letters, passed over")
	m.answered = counter("answered_jobs_total", "jobs whose answer reached the tables")
	m.failures = counter("failed_ticks_total", "looks in which something failed")
	m.steps = counters("failed_steps_total",
		"steps of looks that failed, each without keeping another from its work; the source is empty for a step of both", "step", "source")
	m.skipped = counters("skipped_total",
		"things in the tables that can't be planned with, each once: names, parameters, rows of change lists, letters and more", "what")
	m.tick = f.NewHistogram(prometheus.HistogramOpts{
		Namespace: "cledit", Subsystem: "planner", Name: "tick_seconds", Help: "duration of a look",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
	return m
}

// leads reports whether this planner leads.
func (m *metrics) leads(leads bool) {
	if leads {
		m.leader.Set(1)
		return
	}
	m.leader.Set(0)
	for _, g := range m.ofLeader {
		g.Reset()
	}
}

// letters sets how many dead letters are open, of every kind there is.
func (m *metrics) letters(open map[store.KindOfDead]int) {
	for source, kinds := range messages.Kinds() {
		for _, kind := range kinds {
			m.openDead.WithLabelValues(string(source), string(kind)).Set(float64(open[store.KindOfDead{Source: source, Kind: kind}]))
		}
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
		capacity, known := pic.capacities[source]
		label := string(source)
		if !known {
			continue // its ledger could not be read: what fetchers are scaled on stays
		}
		m.outstanding.WithLabelValues(label).Set(float64(capacity.Outstanding))
		m.keptBack.WithLabelValues(label).Set(float64(capacity.KeptBack[policy.DetailBack]))
		m.runnable.WithLabelValues(label).Set(float64(capacity.Runnable()))
		m.budget.WithLabelValues(label).Set(calls(capacity.Budget))
	}
	p.tellPages(pic.survey.died)
	m.lost.Add(float64(pic.settled.Lost))
	m.dead.Add(float64(pic.settled.Buried))
	m.answered.Add(float64(pic.settled.Answered))
	m.backlog.WithLabelValues().Set(float64(pic.view.Backlog))
	m.blocked.WithLabelValues().Set(oneIf(pic.blocked != ""))
	if (pic.blocked == "") == (p.blockedBy == "") {
		return
	}
	p.blockedBy = pic.blocked
	if pic.blocked == "" {
		p.log.Info().Msg("publishing goes on: the loader has caught up")
		return
	}
	p.log.Warn().Str("why", pic.blocked).Msg("nothing is published for now")
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// settingsInfo registers what the planner was configured with, as a digest: two
// planners with different ones would undo each other's work with every change of
// lead. What tells only where things are, such as an address, is no part of it.
func settingsInfo(registry prometheus.Registerer, cfg Config) error {
	text, err := json.Marshal(struct {
		StreamConfig
		Planning
	}{cfg.StreamConfig, cfg.Planning})
	if err != nil {
		return fmt.Errorf("describing the settings: %w", err)
	}
	digest := sha256.Sum256(text)
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "cledit", Subsystem: "planner", Name: "settings_info", Help: "1; the label is a digest of the planner's settings",
		ConstLabels: prometheus.Labels{"digest": hex.EncodeToString(digest[:6])},
	})
	info.Set(1)
	return registry.Register(info)
}
