package quota

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
	"github.com/cledit/pipeline/pkg/quota/internal/kv"
	"github.com/cledit/pipeline/pkg/quota/internal/record"
	"github.com/cledit/pipeline/pkg/quota/internal/slots"
)

// holdTime is how long a permit may be held without being started, and how
// long units of a budget stay with a replica that does not use them.
const holdTime = 5 * time.Second

// closeTime bounds all that Close does. A test that must know it done has more.
var closeTime = 3 * time.Second

// Ledger is one replica's part in the ledger of one source. It is safe for
// concurrent use.
type Ledger struct {
	cfg  Config
	sync *kv.Sync

	slotWork, keyWork, permitWork chan struct{} // something to do, capacity 1

	stop context.CancelFunc
	done sync.WaitGroup

	mu      sync.Mutex
	lease   *slots.Lease
	keys    *budget.Keys
	queue   queue
	held    map[*Permit]struct{} // not started
	started time.Time            // when the last call was
	changed chan struct{}        // closed and replaced when a key's state changes
	closed  bool
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
	names := []string{tableName(cfg.Source)}
	for _, fingerprint := range l.keys.Fingerprints() {
		names = append(names, keyName(cfg.Source, fingerprint))
	}
	if err := l.sync.Load(ctx, record.ErrUnreadable, names...); err != nil {
		return nil, fmt.Errorf("opening the quota ledger of %s: %w", cfg.Source, err)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	l.done.Go(func() { l.sync.Watch(life) })
	l.done.Go(func() { l.givePermits(life) })
	l.done.Go(func() { l.sync.Keep(life, "slots", l.slotWork, slotWriter{l}.next) })
	l.done.Go(func() { l.sync.Keep(life, "budgets", l.keyWork, budgetWriter{l}.next) })
	if err := l.registered(ctx); err != nil {
		l.abort()
		return nil, fmt.Errorf("registering with the quota ledger of %s: %w", cfg.Source, err)
	}
	return l, nil
}

func newLedger(store Store, cfg Config, id string) *Ledger {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id)) // never fails
	l := &Ledger{
		cfg: cfg, lease: slots.New(id), keys: budget.New(cfg.calendar(), cfg.DailyQuota, cfg.Keys, hash.Sum32()),
		slotWork: make(chan struct{}, 1), keyWork: make(chan struct{}, 1), permitWork: make(chan struct{}, 1),
		held: map[*Permit]struct{}{}, changed: make(chan struct{}),
	}
	l.sync = &kv.Sync{Store: store, Source: cfg.Source, Clock: cfg.Clock, Log: cfg.Log, Take: l.take}
	l.configure(cfg.Keys)
	return l
}

// The names of a source's records in the bucket.
func tableName(source string) string            { return source + ".gate" }
func keyName(source, fingerprint string) string { return source + ".key." + fingerprint }

// nonce makes a replica's id its own: one that starts again under its old name
// must not take its predecessor's slots for its own.
func nonce() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// configure puts keys into use and retires the others. It returns those that nobody
// has registered. Callers hold mu, or own l.
func (l *Ledger) configure(keys []string) (fresh []string) {
	s := slots.Setup{Keys: l.keys.Configure(keys), Rate: l.cfg.Rate, Deadline: l.cfg.Deadline}
	if l.cfg.DailyQuota > 0 {
		s.Quota, s.Zone, s.Day = l.cfg.DailyQuota, l.cfg.Zone.String(), l.cfg.DayLength
	}
	return l.lease.Configure(s)
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
	l.keys.Enable(l.configure(keys))
	l.announce()
	return nil
}

// Keys lists the fingerprints in use, in the order of the configuration.
func (l *Ledger) Keys() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys.Fingerprints()
}

// registered waits until the slot table has the replica, and until keys that were
// disabled and are configured again are enabled.
func (l *Ledger) registered(ctx context.Context) error {
	return l.until(ctx, func() bool { return l.lease.Registered() && l.keys.Enabled() })
}

// WaitRevived blocks while every key is disabled as invalid. The error is
// ctx.Err() or ErrClosed.
func (l *Ledger) WaitRevived(ctx context.Context) error {
	return l.until(ctx, func() bool { return !l.keys.Halted() })
}

// Writable is for /readyz: it fails while the ledger can't be written for longer than
// a moment. No call is made then, once the lease has ended.
func (l *Ledger) Writable(context.Context) error { return l.sync.Writable() }

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

// announce wakes all that may have something to do. Callers hold mu.
func (l *Ledger) announce() {
	close(l.changed)
	l.changed = make(chan struct{})
	poke(l.permitWork)
	poke(l.slotWork)
	poke(l.keyWork)
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take takes in a record.
func (l *Ledger) take(name string, value []byte, revision uint64, read bool) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name == tableName(l.cfg.Source) {
		return l.takeTable(value, revision, read)
	}
	fingerprint, ok := strings.CutPrefix(name, keyName(l.cfg.Source, ""))
	if !ok {
		return nil
	}
	var rec budget.Record
	if value != nil {
		if rec, err = budget.Decode(value); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
	_, known := l.keys.Seen(fingerprint)
	if news := l.sync.News(revision, known, read); !news && !l.keys.Remade(fingerprint, rec) {
		return nil
	}
	l.keys.Learn(fingerprint, rec, revision)
	l.announce()
	return nil
}

func (l *Ledger) takeTable(value []byte, revision uint64, read bool) (err error) {
	if !l.sync.News(revision, l.lease.Revision(), read) {
		return nil
	}
	table := slots.NewTable()
	if value != nil {
		if table, err = slots.Decode(value); err != nil {
			return fmt.Errorf("reading %s: %w", tableName(l.cfg.Source), err)
		}
	}
	l.lease.Observe(table, revision, l.cfg.Clock.Now())
	l.observed()
	return nil
}

// observed takes over what the table says of budgets. Callers hold mu.
func (l *Ledger) observed() {
	l.keys.Limit(l.lease.Table().Quota(l.cfg.DailyQuota))
	l.announce()
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
	if err := l.release(ctx); err != nil {
		return fmt.Errorf("leaving the quota ledger of %s: %w", l.cfg.Source, err)
	}
	return nil
}

// abort ends the loops and gives nothing back.
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
	l.queue.fail(ErrClosed)
	l.announce()
	return true
}
