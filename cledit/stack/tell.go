package stack

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// tellAgain is when a warning that comes again is told again.
const tellAgain = 10 * time.Minute

// teller passes log lines on and tells those that a person should know of.
type teller struct {
	out io.Writer
	say func(string)
	now func() time.Time

	mu   sync.Mutex
	told map[logLine]time.Time
}

// logLine is what a line of a service's log says.
type logLine struct {
	Level   string `json:"level"`
	Service string `json:"service"`
	Message string `json:"message"`
	Error   string `json:"error"`
}

func newTeller(out io.Writer, say func(string)) *teller {
	return &teller{out: out, say: say, now: time.Now, told: map[logLine]time.Time{}}
}

// Write takes one line, as loggers write them.
func (t *teller) Write(line []byte) (int, error) {
	var l logLine
	if err := json.Unmarshal(line, &l); err == nil && (l.Level == "warn" || l.Level == "error") && t.isNew(l) {
		text := l.Service + ": " + l.Message
		if l.Error != "" {
			text += ": " + l.Error
		}
		t.say(text)
	}
	return t.out.Write(line)
}

func (t *teller) isNew(l logLine) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if at, ok := t.told[l]; ok && now.Sub(at) < tellAgain {
		return false
	}
	for known, at := range t.told {
		if now.Sub(at) >= tellAgain {
			delete(t.told, known)
		}
	}
	t.told[l] = now
	return true
}
