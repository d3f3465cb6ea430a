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
	keyCalls    *rows
	keyState    *rows
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
	landed      *rows
	due         *prometheus.GaugeVec
	stageOut    *prometheus.GaugeVec
	reset       *rows
	keySpent    *rows
	keyLeased   *rows
	done        *rows
	known       *prometheus.GaugeVec
	claimed     *prometheus.GaugeVec
	streamBytes *prometheus.GaugeVec
	streamMax   *prometheus.GaugeVec
	streamMsgs  *prometheus.GaugeVec
	streamFirst *prometheus.GaugeVec
	pending     *prometheus.GaugeVec
	redelivered *prometheus.GaugeVec
	windows     *prometheus.GaugeVec
	differences *prometheus.GaugeVec
	failures    prometheus.Counter
	steps       *prometheus.CounterVec
	skipped     *prometheus.CounterVec
	tick        prometheus.Histogram
}

// NewMetrics registers them.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	r := &registrar{Factory: promauto.With(registry)}
	m := &Metrics{leader: r.NewGauge(prometheus.GaugeOpts{
		Namespace: "cledit", Subsystem: "planner", Name: "leader", Help: "1 for the planner that plans",
	})}
	m.sources(r)
	m.progress(r)
	m.jetStream(r)
	m.counts(r)
	m.tick = r.NewHistogram(prometheus.HistogramOpts{
		Namespace: "cledit", Subsystem: "planner", Name: "tick_seconds", Help: "duration of a tick",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
	m.ofLeader = r.ofLeader
	return m
}

// registrar registers metrics of the planner, and keeps the gauges of a leader.
type registrar struct {
	promauto.Factory
	ofLeader []*prometheus.GaugeVec
}

func (r *registrar) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return r.gaugeOf("planner", name, help, labels)
}

func (r *registrar) freshness(name, help string, labels ...string) *prometheus.GaugeVec {
	return r.gaugeOf("freshness", name, help, labels)
}

func (r *registrar) gaugeOf(subsystem, name, help string, labels []string) *prometheus.GaugeVec {
	g := r.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cledit", Subsystem: subsystem, Name: name, Help: help}, labels)
	r.ofLeader = append(r.ofLeader, g)
	return g
}

func (r *registrar) counter(name, help string) prometheus.Counter {
	return r.NewCounter(prometheus.CounterOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help})
}

func (r *registrar) counters(name, help string, labels ...string) *prometheus.CounterVec {
	return r.NewCounterVec(prometheus.CounterOpts{Namespace: "cledit", Subsystem: "planner", Name: name, Help: help}, labels)
}

// sources are the gauges of what a source can take.
func (m *Metrics) sources(r *registrar) {
	m.outstanding = r.gauge("outstanding_jobs", "jobs in JOBS", "source")
	m.budget = r.gauge("budget_calls", "calls left today; +Inf without a daily limit", "source")
	m.keptBack = r.gauge("kept_back_calls", "calls of the budget kept back for today's work", "source")
	m.runnable = r.gauge("runnable_jobs", "the smaller of outstanding jobs and budget: what fetchers are scaled on", "source")
	m.keyCalls = newRows(r.gauge(
		"key_remaining_calls", "calls of a key that are neither spent nor leased today; +Inf without a daily limit", "source",
		"key",
	))
	m.keyState = newRows(r.gauge(
		"key_state", "1 for what a key is now: ok, exhausted or invalid; keys are named by their fingerprint", "source",
		"key", "state",
	))
}

// progress are the gauges of what is late, due and done.
func (m *Metrics) progress(r *registrar) {
	m.openDead = r.gauge("dead_letters_open", "dead letters that nothing has resolved, as last counted", "source", "kind")
	m.backlog = r.gauge("loader_backlog_messages", "payloads that the loader has not acknowledged")
	m.blocked = r.gauge("blocked", "1 while nothing is published because the loader is behind")
	m.overdue = r.freshness("overdue_seconds", "for how long the deadline of what is missing of a data set has passed, in seconds", "dataset")
	m.landed = newRows(r.freshness("landed_timestamp_seconds", "when what was last due of a data set landed, in Unix time", "dataset"))
	m.due = r.gauge("due_calls", "calls that are due and not outstanding, as last counted", "source", "stage")
	m.stageOut = r.gauge("stage_outstanding_jobs", "jobs that are planned and not answered in the tables", "source", "stage")
	m.reset = newRows(r.gauge("quota_reset_timestamp_seconds", "when calls are renewed next, in Unix time", "source"))
	m.keySpent = newRows(r.gauge("key_spent_calls", "calls of a key that fetchers say to have sent today", "source", "key"))
	m.keyLeased = newRows(r.gauge(
		"key_leased_calls", "calls of a key that are leased today and not said to be sent: in a fetcher's hand, or lost with one", "source",
		"key",
	))
	m.done = newRows(r.gauge(
		"stage_done_timestamp_seconds",
		"when what is due of a stage will have been called, in Unix time; none for what never ends", "source", "stage",
	))
}

// jetStream are the gauges of the catalogue's reading, of streams and consumers.
func (m *Metrics) jetStream(r *registrar) {
	m.known = r.gauge("catalogue_known_films", "films of the whole list that were known when it was last judged")
	m.claimed = r.gauge("catalogue_claimed_films", "films that the whole list claimed last")
	m.streamBytes = r.gauge("stream_bytes", "bytes that a stream holds", "stream")
	m.streamMax = r.gauge("stream_max_bytes", "bytes that a stream may hold; none where it has no bound", "stream")
	m.streamMsgs = r.gauge("stream_messages", "messages that a stream holds", "stream")
	m.streamFirst = r.gauge("stream_first_timestamp_seconds", "when the oldest message of a stream was stored, in Unix time", "stream")
	m.pending = r.gauge("consumer_pending", "messages that a consumer has never delivered", "stream", "consumer")
	m.redelivered = r.gauge(
		"consumer_redelivered", "messages that a consumer has delivered more than once and nobody has acknowledged", "stream",
		"consumer",
	)
	m.windows = r.gauge("catalogue_windows", "parts of KOBIS' list, the whole of it and its years, by where their reading stands", "phase")
	m.differences = r.gauge("topology_differences", "settings of JetStream that differ from the configuration")
}

// counts are the counters.
func (m *Metrics) counts(r *registrar) {
	m.planned = r.counters("planned_jobs_total", "jobs that JOBS accepted", "source", "stage")
	m.stuck = r.counter("stuck_jobs_total", "jobs that reached their delivery limit without an outcome and were moved to DEAD")
	m.lost = r.counter("lost_jobs_total", "jobs that vanished without an answer and are planned again")
	m.dead = r.counter("dead_letters_total", "messages of DEAD recorded")
	m.foreign = r.counter("foreign_total", "messages of DEAD that no service published as dead letters, skipped")
	m.answered = r.counter("answered_jobs_total", "jobs whose answer reached the tables")
	m.failures = r.counter("failed_ticks_total", "ticks in which something failed")
	m.steps = r.counters("failed_steps_total",
		"steps of ticks that failed, each without keeping another from its work; the source is empty for a step of both", "step", "source")
	m.skipped = r.counters("skipped_total",
		"things in the tables that cannot be planned with, each once: names, parameters, rows of change lists, letters and more", "what")
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
	of := snapshot.Source
	var reset, left, state, spent, leased []row
	if at := resetAt(snapshot); at != nil {
		reset = []row{{float64(at.Unix()), []string{of}}}
	}
	for _, key := range snapshot.Keys {
		labels := []string{of, key.Fingerprint}
		left = append(left, row{calls(key.Remaining), labels})
		state = append(state, row{1, []string{of, key.Fingerprint, string(key.State)}})
		if key.Quota > 0 {
			spent, leased = append(spent, row{float64(key.Spent), labels}), append(leased, row{float64(key.Leased), labels})
		}
	}
	m.reset.replace(of, reset)
	m.keyCalls.replace(of, left)
	m.keyState.replace(of, state)
	m.keySpent.replace(of, spent)
	m.keyLeased.replace(of, leased)
}

// state sets how fresh the data is, and what is due.
func (m *Metrics) state(s State) {
	var landed []row
	for _, set := range s.Freshness {
		m.overdue.WithLabelValues(string(set.Set)).Set(float64(set.OverdueSeconds))
		if set.LandedAt != nil {
			landed = append(landed, row{float64(set.LandedAt.Unix()), []string{string(set.Set)}})
		}
	}
	m.landed.replace("", landed)
	for _, w := range policy.Workloads {
		m.due.WithLabelValues(string(w.Source), string(w.ID)).Set(float64(s.Backlog.Ready[w.ID]))
	}
}

// Done sets when each kind of work ends; one that is not among them has nothing to do,
// or never ends.
func (m *Metrics) Done(at map[policy.WorkloadID]time.Time) {
	var done []row
	for _, w := range policy.Workloads {
		if t, ok := at[w.ID]; ok {
			done = append(done, row{float64(t.Unix()), []string{string(w.Source), string(w.ID)}})
		}
	}
	m.done.replace("", done)
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

// consumers sets what each consumer has to do.
func (m *Metrics) consumers(of map[string]jobs.Consumer) {
	for name, c := range of {
		m.pending.WithLabelValues(c.Stream, name).Set(float64(c.Pending))
		m.redelivered.WithLabelValues(c.Stream, name).Set(float64(c.Redelivered))
	}
}

// catalogue sets how far KOBIS' list is read.
func (m *Metrics) catalogue(s Survey) {
	if w, ok := s.Windows[catalogue.All]; ok {
		m.known.WithLabelValues().Set(float64(w.Known))
		m.claimed.WithLabelValues().Set(float64(s.Claimed))
	}
	in := map[catalogue.Phase]int{}
	for _, w := range s.Windows {
		in[w.Phase]++
	}
	for _, phase := range []catalogue.Phase{catalogue.Checking, catalogue.Reading, catalogue.Head, catalogue.Complete} {
		m.windows.WithLabelValues(string(phase)).Set(float64(in[phase]))
	}
}

// calls is a number of calls as a gauge shows it.
func calls(n int) float64 {
	if n == quota.Unlimited {
		return math.Inf(1)
	}
	return float64(n)
}

// report sets the gauges, and counts what a tick found.
func (m *Metrics) report(t Result) {
	m.capacity(t.Decision.Capacity)
	out := map[policy.WorkloadID]int{}
	for _, job := range t.Observed.Jobs.Outstanding {
		out[policy.WorkloadID(job.Workload)]++
	}
	for _, w := range policy.Workloads {
		m.stageOut.WithLabelValues(string(w.Source), string(w.ID)).Set(float64(out[w.ID]))
	}
	m.streams(t.Observed.Streams.Held)
	m.consumers(t.Observed.Streams.Consumers)
	if t.Observed.Catalogue.Windows != nil {
		m.catalogue(t.Observed.Catalogue)
	}
	m.lost.Add(float64(len(t.Observed.Jobs.Lost)))
	m.dead.Add(float64(len(t.Observed.Jobs.Recorded)))
	m.answered.Add(float64(len(t.Observed.Jobs.Answered)))
	m.backlog.WithLabelValues().Set(float64(t.Observed.Streams.Backlog))
	m.blocked.WithLabelValues().Set(oneIf(t.Decision.Blocked != ""))
}

func (m *Metrics) capacity(capacities map[messages.Source]policy.Capacity) {
	for _, source := range Sources {
		capacity, known := capacities[source]
		label := string(source)
		if !known {
			continue // its ledger could not be read: what fetchers are scaled on stays
		}
		m.outstanding.WithLabelValues(label).Set(float64(capacity.Outstanding))
		m.keptBack.WithLabelValues(label).Set(float64(capacity.KeptBack[policy.DetailBack]))
		m.runnable.WithLabelValues(label).Set(float64(capacity.Runnable()))
		m.budget.WithLabelValues(label).Set(calls(capacity.Budget))
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
