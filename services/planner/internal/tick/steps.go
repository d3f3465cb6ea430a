package tick

import (
	"context"
	"fmt"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

// Fault is what a step of a tick failed with.
type Fault struct {
	Step   string
	Source messages.Source // empty for a step of both
	Err    error
}

func (f Fault) String() string {
	if f.Source == "" {
		return f.Step
	}
	return string(f.Source) + " " + f.Step
}

// Faults are the steps of a tick that failed. The others did their work.
type Faults []Fault

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = fmt.Sprintf("step %s: %v", one, one.Err)
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the steps' errors.
func (f Faults) Unwrap() []error {
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
	failed Faults
}

// try runs a step and reports whether it was done. Once the tick's time is over no
// further one is begun.
func (s *steps) try(step string, source messages.Source, do func() error) bool {
	if s.ctx.Err() != nil {
		if len(s.failed) == 0 {
			s.failed = append(s.failed, Fault{step, source, context.Cause(s.ctx)})
		}
		return false
	}
	if err := do(); err != nil {
		s.failed = append(s.failed, Fault{step, source, err})
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
