package loader

import (
	"sync"

	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/staging"
)

// noteLog counts fields that could not be read. Each problem is logged once, with
// the first payload that has it: a source that changes a field does so in every
// row.
type noteLog struct {
	metrics *metrics
	log     zerolog.Logger

	mu   sync.Mutex
	told map[noteKind]bool
}

type noteKind struct {
	source messages.Source
	kind   messages.Kind
	decode.Note
}

func newNoteLog(metrics *metrics, log zerolog.Logger) *noteLog {
	return &noteLog{metrics: metrics, log: log, told: make(map[noteKind]bool)}
}

func (n *noteLog) add(m *message) {
	if m.ahead > 0 && n.isNew(noteKind{source: m.payload.Source}) {
		n.log.Warn().Str("payload", m.payload.Name.String()).Dur("ahead", m.ahead).
			Msg("an answer is dated in the future, so the time at which RAW stored it is used; a fetcher's clock is wrong (reported once)")
	}
	for note, times := range m.payload.Findings.Notes {
		n.metrics.noted(m.payload.Name, note, times)
		if n.isNew(noteKind{m.payload.Source, m.payload.Kind, note}) {
			n.log.Warn().Str(
				"payload", m.payload.Name.String(),
			).Int64("raw_id", m.payload.RawID()).Str("field", note.Field).Str("problem", note.Problem).Msg(told(note))
		}
	}
}

// told is what a note means, for a person.
func told(note decode.Note) string {
	switch note.Problem {
	case decode.RepairedText:
		return "a field's text was damaged and is repaired; told once"
	case decode.Shortened:
		return "a field's text is longer than any that is kept, and is cut; told once"
	case decode.Twice:
		return "a film stands twice in one answer, and the row that says more counts; told once"
	}
	return "a field can't be read and is null; told once"
}

// drifted tells of answers that look different from those so far. The table keeps
// what is known, so each place is told once in its life, no matter who notices it.
func (n *noteLog) drifted(drifts []staging.Drift) {
	for _, d := range drifts {
		n.metrics.drift.WithLabelValues(string(d.Source), string(d.Kind), d.What).Inc()
		n.log.Warn().Str("source", string(d.Source)).Str("kind", string(d.Kind)).Str("path", d.Path).Str("what", d.What).
			Int64("raw_id", d.RawID).Msg("response schema drift (reported once per field); see ops.drift")
	}
}

func (n *noteLog) isNew(kind noteKind) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.told[kind]
	n.told[kind] = true
	return !known
}
