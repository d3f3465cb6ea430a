package worker

import "sync"

// trouble is what keeps a source's jobs from being answered as usual: nothing that
// makes a replica less ready, and nothing that should go unsaid.
type trouble struct {
	mu              sync.Mutex
	failing, halted string
}

func (t *trouble) set(what *string, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*what = why
}

// Trouble says what is wrong with the source, in words; "" when nothing is.
func (w *Worker) Trouble() string {
	w.caller.trouble.mu.Lock()
	defer w.caller.trouble.mu.Unlock()
	switch {
	case w.caller.trouble.halted != "":
		return "halted: the source refuses every key: " + w.caller.trouble.halted
	case w.caller.trouble.failing != "":
		return "failing: " + w.caller.trouble.failing
	case w.caller.doubts.reason() != "":
		return "doubted: " + w.caller.doubts.reason()
	}
	return ""
}
