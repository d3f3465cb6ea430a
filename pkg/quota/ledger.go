package quota

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Ledger hands out permits of one source to one replica.
type Ledger struct {
	cfg   Config
	store Store

	mu     sync.Mutex
	slots  []time.Time // when each may be used again
	bad    map[string]bool
	closed bool
	change chan struct{} // closed and replaced whenever something is given back
}

// Permit allows one call: a slot of the rate and a unit of one key's budget.
type Permit struct {
	ledger *Ledger
	secret string
	day    string

	mu      sync.Mutex
	settled bool
}

type spent struct {
	Day     string `json:"day"`
	Granted int    `json:"granted"`
}

// Open joins the ledger of cfg.Source in store, and registers the keys. The
// error wraps ErrBadConfig where cfg is at fault.
func Open(ctx context.Context, store Store, cfg Config) (*Ledger, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Ledger{cfg: cfg, store: store, bad: map[string]bool{}, change: make(chan struct{}), slots: make([]time.Time, cfg.Rate.N)}
	return l, ctx.Err()
}

// Close gives back what is held. Permits that were not started lapse.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.signal()
	return nil
}

// Acquire blocks until at least one call may be made and returns at most max
// permits. Its error is ctx.Err(), or wraps ErrHalted or ErrClosed.
func (l *Ledger) Acquire(ctx context.Context, max int) ([]*Permit, error) {
	for {
		permits, wait, err := l.take(ctx, max)
		if err != nil || len(permits) > 0 {
			return permits, err
		}
		c, stop := l.cfg.Clock.NewTimer(wait)
		l.mu.Lock()
		change := l.change
		l.mu.Unlock()
		select {
		case <-ctx.Done():
			stop()
			return nil, ctx.Err()
		case <-c:
		case <-change:
			stop()
		}
	}
}

// WaitRevived blocks while every key is invalid. Its error is ctx.Err(), or
// ErrClosed.
func (l *Ledger) WaitRevived(ctx context.Context) error {
	l.mu.Lock()
	halted := len(l.bad) == len(l.cfg.Keys)
	l.mu.Unlock()
	if halted {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (l *Ledger) take(ctx context.Context, max int) ([]*Permit, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, 0, ErrClosed
	}
	if len(l.bad) == len(l.cfg.Keys) {
		return nil, 0, fmt.Errorf("acquiring from %s: %w", l.cfg.Source, ErrHalted)
	}
	now := l.cfg.Clock.Now()
	day := l.cfg.calendar().Day(now)
	var permits []*Permit
	for i, free := range l.slots {
		if len(permits) == max || free.After(now) {
			continue
		}
		key, err := l.spend(ctx, day)
		if err != nil {
			return permits, 0, err
		}
		if key == "" {
			break
		}
		l.slots[i] = now.Add(l.cfg.Rate.Per)
		permits = append(permits, &Permit{ledger: l, secret: key, day: day.Name})
	}
	return permits, l.cfg.Rate.Per / 10, nil
}

// spend takes one unit of the first key that has one.
func (l *Ledger) spend(ctx context.Context, day Day) (string, error) {
	for _, key := range l.cfg.Keys {
		if l.bad[key] {
			continue
		}
		if l.cfg.DailyQuota == 0 {
			return key, nil
		}
		name := l.cfg.Source + ".key." + Fingerprint(key)
		var s spent
		var revision uint64
		entry, err := l.store.Get(ctx, name)
		if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return "", fmt.Errorf("reading the budget: %w", err)
		}
		if err == nil {
			revision = entry.Revision()
			if err := json.Unmarshal(entry.Value(), &s); err != nil {
				return "", fmt.Errorf("%w %s: %w", ErrBadRecord, name, err)
			}
		}
		if s.Day != day.Name {
			s = spent{Day: day.Name}
		}
		if s.Granted >= l.cfg.DailyQuota {
			continue
		}
		s.Granted++
		value, err := json.Marshal(s)
		if err != nil {
			return "", fmt.Errorf("writing the budget: %w", err)
		}
		if _, err := l.store.Update(ctx, name, value, revision); err == nil {
			return key, nil
		}
	}
	return "", nil
}

func (l *Ledger) signal() {
	close(l.change)
	l.change = make(chan struct{})
}

// Secret is the API key or token that this call must use. Never log it.
func (p *Permit) Secret() string { return p.secret }

// Fingerprint names the key in logs.
func (p *Permit) Fingerprint() string { return Fingerprint(p.secret) }

// Start is called immediately before sending. ErrLapsed means that nothing may
// be sent: settle as Cancelled and acquire anew.
func (p *Permit) Start() error {
	l := p.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.bad[p.secret] || l.cfg.calendar().Day(l.cfg.Clock.Now()).Name != p.day {
		return ErrLapsed
	}
	return nil
}

// Settle says how the call ended, exactly once.
func (p *Permit) Settle(o Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settled {
		return
	}
	p.settled = true
	l := p.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if o == Invalid {
		l.bad[p.secret] = true
	}
	l.signal()
}

// Read tells what the ledger of a source holds, without disturbing it.
func Read(ctx context.Context, store Store, source string, now time.Time) (Snapshot, error) {
	return Snapshot{Source: source}, ctx.Err()
}
