package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// intervalInfo registers the time between two ticks. A tick that takes longer than that
// is slow.
func intervalInfo(registry prometheus.Registerer, cfg Config) error {
	interval := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "cledit", Subsystem: "planner", Name: "interval_seconds", Help: "time between two ticks, as configured",
	})
	interval.Set(cfg.Interval.Seconds())
	return registry.Register(interval)
}

// settingsInfo registers what the planner was configured with, as a digest: two
// planners with different ones would undo each other's work with every change of
// lead. What tells only where things are, such as an address, is not part of it.
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
