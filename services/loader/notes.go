package loader

import (
	"sync"

	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
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
	for note, times := range m.notes {
		n.metrics.noted(m.payload.Name, note, times)
		if n.isNew(noteKind{m.payload.Source, m.payload.Kind, note}) {
			n.log.Warn().Str("payload", m.payload.Name.String()).Str("field", note.Field).Str("problem", note.Problem).
				Msg("a field can't be read and is null; told once")
		}
	}
}

func (n *noteLog) isNew(kind noteKind) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.told[kind]
	n.told[kind] = true
	return !known
}
