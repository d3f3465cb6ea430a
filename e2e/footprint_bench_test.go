package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cledit/pipeline/e2e/harness"
)

// BenchmarkFootprint measures each service as a process: the time from its start
// until /readyz is well, and the resident memory when it is idle after a first
// load of the built-in catalogue.
func BenchmarkFootprint(b *testing.B) {
	for _, service := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader"} {
		b.Run(service, func(b *testing.B) {
			w := harness.NewWorld(b, limited(), goodKeys, goodToken)
			w.StartAll(b)
			w.UntilSettled(b)
			idle := w.Process(service).RSS(b) / (1 << 20)

			var starts []time.Duration
			for b.Loop() {
				w.Process(service).Stop()
				begin := time.Now()
				w.Start(b, service)
				for !w.Process(service).Ready() {
				}
				starts = append(starts, time.Since(begin))
			}
			slices.Sort(starts)
			b.ReportMetric(idle, "idle-MiB")
			b.ReportMetric(float64(starts[len(starts)/2].Microseconds())/1000, "median-start-ms")
			b.ReportMetric(float64(starts[len(starts)-1].Microseconds())/1000, "longest-start-ms")
			b.ReportMetric(0, "ns/op") // a stop is not part of a start
		})
	}
}
