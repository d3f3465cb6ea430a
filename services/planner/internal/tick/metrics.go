package tick

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// Metrics of one planner. The gauges of what only a planner that leads can know
// vanish when it loses the lead: their last values would contradict those of the next.
type Metrics struct {
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
	overdue     *prometheus.GaugeVec
	landed      *prometheus.GaugeVec
	due         *prometheus.GaugeVec
	stageOut    *prometheus.GaugeVec
	reset       *prometheus.GaugeVec
	keySpent    *prometheus.GaugeVec
	done        *prometheus.GaugeVec
	known       *prometheus.GaugeVec
	claimed     *prometheus.GaugeVec
	streamBytes *prometheus.GaugeVec
	streamMax   *prometheus.GaugeVec
	streamMsgs  *prometheus.GaugeVec
	streamFirst *prometheus.GaugeVec
	differences *prometheus.GaugeVec
	failures    prometheus.Counter
	steps       *prometheus.CounterVec
	skipped     *prometheus.CounterVec
	tick        prometheus.Histogram
}

// NewMetrics registers them.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	f := promauto.With(registry)
	m := &Metrics{leader: f.NewGauge(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "planner", Name: "leader", Help: "1 for the planner that plans"})}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help}, labels)
		m.ofLeader = append(m.ofLeader, g)
		return g
	}
	freshness := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := f.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: "freshness", Name: name, Help: help}, labels)
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
	m.overdue = freshness("overdue_seconds", "for how long the deadline of what is missing of a data set has passed, in seconds", "dataset")
	m.landed = freshness("landed_timestamp_seconds", "when what was last due of a data set landed, in Unix time", "dataset")
	m.due = gauge("due_calls", "calls that are due and not outstanding, as last counted", "source", "stage")
	m.stageOut = gauge("stage_outstanding_jobs", "jobs that are planned and not answered in the tables", "source", "stage")
	m.reset = gauge("quota_reset_timestamp_seconds", "when calls are renewed next, in Unix time", "source")
	m.keySpent = gauge("key_spent_calls", "calls of a key that are spent or leased today", "source", "key")
	m.done = gauge("stage_done_timestamp_seconds", "when what is due of a stage will have been called, in Unix time; none for what never ends", "source", "stage")
	m.known = gauge("catalogue_known_films", "films of the whole list that were known when it was last judged")
	m.claimed = gauge("catalogue_claimed_films", "films that the whole list claimed last")
	m.streamBytes = gauge("stream_bytes", "bytes that a stream holds", "stream")
	m.streamMax = gauge("stream_max_bytes", "bytes that a stream may hold; none where it has no bound", "stream")
	m.streamMsgs = gauge("stream_messages", "messages that a stream holds", "stream")
	m.streamFirst = gauge("stream_first_timestamp_seconds", "when the oldest message of a stream was stored, in Unix time", "stream")
	m.differences = gauge("topology_differences", "settings of JetStream that differ from the configuration")
	m.planned = counters("planned_jobs_total", "jobs that JOBS accepted", "source", "stage")
	m.stuck = counter("stuck_jobs_total", "jobs that reached their delivery limit without an outcome and were moved to DEAD")
	m.lost = counter("lost_jobs_total", "jobs that vanished without an answer and are planned again")
	m.dead = counter("dead_letters_total", "messages of DEAD recorded")
	m.foreign = counter("foreign_total", "messages of DEAD that no service published as dead letters, skipped")
	m.answered = counter("answered_jobs_total", "jobs whose answer reached the tables")
	m.failures = counter("failed_ticks_total", "ticks in which something failed")
	m.steps = counters("failed_steps_total",
		"steps of ticks that failed, each without keeping another from its work; the source is empty for a step of both", "step", "source")
	m.skipped = counters("skipped_total",
		"things in the tables that cannot be planned with, each once: names, parameters, rows of change lists, letters and more", "what")
	m.tick = f.NewHistogram(prometheus.HistogramOpts{
		Namespace: "cledit", Subsystem: "planner", Name: "tick_seconds", Help: "duration of a tick",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
	return m
}

// leads reports whether this planner leads.
func (m *Metrics) leads(leads bool) {
	if leads {
		m.leader.Set(1)
		return
	}
	m.leader.Set(0)
	for _, g := range m.ofLeader {
		g.Reset()
	}
}

// Failed counts a tick in which something failed.
func (m *Metrics) Failed() { m.failures.Inc() }

// letters sets how many dead letters are open, of every kind there is.
func (m *Metrics) letters(open map[store.KindOfDead]int) {
	for source, kinds := range messages.Kinds() {
		for _, kind := range kinds {
			m.openDead.WithLabelValues(string(source), string(kind)).Set(float64(open[store.KindOfDead{Source: source, Kind: kind}]))
		}
	}
}

// ledger sets what is left of each key; keys that are no longer registered vanish.
func (m *Metrics) ledger(snapshot quota.Snapshot) {
	source := prometheus.Labels{"source": snapshot.Source}
	m.keyCalls.DeletePartialMatch(source)
	m.keyState.DeletePartialMatch(source)
	m.keySpent.DeletePartialMatch(source)
	m.reset.DeletePartialMatch(source)
	if at := resetAt(snapshot); at != nil {
		m.reset.WithLabelValues(snapshot.Source).Set(float64(at.Unix()))
	}
	for _, key := range snapshot.Keys {
		m.keyCalls.WithLabelValues(snapshot.Source, key.Fingerprint).Set(calls(key.Remaining))
		m.keyState.WithLabelValues(snapshot.Source, key.Fingerprint, string(key.State)).Set(1)
		if key.Quota > 0 {
			m.keySpent.WithLabelValues(snapshot.Source, key.Fingerprint).Set(float64(key.Quota - key.Remaining))
		}
	}
}

// state sets how fresh the data is, and what is due.
func (m *Metrics) state(s State) {
	m.landed.Reset()
	for _, set := range s.Freshness {
		m.overdue.WithLabelValues(string(set.Set)).Set(float64(set.OverdueSeconds))
		if set.LandedAt != nil {
			m.landed.WithLabelValues(string(set.Set)).Set(float64(set.LandedAt.Unix()))
		}
	}
	for _, w := range policy.Workloads {
		m.due.WithLabelValues(string(w.Source), string(w.ID)).Set(float64(s.Backlog.Ready[w.ID]))
	}
}

// Done sets when each kind of work ends; one that is not among them has nothing to do,
// or never ends.
func (m *Metrics) Done(at map[policy.WorkloadID]time.Time) {
	m.done.Reset()
	for _, w := range policy.Workloads {
		if t, ok := at[w.ID]; ok {
			m.done.WithLabelValues(string(w.Source), string(w.ID)).Set(float64(t.Unix()))
		}
	}
}

// streams sets how full each stream is.
func (m *Metrics) streams(held map[string]jobs.Fill) {
	for stream, fill := range held {
		m.streamBytes.WithLabelValues(stream).Set(float64(fill.Bytes))
		m.streamMsgs.WithLabelValues(stream).Set(float64(fill.Messages))
		if fill.MaxBytes > 0 {
			m.streamMax.WithLabelValues(stream).Set(float64(fill.MaxBytes))
		}
		if fill.Messages > 0 {
			m.streamFirst.WithLabelValues(stream).Set(float64(fill.First.Unix()))
		}
	}
}

// calls is a number of calls as a gauge shows it.
func calls(n int) float64 {
	if n == quota.Unlimited {
		return math.Inf(1)
	}
	return float64(n)
}

// report sets the gauges, and logs when publishing stops or continues.
func (r *Reconciler) report(t Result) {
	m := r.metrics
	for _, source := range Sources {
		capacity, known := t.Decision.Capacity[source]
		label := string(source)
		if !known {
			continue // its ledger could not be read: what fetchers are scaled on stays
		}
		m.outstanding.WithLabelValues(label).Set(float64(capacity.Outstanding))
		m.keptBack.WithLabelValues(label).Set(float64(capacity.KeptBack[policy.DetailBack]))
		m.runnable.WithLabelValues(label).Set(float64(capacity.Runnable()))
		m.budget.WithLabelValues(label).Set(calls(capacity.Budget))
	}
	out := map[policy.WorkloadID]int{}
	for _, job := range t.Observed.Jobs.Outstanding {
		out[policy.WorkloadID(job.Workload)]++
	}
	for _, w := range policy.Workloads {
		m.stageOut.WithLabelValues(string(w.Source), string(w.ID)).Set(float64(out[w.ID]))
	}
	m.streams(t.Observed.Streams.Held)
	if w, ok := t.Observed.Catalogue.Windows[catalogue.All]; ok {
		m.known.WithLabelValues().Set(float64(w.Known))
		m.claimed.WithLabelValues().Set(float64(t.Observed.Catalogue.Claimed))
	}
	m.lost.Add(float64(len(t.Observed.Jobs.Lost)))
	m.dead.Add(float64(len(t.Observed.Jobs.Recorded)))
	m.answered.Add(float64(len(t.Observed.Jobs.Answered)))
	m.backlog.WithLabelValues().Set(float64(t.Observed.Streams.Backlog))
	m.blocked.WithLabelValues().Set(oneIf(t.Decision.Blocked != ""))
	r.logPages(t.Observed.Catalogue.Died)
	r.logBlocked(t.Decision.Blocked)
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
