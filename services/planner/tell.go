package planner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cledit/pipeline/services/planner/internal/store"
)

// told is what was logged last: everything is, once, when it begins, changes or ends.
type told struct {
	whole string            // why nothing could be planned; empty while something can
	steps map[string]string // what steps fail with
	notes map[store.Note]bool
	pages string
}

// toldMost bounds how many notes are remembered as told.
const toldMost = 10_000

// tell logs how a look ended. A failure is logged once, until something else fails
// or all is well again.
func (p *Planner) tell(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	p.last.Store(&err)
	var failed faults
	switch {
	case err == nil || errors.As(err, &failed):
		if p.told.whole != "" {
			p.log.Info().Msg("planning")
		}
		p.told.whole = ""
		p.tellSteps(failed)
		return
	case errors.Is(err, errNotALeader):
		if p.told.whole != err.Error() {
			p.log.Info().Msg("waiting: another planner leads")
		}
	case errors.Is(err, errLeadLost):
		if p.told.whole != err.Error() {
			p.log.Warn().Err(err).Msg("a look was broken off, since another planner may lead; asking for the lead again")
		}
	default:
		p.metrics.failures.Inc()
		if p.told.whole != err.Error() {
			p.log.Error().Err(err).Msg("nothing could be planned; trying again")
		}
	}
	p.told.whole = err.Error()
}

// trouble is how the last look ended: nil, with another planner in the lead, with steps
// that failed, or whole.
func (p *Planner) trouble() error {
	if last := p.last.Load(); last != nil {
		return *last
	}
	return errNoLook
}

func (p *Planner) tellSteps(failed faults) {
	if len(failed) > 0 {
		p.metrics.failures.Inc()
	}
	now := make(map[string]string, len(failed))
	for _, f := range failed {
		now[f.String()] = f.Err.Error()
		if p.told.steps[f.String()] != f.Err.Error() {
			p.log.Error().Err(f.Err).Str("step", f.Step).Str("source", string(f.Source)).
				Msg("a step of planning failed; the others go on, and it is tried again")
		}
	}
	for step := range p.told.steps {
		if _, still := now[step]; !still {
			p.log.Info().Str("step", step).Msg("the step of planning is done again")
		}
	}
	p.told.steps = now
}

// tellNotes tells what stands in the tables and can't be planned with, each once.
func (p *Planner) tellNotes() {
	for _, note := range p.store.Notes() {
		if p.told.notes[note] {
			continue
		}
		if p.told.notes == nil || len(p.told.notes) >= toldMost {
			p.told.notes = map[store.Note]bool{}
		}
		p.told.notes[note] = true
		p.metrics.skipped.WithLabelValues(note.What).Inc()
		p.log.Warn().Str("what", note.What).Str("of", note.Of).Str("why", note.Why).Msg("this can't be planned with; the rest is")
	}
}

// pagesTold is how many pages a line of the log names.
const pagesTold = 5

// tellPages tells which pages of the catalogue are missing because they died.
func (p *Planner) tellPages(pages []store.DeadPage) {
	texts := make([]string, 0, pagesTold)
	for i, page := range pages {
		if i == pagesTold {
			texts = append(texts, fmt.Sprintf("and %d more", len(pages)-i))
			break
		}
		texts = append(texts, fmt.Sprintf("%s (%s)", page.Name, page.Reason))
	}
	text := strings.Join(texts, "; ")
	switch text {
	case p.told.pages:
	case "":
		p.log.Info().Msg("no page of the catalogue is missing any more")
	default:
		p.log.Warn().Str("pages", text).Msg("pages of the catalogue died; it is read without them, and each is asked for again in time")
	}
	p.told.pages = text
}
