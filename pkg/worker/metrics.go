package worker

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
)

// The stages of a job that are timed.
const (
	stagePermit = "permit" // from a free slot to permits
	stageCall   = "call"   // the handler
	stageStore  = "store"  // until RAW has confirmed
)

type metrics struct {
	jobs     *prometheus.CounterVec
	seconds  prometheus.ObserverVec
	waits    *prometheus.CounterVec
	inFlight prometheus.Gauge
	halted   prometheus.Gauge
	failing  prometheus.Gauge
	doubted  prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer, source messages.Source) (*metrics, error) {
	labels := prometheus.Labels{"source": string(source)}
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "cledit_worker_stage_seconds", Help: "Time spent per stage of a job: waiting for permits, calling the source, storing in RAW.",
		ConstLabels: labels, Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 13),
	}, []string{"stage"})
	m := &metrics{
		seconds: seconds,
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cledit_worker_jobs_total", Help: "Deliveries of jobs by outcome.", ConstLabels: labels,
		}, []string{"kind", "outcome"}),
		waits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cledit_worker_waits_total", Help: "Calls that could not be made with the permit at hand, by what " +
				"became of it.", ConstLabels: labels,
		}, []string{"permit"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cledit_worker_jobs_in_flight", Help: "Jobs being handled.", ConstLabels: labels,
		}),
		failing: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cledit_worker_source_failing", Help: "1 while calls are slowed down because the source fails.", ConstLabels: labels,
		}),
		doubted: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cledit_worker_source_doubted", Help: "1 while what the source says is not believed: too much known " +
				"is not found, or refused in one way.", ConstLabels: labels,
		}),
		halted: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cledit_worker_halted", Help: "1 while the source refuses every key.", ConstLabels: labels,
		}),
	}
	m.jobs.WithLabelValues(unreadable, string(Foreign)) // alerts count from 0
	for _, kind := range messages.Kinds()[source] {
		m.jobs.WithLabelValues(string(kind), string(Done))
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.jobs, seconds, m.waits, m.inFlight, m.halted, m.failing, m.doubted} {
		errs = append(errs, registry.Register(c))
	}
	return m, errors.Join(errs...)
}

// unreadable stands for the kind of a job that can't be read.
const unreadable = "unreadable"

func (m *metrics) outcome(kind messages.Kind, outcome JobOutcome) {
	m.jobs.WithLabelValues(string(kind), string(outcome)).Inc()
}

func (m *metrics) stage(name string, took time.Duration) {
	m.seconds.WithLabelValues(name).Observe(took.Seconds())
}

func (m *metrics) waited(permit quota.Settlement) {
	m.waits.WithLabelValues(fmt.Sprint(permit)).Inc()
}
