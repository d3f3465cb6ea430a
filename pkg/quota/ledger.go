package quota

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"
)

const (
	// holdTime is how long a permit may be held without being started, and how
	// long units of a budget stay with a replica that does not use them.
	holdTime = 5 * time.Second

	// writeTime bounds one read or write of the store.
	writeTime = 2 * time.Second

	// maxSleep bounds every wait, so that a clock that was set is noticed.
	maxSleep = 30 * time.Second
)

// closeTime bounds all that Close does. A test that must know it done has more.
var closeTime = 3 * time.Second

// Ledger is one replica's part in the ledger of one source. It is safe for
// concurrent use.
type Ledger struct {
	cfg   Config
	store Store
	cal   Calendar

	gateWork, keyWork, dispatchWork chan struct{} // something to do, capacity 1

	stop context.CancelFunc
	done sync.WaitGroup

	mu         sync.Mutex
	tenure     *tenure
	budgets    []*budget          // in the order of the configuration, retired ones last
	current    int                // the key in use
	keys       map[string]seenKey // every record of the source, by fingerprint
	queue      []*waiter
	held       map[*Permit]struct{} // not started
	lastStart  time.Time
	changed    chan struct{} // closed and replaced when a key's state changes
	deaf       int           // reads in a row that knew more than the watch
	stale      int           // reads in a row that knew less
	unwatch    context.CancelFunc
	unreadable bool // a record was; it is said once
	unwritten  map[string]unwritten
	closed     bool
}

// Open joins the ledger of cfg.Source in store and registers the replica's keys
// and limits; it returns when that is written. The error wraps ErrBadConfig where
// cfg is at fault, and ErrBadRecord where the store holds what this version cannot
// read. The ledger lives until Close, not until ctx ends.
func Open(ctx context.Context, store Store, cfg Config) (*Ledger, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	l := newLedger(store, cfg, cfg.Replica+"-"+nonce())
	if err := l.load(ctx); err != nil {
		return nil, fmt.Errorf("opening the quota ledger of %s: %w", cfg.Source, err)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	for _, loop := range []func(context.Context){l.watch, l.dispatch, l.keepGate, l.keepKeys} {
		l.done.Go(func() { loop(life) })
	}
	if err := l.registered(ctx); err != nil {
		l.abort()
		return nil, fmt.Errorf("registering with the quota ledger of %s: %w", cfg.Source, err)
	}
	return l, nil
}

func newLedger(store Store, cfg Config, id string) *Ledger {
	l := &Ledger{
		cfg: cfg, store: store, cal: cfg.calendar(),
		gateWork: make(chan struct{}, 1), keyWork: make(chan struct{}, 1), dispatchWork: make(chan struct{}, 1),
		tenure: newTenure(id),
		keys:   map[string]seenKey{}, held: map[*Permit]struct{}{}, changed: make(chan struct{}),
		unwatch: func() {}, unwritten: make(map[string]unwritten),
	}
	l.configure(cfg.Keys)
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(l.tenure.id)) // never fails
	l.current = int(hash.Sum32() % uint32(len(cfg.Keys)))
	return l
}

// nonce makes a replica's id its own: one that starts again under its old name
// must not take its predecessor's slots for its own.
func nonce() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// configure puts keys into use and retires the others. Callers hold mu, or own l.
func (l *Ledger) configure(keys []string) {
	before := l.budgets
	l.budgets = nil
	var fingerprints []string
	for _, key := range keys {
		b := &budget{fingerprint: Fingerprint(key), secret: key}
		b.rec, b.revision = l.keys[b.fingerprint].rec, l.keys[b.fingerprint].revision
		if at := slices.IndexFunc(before, func(old *budget) bool { return old.secret == key }); at >= 0 {
			b = before[at]
			before = slices.Delete(slices.Clone(before), at, at+1)
		}
		b.retired = false
		l.budgets = append(l.budgets, b)
		fingerprints = append(fingerprints, b.fingerprint)
	}
	for _, b := range before {
		b.retired = true
		l.budgets = append(l.budgets, b)
	}
	slices.Sort(fingerprints)
	s := setup{Keys: fingerprints, Rate: l.cfg.Rate, Deadline: l.cfg.Deadline}
	if l.cfg.DailyQuota > 0 {
		s.Quota, s.Zone, s.Day = l.cfg.DailyQuota, l.cfg.Zone.String(), l.cfg.DayLength
	}
	l.tenure.configure(s)
}

// SetKeys replaces the configured keys while running, at once; the others hear of
// it within seconds. Permits of a key that is no longer configured lapse. A key that
// no replica was configured with is enabled, even if it had been disabled as
// invalid. The error is ErrClosed, or wraps ErrBadConfig.
func (l *Ledger) SetKeys(keys []string) error {
	if err := checkKeys(keys); err != nil {
		return fmt.Errorf("%w: %w", ErrBadConfig, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.configure(keys)
	l.enable(l.tenure.fresh(l.tenure.view))
	l.current %= len(keys)
	l.announce()
	return nil
}

// Keys lists the fingerprints in use, in the order of the configuration.
func (l *Ledger) Keys() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, b := range l.budgets {
		if !b.retired {
			out = append(out, b.fingerprint)
		}
	}
	return out
}

// registered waits until the gate holds the replica, and until keys that were
// disabled and are configured anew are enabled.
func (l *Ledger) registered(ctx context.Context) error {
	return l.until(ctx, func() bool {
		me := l.tenure.me()
		return me != nil && me.Setup == l.tenure.setupID && l.every(func(b *budget) bool { return !b.report.enable })
	})
}

// until waits for a condition that changes with announce.
func (l *Ledger) until(ctx context.Context, holds func() bool) error {
	for {
		l.mu.Lock()
		held, closed, changed := holds(), l.closed, l.changed
		l.mu.Unlock()
		switch {
		case closed:
			return ErrClosed
		case held:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// announce wakes whoever may have something to do. Callers hold mu.
func (l *Ledger) announce() {
	close(l.changed)
	l.changed = make(chan struct{})
	poke(l.dispatchWork)
	poke(l.gateWork)
	poke(l.keyWork)
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// sleep waits for work, or until a time; a zero time is far away. It is false
// when ctx ends.
func (l *Ledger) sleep(ctx context.Context, work <-chan struct{}, at time.Time) bool {
	d := maxSleep
	if !at.IsZero() {
		d = min(d, at.Sub(l.cfg.Clock.Now()))
	}
	c, stop := l.cfg.Clock.NewTimer(d)
	defer stop()
	select {
	case <-ctx.Done():
		return false
	case <-work:
	case <-c:
	}
	return ctx.Err() == nil
}

// Close gives back what is held and leaves the ledger. Permits that were not
// started lapse; calls in flight should be settled before. It takes a few seconds
// at most, and is safe to repeat. An error means that others will find out by
// themselves that this replica is gone.
func (l *Ledger) Close() error {
	if !l.shut() {
		return nil
	}
	l.stop()
	l.done.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := l.leave(ctx); err != nil {
		return fmt.Errorf("leaving the quota ledger of %s: %w", l.cfg.Source, err)
	}
	return nil
}

// abort ends the loops without a farewell.
func (l *Ledger) abort() {
	l.shut()
	l.stop()
	l.done.Wait()
}

// shut refuses everything from now on; false when that was done before.
func (l *Ledger) shut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.closed = true
	for p := range l.held {
		p.lapse()
	}
	for _, w := range l.queue {
		w.finish(nil, ErrClosed)
	}
	l.queue = nil
	l.announce()
	return true
}
