package store

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Note tells of something that is in the tables and can't be planned with. It
// costs itself alone: what is written beside it is planned.
type Note struct {
	What string // kind of thing, for a metric: name, parameters, match, change-list, page, window, mark, letter
	Of   string // which one
	Why  string // for a person, one line
}

// notes are those that nobody has taken yet.
type notes struct {
	mu   sync.Mutex
	list []Note
}

const (
	// notesMost bounds what is noted between two ticks: the rest is noted later.
	notesMost = 1000
	// noteLength bounds the texts of a note, in bytes.
	noteLength = 300
)

func (n *notes) add(what, of, why string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.list) < notesMost {
		n.list = append(n.list, Note{What: what, Of: line(of), Why: line(fmt.Sprintf(why, args...))})
	}
}

// take hands out what was noted since the last call.
func (n *notes) take() []Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.list
	n.list = nil
	return list
}

// line makes text fit for one line of a log.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, cut(text, noteLength))
	return strings.TrimSpace(text)
}

// cut is the text up to a number of bytes, as UTF-8.
func cut(text string, most int) string {
	if len(text) > most {
		for most > 0 && !utf8.RuneStart(text[most]) {
			most--
		}
		text = text[:most] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
