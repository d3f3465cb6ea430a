package tick

import (
	"fmt"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/why"
)

// logged is what was logged last: everything is, once, when it begins, changes or ends.
type logged struct {
	notes   map[store.Note]bool
	pages   string
	blocked bool
	reasons map[messages.Source]why.Reason
}

// notesLogged bounds how many notes are remembered as logged.
const notesLogged = 10_000

// logNotes logs what is in the tables and cannot be planned with, each once.
func (r *Reconciler) logNotes() {
	l := &r.memory.logged
	for _, note := range r.store.Notes() {
		if l.notes[note] {
			continue
		}
		if l.notes == nil || len(l.notes) >= notesLogged {
			l.notes = map[store.Note]bool{}
		}
		l.notes[note] = true
		r.metrics.skipped.WithLabelValues(note.What).Inc()
		r.log.Warn().Str("what", note.What).Str("of", note.Of).Str("why", note.Why).Msg("skipped an entry that cannot be planned with")
	}
}

// PagesShown is how many pages a line for a person names.
const PagesShown = 5

// logPages logs which pages of the catalogue are missing because they died.
func (r *Reconciler) logPages(pages []store.DeadPage) {
	texts := make([]string, 0, PagesShown+1)
	for i, page := range pages {
		if i == PagesShown {
			texts = append(texts, fmt.Sprintf("and %d more", len(pages)-i))
			break
		}
		texts = append(texts, fmt.Sprintf("%s (%s)", page.Name, page.Reason))
	}
	text := strings.Join(texts, "; ")
	switch text {
	case r.memory.logged.pages:
	case "":
		r.log.Info().Msg("no page of the catalogue is missing any more")
	default:
		r.log.Warn().Str("pages", text).Msg("pages of the catalogue failed for good; the catalogue is read without them, and each is requested again later")
	}
	r.memory.logged.pages = text
}

// logReasons logs, once when it changes, why a source does what it does.
func (r *Reconciler) logReasons(reasons []why.Reason) {
	l := &r.memory.logged
	if l.reasons == nil {
		l.reasons = map[messages.Source]why.Reason{}
	}
	for _, reason := range reasons {
		if before, known := l.reasons[reason.Source]; known && before.Same(reason) {
			continue
		}
		l.reasons[reason.Source] = reason
		r.log.Info().Str("source", string(reason.Source)).Str("code", string(reason.Code)).Msg(r.cfg.Say(reason))
	}
}

// logBlocked logs when publishing stops, and when it continues.
func (r *Reconciler) logBlocked(why string) {
	if (why != "") == r.memory.logged.blocked {
		return
	}
	r.memory.logged.blocked = why != ""
	if why == "" {
		r.log.Info().Msg("the loader has caught up; publishing jobs again")
		return
	}
	r.log.Warn().Str("why", why).Msg("publishing no jobs for now")
}
