package planner

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

// topologyConfig is what comparing the streams takes.
type topologyConfig struct {
	service.LogConfig
	service.NATSConfig
	service.Waiting
	service.Streams
	StreamConfig
	Apply bool `flag:"apply" help:"change what differs"`
	JSON  bool `flag:"json" help:"print JSON"`
}

// Topology shows how JetStream differs from the configuration, after making what
// is missing. With Apply it changes what differs.
func Topology(ctx context.Context, cfg topologyConfig) error {
	base := service.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, HTTPAddr: "off", Await: cfg.Wait}
	return service.Do(ctx, "planner", base, func(ctx context.Context, rt *service.Runtime) error {
		do := topology.Ensure
		if cfg.Apply {
			do = topology.Apply
		}
		diffs, err := do(ctx, rt.JS, cfg.topology())
		if err != nil {
			return fmt.Errorf("comparing the streams: %w", err)
		}
		return printDifferences(cfg.Stdout, diffs, cfg.Apply, cfg.JSON)
	})
}

func printDifferences(w io.Writer, diffs []topology.Difference, applied, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(append([]topology.Difference{}, diffs...))
	}
	verdict := "everything is as configured"
	switch {
	case len(diffs) > 0 && applied:
		verdict = "changed"
	case len(diffs) > 0:
		verdict = "left as it is; --apply changes it"
	}
	for _, d := range diffs {
		if _, err := fmt.Fprintln(w, d); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}
