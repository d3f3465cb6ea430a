package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/report"
)

// PlanConfig is what a dry run takes.
type PlanConfig struct {
	service.LogConfig
	service.NATSConfig
	service.Waiting
	service.Streams
	Database
	StreamConfig
	Planning
	Keys Count      `flag:"keys" help:"what if: this many KOBIS keys"`
	Rate quota.Rate `flag:"rate" help:"what if: this rate at KOBIS, such as 10/1s"`
	Next Count      `flag:"next" help:"how many of the next calls to show (20)"`
	JSON bool       `flag:"json" help:"print JSON"`
	// Now is the clock; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// nextShown is how many of the next calls are shown by default.
const nextShown = 20

// Plan prints what would be called, in which order, and until when. It reads
// streams and tables, and changes neither.
func Plan(ctx context.Context, cfg PlanConfig) error {
	if err := schema.Await(ctx, cfg.URL, cfg.Wait); err != nil {
		return err
	}
	base := service.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, HTTPAddr: "off", Await: cfg.Wait}
	return service.Do(ctx, "planner", base, func(ctx context.Context, rt *service.Runtime) error {
		return printPlan(ctx, cfg, rt)
	})
}

func printPlan(ctx context.Context, cfg PlanConfig, rt *service.Runtime) (err error) {
	p, err := open(ctx, Config{Database: cfg.Database, StreamConfig: cfg.StreamConfig, Planning: cfg.Planning, Now: cfg.Now},
		connections{rt.NATS, rt.JS, rt.Log, rt.Tracer.Tracer(tracerName), prometheus.NewRegistry()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	plan, err := p.plan(ctx, cfg)
	if err != nil {
		return err
	}
	return plan.Print(cfg.Stdout, cfg.JSON)
}

func (p *Planner) plan(ctx context.Context, cfg PlanConfig) (Report, error) {
	q := cfg.questions()
	q.Keys, q.Rate, q.Next = int(cfg.Keys), cfg.Rate, cfg.Next.or(nextShown)
	return report.Plan(ctx, p.reconciler, p.store, q)
}

// Count is a number of at least one; zero when not given.
type Count int

// UnmarshalText reads a positive number.
func (c *Count) UnmarshalText(text []byte) error {
	n := 0
	if _, err := fmt.Sscanf(string(text), "%d", &n); err != nil || n < 1 || fmt.Sprint(n) != string(text) {
		return fmt.Errorf("%q is not a positive number", text)
	}
	*c = Count(n)
	return nil
}

func (c Count) or(n int) int {
	if c == 0 {
		return n
	}
	return int(c)
}
