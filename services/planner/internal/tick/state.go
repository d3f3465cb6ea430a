package tick

import (
	"context"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/why"
)

const (
	// backlogEvery is the time between two readings of what waits.
	backlogEvery = time.Minute
	// callsPace is what each call that is due adds to the time between two counts of them,
	// so that counting, some two microseconds a call, takes no more than a two thousandth
	// of the time: with a million due they are counted every hour and six minutes.
	callsPace = 4 * time.Millisecond
)

// troubleEvery is the time between two readings of what the fetchers say.
const troubleEvery = 10 * time.Second

// freshDays are the days of the box office that have a deadline.
const freshDays = 7

// State is what a tick says of itself: how fresh the data is, and why each source does
// what it does.
type State struct {
	Backlog   store.Backlog
	History   policy.History
	Freshness []freshness.State
	Reasons   []why.Reason // one a source, in the order of Sources
	backlogAt time.Time

	callsAt    time.Time // of the calls of the backlog
	callsEvery time.Duration

	trouble   map[messages.Source]string // what the fetchers say
	troubleAt time.Time
}

// narrator says how a tick went: how fresh the data is, and why each source does what it
// does.
type narrator struct {
	cfg        Config
	store      *store.Store
	binding    *binding
	capacities *capacities
	metrics    *Metrics
	state      State
}

// say adds the state to a result. What waits is read once a minute, the rest is known.
func (n *narrator) say(ctx context.Context, run *steps, t *Result) {
	o := &t.Observed
	s := &n.state
	if passed(backlogEvery, s.backlogAt, o.At) {
		run.try("backlog", "", func() (err error) {
			if s.History, err = n.capacities.history(ctx, o.At); err != nil {
				return err
			}
			return n.count(ctx, o.At)
		})
	}
	if s.backlogAt.IsZero() {
		return
	}
	if passed(troubleEvery, s.troubleAt, o.At) {
		s.trouble, s.troubleAt = map[messages.Source]string{}, o.At
		for _, source := range Sources {
			run.try("trouble", source, func() (err error) {
				s.trouble[source], err = n.binding.trouble(ctx, source, o.At)
				return err
			})
		}
	}
	s.Freshness = freshness.Judge(freshnessFacts(n.cfg, *t, *s))
	s.Reasons = nil
	for _, source := range Sources {
		s.Reasons = append(s.Reasons, why.Explain(facts(n.cfg, *t, *s, source)))
	}
	t.State = *s
	n.metrics.state(t.State)
}

// count reads what waits, and how many calls are due, the latter more seldom where they are many.
func (n *narrator) count(ctx context.Context, now time.Time) error {
	s := &n.state
	backlog, err := n.store.Reports.Backlog(ctx, now)
	if err != nil {
		return err
	}
	backlog.Calls = s.Backlog.Calls
	if passed(s.callsEvery, s.callsAt, now) {
		if backlog.Calls, err = n.store.Reports.Calls(ctx, now); err != nil {
			return err
		}
		s.callsAt, s.callsEvery = now, max(backlogEvery, time.Duration(backlog.Count())*callsPace)
	}
	s.Backlog, s.backlogAt = backlog, now
	return nil
}

// freshnessFacts gathers what the sets of data are judged by.
func freshnessFacts(cfg Config, t Result, s State) freshness.Facts {
	o := t.Observed
	f := freshness.Facts{
		At: o.At, ChangesNext: o.Changes.Next(), Stale: s.Backlog.Stale, Expires: s.Backlog.Expires, InReview: s.Backlog.InReview,
		KOBIS: supply(t, messages.KOBIS), TMDB: supply(t, messages.TMDB), ReadingListed: !o.Catalogue.Read(),
		OpeningDue: first(s.Backlog.DueSince, policy.DetailOpening, policy.SearchOpening),
		SeriesDue:  first(s.Backlog.DueSince, policy.SeriesDetail),
	}
	if w, ok := o.Catalogue.Windows[catalogue.All]; ok {
		f.ListDue, f.ListRead = &w.DueAt, w.CompletedAt
	}
	people := o.Catalogue.People
	f.PeopleRead, f.PeopleHead, f.ReadingPeople = people.Window.ReadAt, people.HeadAt, len(people.Pages) > 0
	today := policy.Date(o.At, policy.Seoul)
	for n := freshDays; n > 0; n-- {
		day := freshness.Day{Date: today.AddDate(0, 0, -n)}
		if day.Date.Before(cfg.BoxOfficeFrom) {
			continue
		}
		if i := slices.IndexFunc(o.BoxOffice, func(d policy.BoxOfficeDay) bool { return d.Date.Equal(day.Date) }); i >= 0 &&
			!wantedDay(t.Desired.BoxOffice, day.Date) {
			day.LandedAt = &o.BoxOffice[i].FetchedAt
		}
		f.Days = append(f.Days, day)
	}
	return f
}

// wantedDay reports whether a day's box office is wanted, now or later.
func wantedDay(due []policy.Due, date time.Time) bool {
	key := date.Format("20060102")
	return slices.ContainsFunc(due, func(d policy.Due) bool { return d.Name.Key == key })
}

func first(times map[policy.WorkloadID]time.Time, ids ...policy.WorkloadID) (at *time.Time) {
	for _, id := range ids {
		if t, ok := times[id]; ok && (at == nil || t.Before(*at)) {
			at = &t
		}
	}
	return at
}

// supply says whether a source can be asked.
func supply(t Result, source messages.Source) freshness.Supply {
	snapshot := t.Observed.Quota[source]
	s := freshness.Supply{Refused: len(snapshot.Keys) > 0 && refused(snapshot) == len(snapshot.Keys)}
	switch {
	case t.Decision.Blocked != "":
		s.Stopped = true
	case snapshot.Known && snapshot.Limited() && snapshot.Remaining == 0:
		s.Stopped, s.Until = true, resetAt(snapshot)
	}
	return s
}

func refused(s quota.Snapshot) (n int) {
	for _, key := range s.Keys {
		if key.State == quota.StateInvalid {
			n++
		}
	}
	return n
}

// resetAt is when the first key has calls again.
func resetAt(s quota.Snapshot) (at *time.Time) {
	for _, key := range s.Keys {
		if !key.ResetAt.IsZero() && (at == nil || key.ResetAt.Before(*at)) {
			at = &key.ResetAt
		}
	}
	return at
}

// facts gathers what the reason of a source is found from.
func facts(cfg Config, t Result, s State, source messages.Source) why.Facts {
	o, d := t.Observed, t.Decision
	snapshot, capacity := o.Quota[source], d.Capacity[source]
	f := why.Facts{
		Source: source, Registered: capacity.Registered, Keys: len(snapshot.Keys), Refused: refused(snapshot),
		Blocked: d.Blocked != "", Backlog: int(o.Streams.Backlog), BacklogLimit: BacklogLimit,
		Limited: snapshot.Limited(), Left: snapshot.Remaining, ResetAt: resetAt(snapshot),
		Out: capacity.Outstanding, HighWater: capacity.HighWater, Chosen: len(OfSource(d.Chosen, source)),
		Trouble: s.trouble[source], Paced: d.Paced[source].Calls, PacedUntil: d.Paced[source].Until,
	}
	if snapshot.Rate.Per > 0 {
		f.PerSecond = float64(snapshot.Rate.N) / snapshot.Rate.Per.Seconds()
	}
	for _, key := range snapshot.Keys {
		f.Quota += key.Quota
	}
	_, f.Midnight = startOfDay(o.At, cfg.KOBISZone)
	if held := s.Backlog.Held[source]; held.Names > 0 {
		f.Held, f.HeldUntil = held.Names, &held.First
	}
	work(t, s, source, &f)
	f.Next = next(t, s, source)
	return f
}

// work adds what is due, and what keeps it.
func work(t Result, s State, source messages.Source, f *why.Facts) {
	capacity, offered := t.Decision.Capacity[source], 0
	for _, w := range policy.Workloads {
		if w.Source != source {
			continue
		}
		due := max(s.Backlog.Ready[w.ID], len(t.Desired.Offer[w.ID]))
		if w.AfterCatalogue && !t.Observed.Verified {
			f.AfterList += due
			continue
		}
		f.Due += due
		if due > 0 {
			f.Kept = capacity.KeptBack[w.ID]
		}
		offered += len(t.Desired.Offer[w.ID])
	}
	f.Due = max(f.Due-f.Chosen, 0)
	if offered == 0 && f.Out == 0 && f.Kept == 0 {
		f.Due = 0 // what was counted a while ago has been answered since
	}
	if source == messages.KOBIS {
		f.Pages = (t.Observed.Catalogue.Claimed + catalogue.PageSize - 1) / catalogue.PageSize
		f.Page = max(0, f.Pages-t.Observed.Catalogue.Left)
	}
}

// next lists what comes next at a source, the nearest first.
func next(t Result, s State, source messages.Source) (list []why.Next) {
	now := t.Observed.At
	if at, ok := s.Backlog.NextDue[source]; ok && at.After(now) {
		list = append(list, why.Next{What: "call", At: at})
	}
	if source == messages.KOBIS {
		if w, ok := t.Observed.Catalogue.Windows[catalogue.All]; ok && w.DueAt.After(now) {
			list = append(list, why.Next{What: string(freshness.ListHead), At: w.DueAt})
		}
		var day *time.Time
		for _, due := range t.Desired.BoxOffice {
			if due.At.After(now) && (day == nil || due.At.Before(*day)) {
				day = &due.At
			}
		}
		if day == nil {
			_, midnight := startOfDay(now, policy.Seoul)
			day = &midnight
		}
		list = append(list, why.Next{What: string(freshness.BoxOffice), At: *day})
	}
	slices.SortFunc(list, func(a, b why.Next) int { return a.At.Compare(b.At) })
	return list
}
