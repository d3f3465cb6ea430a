package tick

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// rows is a gauge whose rows come and go. A scrape that comes between sees every row
// that stays: one that misses it would begin the wait of an alert again.
type rows struct {
	*prometheus.GaugeVec
	shown map[string][][]string // labels, by what they belong to
}

func newRows(g *prometheus.GaugeVec) *rows { return &rows{g, map[string][][]string{}} }

// row is a value with its labels, in the gauge's order.
type row struct {
	value  float64
	labels []string
}

// replace replaces all rows that belong to something, such as a source.
func (r *rows) replace(of string, now []row) {
	before := r.shown[of]
	r.shown[of] = nil
	for _, one := range now {
		r.WithLabelValues(one.labels...).Set(one.value)
		r.shown[of] = append(r.shown[of], one.labels)
	}
	for _, labels := range before {
		if !slices.ContainsFunc(r.shown[of], func(stays []string) bool { return slices.Equal(stays, labels) }) {
			r.DeleteLabelValues(labels...)
		}
	}
}
