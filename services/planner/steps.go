package planner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// fault is what a step of a tick failed with.
type fault struct {
	Step   string
	Source messages.Source // empty for a step of both
	Err    error
}

func (f fault) String() string {
	if f.Source == "" {
		return f.Step
	}
	return string(f.Source) + " " + f.Step
}

// faults are the steps of a tick that failed. The others did their work.
type faults []fault

func (f faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = fmt.Sprintf("step %s: %v", one, one.Err)
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the steps' errors.
func (f faults) Unwrap() []error {
	list := make([]error, len(f))
	for i, one := range f {
		list[i] = one.Err
	}
	return list
}

// steps runs the steps of a tick apart: what one fails with costs its own work
// alone. Each is tried again at the next tick.
type steps struct {
	ctx    context.Context //nolint:containedctx // it lives as long as the tick that it belongs to
	failed faults
}

// try runs a step and reports whether it was done. Once the tick's time is over no
// further one is begun.
func (s *steps) try(step string, source messages.Source, do func() error) bool {
	if s.ctx.Err() != nil {
		if len(s.failed) == 0 {
			s.failed = append(s.failed, fault{step, source, context.Cause(s.ctx)})
		}
		return false
	}
	if err := do(); err != nil {
		s.failed = append(s.failed, fault{step, source, err})
		return false
	}
	return true
}

func (s *steps) err() error {
	if len(s.failed) == 0 {
		return nil
	}
	return s.failed
}

// renew has the sessions of the database opened anew after an error of theirs: one
// may have become read-only, or have settings that a role has no more.
func (p *Planner) renew(err error) {
	list := []error{err}
	if failed, ok := errors.AsType[faults](err); ok {
		list = failed.Unwrap()
	}
	for _, err := range list {
		if _, ok := errors.AsType[*pgconn.PgError](err); ok && !store.OfData(err) {
			p.pool.Reset()
			return
		}
	}
}
