package streams

import (
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/cledit/pipeline/pkg/messages"
)

// Answers knows which of the jobs that it was told to watch for were answered,
// before the answer is in the tables. It is a shortcut and may miss some. Answers
// to anything else are nothing to it: whatever a fetcher publishes, it keeps no
// more than the names that it watches for.
type Answers struct {
	sub  *nats.Subscription
	wake chan struct{}

	mu   sync.Mutex
	seen map[string]bool // by name watched for
}

// Listen takes answers under a subject of RAW, wildcards included.
func Listen(nc *nats.Conn, subject string) (*Answers, error) {
	a := &Answers{wake: make(chan struct{}, 1), seen: map[string]bool{}}
	sub, err := nc.Subscribe(subject, func(msg *nats.Msg) { a.note(tail(msg.Subject)) })
	if err != nil {
		return nil, fmt.Errorf("listening for answers on %s: %w", subject, err)
	}
	a.sub = sub
	return a, nil
}

func (a *Answers) note(name string) {
	a.mu.Lock()
	seen, watched := a.seen[name]
	if watched {
		a.seen[name] = true
	}
	a.mu.Unlock()
	if !watched || seen {
		return
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Wake receives after an answer that was watched for.
func (a *Answers) Wake() <-chan struct{} { return a.wake }

// Seen reports whether an answer of this name was published since it was watched for.
func (a *Answers) Seen(name messages.Name) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[name.String()]
}

// Watch says which names are outstanding: others are watched for no more.
func (a *Answers) Watch(names []messages.Name) {
	a.mu.Lock()
	defer a.mu.Unlock()
	watched := make(map[string]bool, len(names))
	for _, name := range names {
		watched[name.String()] = a.seen[name.String()]
	}
	a.seen = watched
}

// Expect watches also for names that are about to be asked for.
func (a *Answers) Expect(names []messages.Name) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range names {
		a.seen[name.String()] = false
	}
}

// Close stops listening.
func (a *Answers) Close() error { return a.sub.Unsubscribe() }
