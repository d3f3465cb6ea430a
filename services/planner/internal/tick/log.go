package tick

import (
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/why"
)

// journal logs what begins, changes or ends, each once.
type journal struct {
	log     zerolog.Logger
	say     func(why.Reason) string
	metrics *Metrics

	// what was logged last
	noted   map[store.Note]bool
	missing string
	stopped bool
	because map[messages.Source]why.Reason
}

// notesLogged bounds how many notes are remembered as logged.
const notesLogged = 10_000

// notes logs what is in the tables and cannot be planned with, each once.
func (j *journal) notes(notes []store.Note) {
	for _, note := range notes {
		if j.noted[note] {
			continue
		}
		if j.noted == nil || len(j.noted) >= notesLogged {
			j.noted = map[store.Note]bool{}
		}
		j.noted[note] = true
		j.metrics.skipped.WithLabelValues(note.What).Inc()
		j.log.Warn().Str("what", note.What).Str("of", note.Of).Str("why", note.Why).Msg("skipped an entry that cannot be planned with")
	}
}

// PagesShown is how many pages a line for a person names.
const PagesShown = 5

// pages logs which pages of the catalogue are missing because they died.
func (j *journal) pages(pages []store.DeadPage) {
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
	case j.missing:
	case "":
		j.log.Info().Msg("every page of the catalogue has been read again")
	default:
		j.log.Warn().Str("pages", text).
			Msg("pages of the catalogue failed for good; the catalogue is read without them, and each is requested again later")
	}
	j.missing = text
}

// reasons logs, once when it changes, why a source does what it does.
func (j *journal) reasons(reasons []why.Reason) {
	if j.because == nil {
		j.because = map[messages.Source]why.Reason{}
	}
	for _, reason := range reasons {
		if before, known := j.because[reason.Source]; known && before.Same(reason) {
			continue
		}
		j.because[reason.Source] = reason
		j.log.Info().Str("source", string(reason.Source)).Str("code", string(reason.Code)).Msg(j.say(reason))
	}
}

// blocked logs when publishing stops, and when it continues.
func (j *journal) blocked(why string) {
	if (why != "") == j.stopped {
		return
	}
	j.stopped = why != ""
	if why == "" {
		j.log.Info().Msg("the loader has caught up; publishing jobs again")
		return
	}
	j.log.Warn().Str("why", why).Msg("publishing no jobs for now")
}
