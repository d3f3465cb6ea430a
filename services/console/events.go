package console

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/redact"
)

// How often the first page is looked at for all who watch it, and how often a stream
// without news says that it lives.
const (
	liveEvery   = 2 * time.Second
	liveSilence = 20 * time.Second
	mostWatch   = 200
)

// live renders the moving part of the first page once for all who watch it, while
// somebody does.
type live struct {
	web *web

	mu       sync.Mutex
	watchers map[*watcher]bool
	last     map[string]string // by language
	came     chan struct{}
}

type watcher struct {
	language string
	news     chan string // the newest; an older one that was not taken is replaced
}

func newLive(w *web) *live {
	return &live{web: w, watchers: map[*watcher]bool{}, last: map[string]string{}, came: make(chan struct{}, 1)}
}

// run looks while somebody watches, until ctx ends.
func (l *live) run(ctx context.Context) {
	ticker := time.NewTicker(liveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.came:
		case <-ticker.C:
		}
		if languages := l.watched(); len(languages) > 0 {
			l.look(ctx, languages)
		}
	}
}

func (l *live) watched() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	languages := map[string]bool{}
	for w := range l.watchers {
		languages[w.language] = true
	}
	return languages
}

func (l *live) look(ctx context.Context, languages map[string]bool) {
	ctx, cancel := context.WithTimeout(ctx, statement)
	defer cancel()
	now := l.web.now()
	facts, err := l.web.pages.readNow(ctx, now)
	for code := range languages {
		p := &page{L: l.web.languages[code], Name: "now", Now: now}
		name := "moving"
		if p.Body = facts.body(p.L, now); err != nil {
			name, p.Body = "away", failure{p.L.T("failure.database"), redact.Process.String(err.Error())}
		}
		var text bytes.Buffer
		if err := l.web.templates[code]["now"].ExecuteTemplate(&text, name, p); err != nil {
			l.web.log.Error().Err(err).Msg("the moving part of the first page could not be made")
			continue
		}
		l.tell(code, text.String())
	}
}

// tell passes on what is new.
func (l *live) tell(code, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last[code] == text {
		return
	}
	l.last[code] = text
	for w := range l.watchers {
		if w.language != code {
			continue
		}
		select {
		case <-w.news:
		default:
		}
		w.news <- text
	}
}

func (l *live) enter(w *watcher) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.watchers) >= mostWatch {
		return false
	}
	l.watchers[w] = true
	if text, ok := l.last[w.language]; ok {
		w.news <- text
	}
	select {
	case l.came <- struct{}{}:
	default:
	}
	return true
}

func (l *live) leave(w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if delete(l.watchers, w); len(l.watchers) == 0 {
		clear(l.last) // it grows old
	}
}

// serve sends the moving part whenever it is new, as events that a script swaps in.
func (l *live) serve(out http.ResponseWriter, r *http.Request) {
	w := &watcher{language: l.web.languageOf(r).Code, news: make(chan string, 1)}
	if !l.enter(w) {
		http.Error(out, "too many watch already", http.StatusServiceUnavailable)
		return
	}
	defer l.leave(w)
	out.Header().Set("Content-Type", "text/event-stream")
	out.Header().Set("X-Accel-Buffering", "no") // a proxy passes on what it gets
	w.stream(out, r.Context().Done())
}

// stream writes the news as they come, and that it is there where none do, until done or
// nobody reads any more.
func (w *watcher) stream(out http.ResponseWriter, done <-chan struct{}) {
	control := http.NewResponseController(out)
	alive := time.NewTicker(liveSilence)
	defer alive.Stop()
	for {
		if err := control.Flush(); err != nil {
			return
		}
		text := ": still here\n\n"
		select {
		case <-done:
			return
		case news := <-w.news:
			text = event(news)
		case <-alive.C:
		}
		if _, err := fmt.Fprint(out, text); err != nil {
			return
		}
	}
}

// event is a text as an event: its lines each as data.
func event(text string) string {
	return "data: " + strings.ReplaceAll(strings.ReplaceAll(text, "\r", ""), "\n", "\ndata: ") + "\n\n"
}
