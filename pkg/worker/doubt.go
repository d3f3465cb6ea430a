package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	// alikeInARow and alikeOfLast are how many answers of one kind make a source
	// doubted: so many in a row, or so many of the last lastAnswers. A few records
	// vanish every day; that all do is a wrong address, a gateway, an account.
	alikeInARow = 20
	lastAnswers = 200
	alikeOfLast = lastAnswers / 2
	// longestProbe bounds the pause between two probes of a doubted source.
	longestProbe = time.Hour
)

// notFound is how an answer about something known is told that says it is gone.
const notFound = "not found"

// doubts notices when what a source says can't be about the single jobs: that
// things known are gone, or that everything is refused, time after time. The source
// is then probed with one call at a time; what it says in the meantime is not
// believed, and costs its job nothing. An answer that speaks against the doubt
// ends it, and so does a person.
type doubts struct {
	now     func() time.Time
	probing *breaker

	mu       sync.Mutex
	known    tally     // answers about things known
	all      tally     // all answers
	why      string    // while the source is doubted
	lost     bool      // why is about things not found
	believed time.Time // nothing is doubted before
}

func newDoubts(cfg Config) *doubts {
	slow := cfg
	slow.Backoff.Max = max(longestProbe, cfg.Backoff.Max)
	return &doubts{now: cfg.Now, probing: newBreaker(slow)}
}

// change is what an answer did to the doubts.
type change int

const (
	asBefore change = iota
	doubted
	relieved
)

// judge weighs an answer: way is empty for one that brought what was asked for,
// notFound, or how the source refused. A held answer is not to be believed: its job
// is asked again, at no cost.
func (d *doubts) judge(began time.Time, known bool, way string) (held bool, did change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	alike := d.note(known, way)
	switch {
	case d.why == "" && (alike == "" || d.now().Before(d.believed)):
		return false, asBefore
	case d.why == "":
		d.why, d.lost = alike, way == notFound
		d.probing.trip(began)
		return true, doubted
	case d.speaksAgainst(known, way):
		d.relieve()
		return false, relieved
	case way == "": // of something unknown: it brings no relief, and shows that calls do no harm
		d.probing.hasten()
		return false, asBefore
	}
	d.probing.trip(began)
	return true, asBefore
}

// note counts an answer and says what is suspicious about it, if anything is.
func (d *doubts) note(known bool, way string) string {
	if way != "" && way != notFound {
		return d.all.note(way, "answers are refused in one way: "+way)
	}
	d.all.note("", "")
	if !known {
		return ""
	}
	return d.known.note(way, "answers about things known say "+way)
}

func (d *doubts) speaksAgainst(known bool, way string) bool {
	if d.lost {
		return known && way == ""
	}
	return way == "" || way == notFound
}

func (d *doubts) relieve() {
	d.why, d.known, d.all = "", tally{}, tally{}
	d.probing.answer()
}

// believe ends the doubt, and lets none begin before the given time.
func (d *doubts) believe(until time.Time) (did change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.believed = until
	if d.why == "" || !d.now().Before(until) {
		return asBefore
	}
	d.relieve()
	return relieved
}

func (d *doubts) reason() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.why
}

// tally counts how the last answers were told.
type tally struct {
	last   [lastAnswers]string
	next   int
	counts map[string]int
	way    string // of the last one
	row    int    // answers in a row told like it
}

// note adds an answer and, where it is one of suspiciously many, says so.
func (t *tally) note(way, what string) string {
	if t.counts == nil {
		t.counts = make(map[string]int)
	}
	if old := t.last[t.next]; old != "" {
		if t.counts[old]--; t.counts[old] == 0 {
			delete(t.counts, old)
		}
	}
	t.last[t.next] = way
	t.next = (t.next + 1) % lastAnswers
	if way != t.way {
		t.way, t.row = way, 0
	}
	t.row++
	if way == "" {
		return ""
	}
	t.counts[way]++
	switch {
	case t.row >= alikeInARow:
		return fmt.Sprintf("%d %s", t.row, what+", in a row")
	case t.counts[way] >= alikeOfLast:
		return fmt.Sprintf("%d of the last %d %s", t.counts[way], lastAnswers, what)
	}
	return ""
}

// weigh asks the doubts about an answer, tells when they begin or end, and returns
// what becomes of a job whose answer is not believed.
func (c *caller) weigh(began time.Time, job messages.Job, way string) *Failure {
	held, did := c.doubts.judge(began, job.Known, way)
	c.tellDoubts(did)
	if !held {
		return nil
	}
	return &Failure{Outcome: Wait, Reason: "the source is doubted: " + way, Later: true}
}

func (c *caller) tellDoubts(did change) {
	switch did {
	case doubted:
		c.metrics.doubted.Set(1)
		c.cfg.Log.Error().Err(errors.New(c.doubts.reason())).
			Msg("the source is doubted; sending one call at a time, with pauses that grow to an hour; nothing is withdrawn")
	case relieved:
		c.metrics.doubted.Set(0)
		c.cfg.Log.Info().Msg("the source is believed again")
	}
}

// Doubted is for /readyz: it fails while the source is doubted, and says why.
func (w *Worker) Doubted(context.Context) error {
	why := w.caller.doubts.reason()
	if why == "" {
		return nil
	}
	return fmt.Errorf("the source is doubted: %s; one call at a time is made, nothing is withdrawn; "+
		"it ends with an answer that speaks against it, or with the command believe", why)
}

// Believe ends a doubt of the source and lets none begin before the given time,
// because a person has seen that what it says is so.
func (w *Worker) Believe(until time.Time) { w.caller.tellDoubts(w.caller.doubts.believe(until)) }
