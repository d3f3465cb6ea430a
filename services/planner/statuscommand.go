package planner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/why"
)

// statusConfig is what showing the status takes.
type statusConfig struct {
	service.LogConfig
	service.Waiting
	service.Streams
	Database
	JSON bool `flag:"json" help:"print JSON"`
	// Now is the clock; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// leadLostAfter is how old a status may be before nobody is believed to lead: one that
// is well is written every ten seconds, and a tick may take a while.
const leadLostAfter = time.Minute

// showStatus prints what the planner that leads does and why, as it wrote it last. It
// reads the database alone, so it answers also while NATS is away.
func showStatus(ctx context.Context, cfg statusConfig) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := schema.Await(ctx, cfg.URL, cfg.Wait); err != nil {
		return err
	}
	pool, err := openPool(ctx, cfg.URL)
	if err != nil {
		return err
	}
	defer pool.Close()
	overview, err := readOverview(ctx, store.New(pool), cfg.Now())
	if err != nil {
		return err
	}
	return overview.Print(cfg.Stdout, cfg.JSON)
}

func readOverview(ctx context.Context, s *store.Store, now time.Time) (v report.Overview, err error) {
	body, at, err := s.Reports.Status(ctx)
	switch {
	case errors.Is(err, store.ErrNoStatus):
		return report.Overview{At: now, Planner: &why.Reason{Code: why.NoLeader}, Problems: []report.Problem{}}, nil
	case err != nil:
		return v, err
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("reading the status of %s: %w", at.Format(time.RFC3339), err)
	}
	if now.Sub(at) > leadLostAfter {
		v.Planner = &why.Reason{Code: why.NoLeader, Since: &at}
	}
	return v, nil
}
