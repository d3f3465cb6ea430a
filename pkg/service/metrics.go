package service

import (
	"runtime"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// newRegistry starts with what every process has to tell.
func newRegistry(name string) *prometheus.Registry {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cledit_build_info", Help: "Always 1; the labels tell what is running.",
		ConstLabels: prometheus.Labels{"service": name, "version": Version(), "goversion": runtime.Version()},
	})
	build.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

func newNATSErrors(reg prometheus.Registerer) prometheus.Counter {
	errs := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "cledit_nats_errors_total", Help: "Errors that NATS reported outside a call, such as denied permissions.",
	})
	reg.MustRegister(errs)
	return errs
}

// registerNATS adds the state of the connection.
func registerNATS(reg prometheus.Registerer, conn *nats.Conn) {
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "cledit_nats_connected", Help: "1 while the NATS connection stands, else 0.",
		}, func() float64 {
			if conn.IsConnected() {
				return 1
			}
			return 0
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "cledit_nats_reconnects_total", Help: "Times that the NATS connection came back.",
		}, func() float64 { return float64(conn.Stats().Reconnects) }),
	)
}
