package quota

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/instant"
	"github.com/cledit/pipeline/pkg/quota/internal/budget"
	"github.com/cledit/pipeline/pkg/quota/internal/slots"
)

// Unlimited is the Remaining of a source without daily budgets.
const Unlimited = math.MaxInt

// State is what a key is good for today.
type State string

const (
	// StateOK has calls left.
	StateOK State = "ok"
	// StateExhausted has none left until ResetAt: all are spent or leased, or
	// the source said so.
	StateExhausted State = "exhausted"
	// StateInvalid was refused by the source; disabled until an operator enables or replaces it.
	StateInvalid State = "invalid"
)

// KeyStatus is one registered key.
type KeyStatus struct {
	Fingerprint string `json:"fingerprint"`
	State       State  `json:"state"`
	// Quota is the calls per day, 0 without a daily limit.
	Quota int `json:"quota"`
	// Remaining is the calls that are neither spent nor leased to a replica,
	// and that could be made now: 0 in the dead zone around midnight. It is
	// Unlimited without a daily limit.
	Remaining int `json:"remaining"`
	// Spent is the calls of today that are told to have been sent, and Leased those that
	// are not: replicas have them in hand, are making them, or were lost with them. A
	// replica tells with its next lease, at the latest when it has been idle for a while.
	Spent  int `json:"spent"`
	Leased int `json:"leased"`
	// ResetAt is when calls are next renewed, or an exhausted key is tried
	// again if that is earlier; zero without a daily limit, or when invalid.
	ResetAt time.Time `json:"reset_at"`
}

// Snapshot is what the ledger of one source holds at one moment.
type Snapshot struct {
	Source string `json:"source"`
	// Known is false while no replica has ever registered a key: there is
	// nothing to count yet, and Remaining is 0. A planner assumes the budget of
	// one key then.
	Known     bool        `json:"known"`
	Rate      Rate        `json:"rate"`      // the tightest registered limit
	Remaining int         `json:"remaining"` // the sum over all keys; Unlimited without daily limits
	Keys      []KeyStatus `json:"keys"`      // by fingerprint
}

// Limited reports whether the source has daily budgets.
func (s Snapshot) Limited() bool {
	return slices.ContainsFunc(s.Keys, func(k KeyStatus) bool { return k.Quota > 0 })
}

// Read returns what the ledger of a source holds at now, without disturbing it. It
// costs one read, and one for each key.
func Read(ctx context.Context, store Store, source string, now time.Time) (Snapshot, error) {
	table := slots.NewTable()
	found, err := readRecord(ctx, store, tableName(source), func(value []byte) (err error) {
		table, err = slots.Decode(value)
		return err
	})
	if err != nil || !found {
		return Snapshot{Source: source}, err
	}
	keys := map[string]budget.Record{}
	for _, fingerprint := range table.Keys() {
		_, err := readRecord(ctx, store, keyName(source, fingerprint), func(value []byte) (err error) {
			keys[fingerprint], err = budget.Decode(value)
			return err
		})
		if err != nil {
			return Snapshot{Source: source}, err
		}
	}
	return summarize(source, table, func(fingerprint string) budget.Record { return keys[fingerprint] }, now)
}

func readRecord(ctx context.Context, store Store, name string, decode func([]byte) error) (bool, error) {
	entry, err := store.Get(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("reading %s: %w", name, err)
	}
	if err := decode(entry.Value()); err != nil {
		return false, fmt.Errorf("reading %s: %w", name, err)
	}
	return true, nil
}

// Snapshot is what the replica knows without asking.
func (l *Ledger) Snapshot() (Snapshot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return summarize(l.cfg.Source, l.lease.Table(), func(fingerprint string) budget.Record {
		rec, _ := l.keys.Seen(fingerprint)
		return rec
	}, l.cfg.Clock.Now())
}

func summarize(source string, table *slots.Table, of func(string) budget.Record, now time.Time) (Snapshot, error) {
	s := Snapshot{Source: source, Rate: table.Rate}
	for _, fingerprint := range table.Keys() {
		limits, err := limitsOf(table, fingerprint)
		if err != nil {
			return s, err
		}
		status := limits.status(of(fingerprint), now)
		status.Fingerprint = fingerprint
		s.Keys = append(s.Keys, status)
		if s.Remaining > Unlimited-status.Remaining {
			s.Remaining = Unlimited
			continue
		}
		s.Remaining += status.Remaining
	}
	s.Known = len(s.Keys) > 0
	return s, nil
}

// limits is what holds for one key.
type limits struct {
	quota int
	cal   budget.Calendar
}

// limitsOf a key are the smallest quota of those who use it, and their day.
func limitsOf(t *slots.Table, fingerprint string) (limits, error) {
	var out limits
	for _, id := range slices.Sorted(maps.Keys(t.Setups)) {
		s := t.Setups[id]
		if s.Quota == 0 || !slices.Contains(s.Keys, fingerprint) || (out.quota > 0 && s.Quota >= out.quota) {
			continue
		}
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			return out, fmt.Errorf("%w: zone %q: %w", ErrBadRecord, s.Zone, err)
		}
		out = limits{quota: s.Quota, cal: budget.Calendar{Zone: zone, Length: s.Day}}
	}
	return out, nil
}

func (l limits) status(rec budget.Record, now time.Time) KeyStatus {
	status := KeyStatus{State: StateOK, Quota: l.quota}
	switch {
	case rec.Invalid:
		status.State = StateInvalid
		status.count(rec.On(l.cal.Day(now).Name))
	case l.quota == 0:
		status.Remaining = Unlimited
	default:
		l.today(&status, rec, now)
	}
	return status
}

func (k *KeyStatus) count(today budget.DayRecord) { k.Spent, k.Leased = today.Spent(), today.Leased() }

func (l limits) today(status *KeyStatus, rec budget.Record, now time.Time) {
	day := l.cal.Day(now)
	status.ResetAt = l.cal.Day(day.End).Opens()
	if now.Before(day.Opens()) {
		status.ResetAt = day.Opens()
	}
	today := rec.On(day.Name)
	status.count(today)
	if !day.Open(now) {
		return
	}
	if status.Remaining = today.Left(l.quota); status.Remaining == 0 {
		status.State = StateExhausted
	}
	if at, ok := today.ProbeAt(day); ok {
		status.ResetAt = instant.EarlierKnown(status.ResetAt, at)
	}
}

// Enable lifts what disabled a key as invalid, for an operator who has had it
// restored at the source, and reports whether it was disabled. Replicas that halted
// go on by themselves.
func Enable(ctx context.Context, store Store, source, fingerprint string) (changed bool, err error) {
	name := keyName(source, strings.ToLower(fingerprint))
	for {
		entry, err := store.Get(ctx, name)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("reading %s: %w", name, err)
		}
		rec, err := budget.Decode(entry.Value())
		if err != nil {
			return false, fmt.Errorf("reading %s: %w", name, err)
		}
		if !rec.Invalid {
			return false, nil
		}
		rec.Invalid = false
		_, err = store.Update(ctx, name, rec.Encode(), entry.Revision())
		if err == nil || !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return err == nil, err
		}
	}
}
