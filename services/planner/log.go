package planner

import (
	"context"
	"errors"

	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// logged is what was logged last: everything is, once, when it begins, changes or ends.
type logged struct {
	whole string            // why nothing could be planned; empty while something can
	steps map[string]string // what steps fail with
}

// logTick logs how a tick ended. A failure is logged once, until something else fails
// or all is well again.
func (p *Planner) logTick(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	p.last.Store(&err)
	var failed tick.Faults
	switch {
	case err == nil || errors.As(err, &failed):
		if p.logged.whole != "" {
			p.log.Info().Msg("planner ticks succeed")
		}
		p.logged.whole = ""
		p.logSteps(failed)
		return
	case !errors.Is(err, lead.ErrElsewhere) && !errors.Is(err, lead.ErrLost):
		p.tellFailure(ctx, err)
		p.metrics.Failed()
	}
	if p.logged.whole != err.Error() {
		p.logWhole(err)
	}
	p.logged.whole = err.Error()
}

// logWhole logs why a tick did nothing at all.
func (p *Planner) logWhole(err error) {
	switch {
	case errors.Is(err, lead.ErrElsewhere):
		p.log.Info().Msg("waiting for the lead: another planner leads")
	case errors.Is(err, lead.ErrLost):
		p.log.Warn().Err(err).Msg("tick interrupted: another planner may lead; taking the lead again")
	default:
		p.log.Error().Err(err).Msg("planner tick failed, retrying")
	}
}

// trouble is how the last tick ended: nil, with another planner in the lead, with steps
// that failed, or whole.
func (p *Planner) trouble() error {
	if last := p.last.Load(); last != nil {
		return *last
	}
	return errNoTick
}

func (p *Planner) logSteps(failed tick.Faults) {
	if len(failed) > 0 {
		p.metrics.Failed()
	}
	now := make(map[string]string, len(failed))
	for _, f := range failed {
		now[f.String()] = f.Err.Error()
		if p.logged.steps[f.String()] != f.Err.Error() {
			p.log.Error().Err(f.Err).Str("step", f.Step).Str("source", string(f.Source)).
				Msg("planning step failed, retrying; the other steps go on")
		}
	}
	for step := range p.logged.steps {
		if _, still := now[step]; !still {
			p.log.Info().Str("step", step).Msg("planning step recovered")
		}
	}
	p.logged.steps = now
}
