package quota

import (
	"time"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
	"github.com/cledit/pipeline/pkg/quota/internal/slots"
)

// Settlement is how a permitted call ended.
type Settlement = budget.Settlement

// How a permitted call can end.
const (
	// Spent is an answer, whatever it said, and none of the below.
	Spent = budget.Spent
	// Exhausted is an answer that this key's daily budget is used up.
	Exhausted = budget.Exhausted
	// Invalid is an answer that the source does not know the key.
	Invalid = budget.Invalid
	// Unknown is not an answer to a call that was sent, or perhaps sent.
	Unknown = budget.Unknown
	// Cancelled is a call that was certainly never sent.
	Cancelled = budget.Cancelled
)

// Permit allows one call: a slot of the rate and a unit of one key's budget.
// Start it within 5 s, or it lapses: what is held and not used would be missing
// elsewhere. Its methods are safe for concurrent use.
type Permit struct {
	ledger *Ledger
	unit   *budget.Unit
	slot   *slots.Slot
	since  time.Time // acquired

	// guarded by ledger.mu
	started  time.Time
	answered time.Time
	over     bool // settled or lapsed
}

// Secret is the API key or token that this call must use. It must not reach a
// log, an error or an archive.
func (p *Permit) Secret() string { return p.unit.Secret() }

// Fingerprint names the key.
func (p *Permit) Fingerprint() string { return p.unit.Fingerprint() }

// Start is called immediately before sending, once. After ErrLapsed nothing may
// be sent: settle as Cancelled (a formality then) and acquire again. From Start on
// the request must be answered or given up within the configured deadline.
func (p *Permit) Start() error {
	l := p.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Clock.Now()
	if p.over || !p.started.IsZero() {
		return ErrLapsed
	}
	if l.closed || !p.slot.Covers(now) || !p.unit.Covers(now) {
		p.lapse()
		poke(l.permitWork)
		return ErrLapsed
	}
	delete(l.held, p)
	p.started = now
	p.slot.Start(now)
	l.started = now
	return nil
}

// Answered may be called as soon as the first byte of the answer is there: the
// slot rests from then, instead of from Settle.
func (p *Permit) Answered() {
	p.ledger.mu.Lock()
	defer p.ledger.mu.Unlock()
	if !p.started.IsZero() && p.answered.IsZero() {
		p.answered = p.ledger.cfg.Clock.Now()
	}
}

// Settle says how the call ended, exactly once; further calls do nothing. Every
// settlement but Cancelled counts as a call, with or without an answer. It reports
// whether the state of the key has changed by it, for all replicas.
func (p *Permit) Settle(how Settlement) (changed bool) {
	l := p.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	defer poke(l.permitWork)
	defer poke(l.keyWork) // to tell in time what was sent
	if p.over || how == Cancelled {
		p.lapse()
		return false
	}
	p.over = true
	delete(l.held, p)
	now := l.cfg.Clock.Now()
	p.slot.Rest(now, p.restsFrom(how, now))
	changed, news := p.unit.Settle(how, now)
	if changed {
		p.log(how)
	}
	if news {
		l.announce()
	}
	return changed
}

// restsFrom is when the slot begins to rest: with the answer, or the deadline later
// where none came, since the request may still be under way.
func (p *Permit) restsFrom(how Settlement, now time.Time) time.Time {
	switch {
	case !p.answered.IsZero():
		return p.answered
	case how == Unknown:
		return now.Add(p.ledger.cfg.Deadline)
	}
	return now
}

// lapse returns the slot and the unit unused, unless that is settled. Callers hold mu.
func (p *Permit) lapse() {
	if p.over {
		return
	}
	p.over = true
	delete(p.ledger.held, p)
	p.slot.Return()
	p.unit.Return()
}

func (p *Permit) log(how Settlement) {
	log := p.ledger.cfg.Log.With().Str("source", p.ledger.cfg.Source).Str("key", p.Fingerprint()).Logger()
	switch how {
	case Exhausted:
		log.Warn().Str("day", p.unit.Day().Name).Msg("key parked: the source says that its daily quota is used up")
	case Spent:
		log.Info().Str("day", p.unit.Day().Name).Msg("parked key works again")
	case Invalid, Unknown, Cancelled: // who settles it as invalid knows why
	}
}
