package quota

import (
	"time"
)

// Outcome is how a permitted call ended.
type Outcome int

const (
	// Spent: an answer came, whatever it said, and none of the below holds.
	Spent Outcome = iota + 1
	// Exhausted: the source says that this key's daily budget is used up.
	Exhausted
	// Invalid: the source does not know the key.
	Invalid
	// Unknown: sent, or perhaps sent, and no answer came.
	Unknown
	// Cancelled: certainly never sent.
	Cancelled
)

// String is the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Spent:
		return "spent"
	case Exhausted:
		return "exhausted"
	case Invalid:
		return "invalid"
	case Unknown:
		return "unknown"
	case Cancelled:
		return "cancelled"
	}
	return "undefined"
}

// Permit allows one call: a slot of the rate and a unit of one key's budget.
// Start it within 5 s, or it lapses: what is held and not used would be missing
// elsewhere. Its methods are safe for concurrent use.
type Permit struct {
	ledger     *Ledger
	budget     *budget
	day        Day
	probe      bool
	slot       *slot
	generation int
	since      time.Time // acquired

	// guarded by ledger.mu
	started  bool
	answered time.Time
	over     bool // settled or lapsed
}

// Secret is the API key or token that this call must use. It must not reach a
// log, an error or an archive.
func (p *Permit) Secret() string { return p.budget.secret }

// Fingerprint names the key.
func (p *Permit) Fingerprint() string { return p.budget.fingerprint }

// Start is called immediately before sending, once. After ErrLapsed nothing may
// be sent: settle as Cancelled (a formality then) and acquire anew. From Start on
// the request must be answered or given up within the configured deadline.
func (p *Permit) Start() error {
	l := p.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Clock.Now()
	if p.over || p.started {
		return ErrLapsed
	}
	if !l.covers(p, now) {
		p.lapse()
		poke(l.dispatchWork)
		return ErrLapsed
	}
	delete(l.held, p)
	p.started = true
	p.slot.used = now
	l.lastStart = now
	return nil
}

// Answered may be called as soon as the first byte of the answer is there: the
// slot rests from then, instead of from Settle.
func (p *Permit) Answered() {
	p.ledger.mu.Lock()
	defer p.ledger.mu.Unlock()
	if p.started && p.answered.IsZero() {
		p.answered = p.ledger.cfg.Clock.Now()
	}
}

// Settle says how the call ended, exactly once; further calls do nothing. Every
// outcome but Cancelled counts as a call, with or without an answer.
func (p *Permit) Settle(o Outcome) {
	l := p.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.over {
		return
	}
	if o == Cancelled {
		p.lapse()
		poke(l.dispatchWork)
		return
	}
	p.over = true
	delete(l.held, p)
	now := l.cfg.Clock.Now()
	p.restSlot(o, now)
	l.account(p, o, now)
	poke(l.dispatchWork)
}

// restSlot lets the slot rest, from the answer on, or for the deadline more where
// none came: the request may still be under way.
func (p *Permit) restSlot(o Outcome, now time.Time) {
	t := p.ledger.tenure
	if p.generation != t.pool.generation {
		return
	}
	from := now
	switch {
	case !p.answered.IsZero():
		from = p.answered
	case o == Unknown:
		from = now.Add(p.ledger.cfg.Deadline)
	}
	p.slot.used = now
	p.slot.ready = from.Add(pause(t.view.Rate.Per))
	t.pool.giveBack(p.slot)
}

// lapse returns the slot and the unit unused. Callers hold mu.
func (p *Permit) lapse() {
	if p.over {
		return
	}
	p.over = true
	l := p.ledger
	delete(l.held, p)
	if p.generation == l.tenure.pool.generation {
		l.tenure.pool.giveBack(p.slot)
	}
	if l.limited() {
		p.budget.giveBack(p.day.Name, p.probe)
	}
}

// covers tells whether a call may be sent now.
func (l *Ledger) covers(p *Permit, now time.Time) bool {
	b := p.budget
	switch {
	case l.closed, b.retired, b.invalid():
		return false
	case p.generation != l.tenure.pool.generation, !l.tenure.holds(now):
		return false
	case l.limited():
		return p.day.Open(now) && (p.probe || !b.exhausted(p.day.Name))
	}
	return true
}

// account settles the unit. A call that ended so near to midnight that the source
// may count it for the next day is counted there as well.
func (l *Ledger) account(p *Permit, o Outcome, now time.Time) {
	b := p.budget
	news := false
	if l.limited() || o == Invalid {
		news = b.settle(p.day, o, p.probe, now)
	}
	if news {
		l.logOutcome(p, o)
	}
	if l.limited() && now.After(p.day.Closes()) {
		b.carry(l.cal.Day(p.day.End).Name)
		news = true
	}
	if news {
		l.announce()
	}
}

func (l *Ledger) logOutcome(p *Permit, o Outcome) {
	log := l.cfg.Log.With().Str("source", l.cfg.Source).Str("key", p.Fingerprint()).Logger()
	switch o {
	case Exhausted:
		log.Warn().Str("day", p.day.Name).Msg("The source says that the key is exhausted: parked")
	case Invalid:
		log.Error().Msg("The source refused the key as invalid: disabled")
	case Spent:
		log.Info().Str("day", p.day.Name).Msg("The exhausted key works again")
	case Unknown, Cancelled:
	}
}
