package freshness

import (
	"time"

	"github.com/cledit/pipeline/pkg/instant"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Set is a set of data that has a deadline.
type Set string

// The sets.
const (
	BoxOffice   Set = "box-office"   // yesterday's final figures, at 10:30 in Seoul
	ListHead    Set = "list-head"    // what is new and edited at KOBIS, two hours after its schedule
	Openings    Set = "openings"     // details and searches of films that open or just opened, six hours
	TMDBChanges Set = "tmdb-changes" // a day's changes at TMDB, a day after its end
	Series      Set = "series"       // details of discovered series, two days
	People      Set = "people"       // the list of people: its head in two days, the whole of it in 45
	Derivation  Set = "derivation"   // what readers see, a quarter of an hour after a fact
	Expiry      Set = "expiry"       // TMDB's rows that readers see, at 173 of 180 days
	Review      Set = "review"       // matches in doubt of films that open or just opened, a day
)

// Sets are all of them, in the order in which they are reported.
func Sets() []Set {
	return []Set{BoxOffice, ListHead, Openings, TMDBChanges, Series, People, Derivation, Expiry, Review}
}

// Word is what a person is told of a set.
type Word string

// The five words.
const (
	OnTime  Word = "on time" // nothing is wanted that is there not yet
	Running Word = "running" // it is wanted, and its deadline has not passed
	Waiting Word = "waiting" // it is wanted, and nothing can be asked for until a time
	Late    Word = "late"    // its deadline has passed
	Failed  Word = "failed"  // it is wanted, and nobody tries any more until an operator acts
)

// State is how fresh a set is.
type State struct {
	Set  Set  `json:"dataset"`
	Word Word `json:"word"`
	// OverdueSeconds is for how long the deadline of what is missing has passed; of
	// several, the one that is missing for longest. 0 when none has.
	OverdueSeconds int64 `json:"overdue_seconds"`
	// LandedAt is when what was last due landed; nil where nothing has, or the set is
	// none of partitions.
	LandedAt *time.Time `json:"landed_at,omitempty"`
	// Deadline is that of what is missing, or of what comes next; nil where there is none.
	Deadline *time.Time `json:"deadline,omitempty"`
	// Until is what a set waits for; nil unless it waits, and the time is known.
	Until *time.Time `json:"until,omitempty"`
}

// Day is a day of the box office.
type Day struct {
	Date time.Time // midnight UTC of the day in Korea
	// LandedAt is when its final figures were fetched; nil: they were not.
	LandedAt *time.Time
}

// Supply is whether a source can be asked.
type Supply struct {
	Refused bool       // the source refuses every key
	Stopped bool       // nothing can be asked for now: its calls are spent, or the loader is far behind
	Until   *time.Time // the time to which that is so; nil: it is not known
}

// Facts are what freshness is judged by. A nil time says that there is no such thing.
type Facts struct {
	At            time.Time
	Days          []Day // of the last week, ascending
	ListRead      *time.Time
	ListDue       *time.Time // when the head of the list is, or was, to be read next
	ChangesNext   *time.Time // the first day of TMDB's changes that is not read, midnight UTC
	OpeningDue    *time.Time // since when the call for an opening is due that has been for longest
	SeriesDue     *time.Time // likewise for a series
	Stale         *time.Time // since when the title waits for its derivation that has for longest
	Expires       *time.Time // when the first row of TMDB that readers see expires
	InReview      *time.Time // since when the match of an opening is in review that has been for longest
	KOBIS, TMDB   Supply
	ReadingListed bool       // the list of all films is being read for the first time
	PeopleRead    *time.Time // when the list of people was read whole last
	PeopleHead    *time.Time // when its first page was
	ReadingPeople bool       // pages of it are wanted
}

// The deadlines, from when something is wanted.
const (
	// boxOfficeDue is after the end of the day in Seoul: KOBIS corrects until 10:00.
	boxOfficeDue = 10*time.Hour + 30*time.Minute
	listDue      = 2 * time.Hour
	openingDue   = 6 * time.Hour
	changesDue   = 24 * time.Hour
	seriesDue    = 48 * time.Hour
	// An edit of somebody's films is seen at the head, or when the list is read again.
	peopleHeadDue  = 48 * time.Hour
	peopleWholeDue = 45 * 24 * time.Hour
	derivationDue  = 15 * time.Minute
	// expiryLead is before the day on which a row has to go: it is read again 30 days
	// before, so a row as near to it as this was forgotten.
	expiryLead = 7 * 24 * time.Hour
	reviewDue  = 24 * time.Hour
)

// Judge says of every set how fresh it is, in the order of Sets.
func Judge(f Facts) []State {
	return []State{
		f.boxOffice(), f.list(),
		f.since(Openings, f.OpeningDue, openingDue, f.either()),
		f.changes(),
		f.since(Series, f.SeriesDue, seriesDue, f.TMDB),
		f.people(),
		f.since(Derivation, f.Stale, derivationDue, Supply{}),
		f.expiry(),
		f.since(Review, f.InReview, reviewDue, Supply{}),
	}
}

// boxOffice is judged by the day that is missing for longest; landed has the newest.
func (f Facts) boxOffice() State {
	s := State{Set: BoxOffice, Word: OnTime}
	var missing *time.Time
	for _, day := range f.Days {
		deadline := endOf(day.Date).Add(boxOfficeDue)
		switch {
		case day.LandedAt != nil:
			s.LandedAt = day.LandedAt
		case missing == nil:
			missing = &deadline
		}
		s.Deadline = &deadline
	}
	if missing == nil {
		next := endOf(policy.Date(f.At, policy.Seoul)).Add(boxOfficeDue)
		s.Deadline = &next
		return s
	}
	return f.judge(s, *missing, f.KOBIS)
}

// endOf is the midnight in Seoul that ends a day, given as midnight UTC.
func endOf(date time.Time) time.Time {
	return time.Date(date.Year(), date.Month(), date.Day()+1, 0, 0, 0, 0, policy.Seoul)
}

func (f Facts) list() State {
	s := State{Set: ListHead, Word: OnTime, LandedAt: f.ListRead}
	switch {
	case f.ListDue == nil && !f.ReadingListed:
		return s
	case f.ReadingListed: // it has no schedule before it was read once
		s.Word = f.wanted(f.KOBIS, &s)
		return s
	case f.At.Before(*f.ListDue):
		deadline := f.ListDue.Add(listDue)
		s.Deadline = &deadline
		return s
	}
	return f.judge(s, f.ListDue.Add(listDue), f.KOBIS)
}

func (f Facts) changes() State {
	s := State{Set: TMDBChanges, Word: OnTime}
	if f.ChangesNext == nil {
		return s
	}
	end := f.ChangesNext.AddDate(0, 0, 1)
	deadline := end.Add(changesDue)
	if f.At.Before(end) {
		s.Deadline = &deadline
		return s
	}
	return f.judge(s, deadline, f.TMDB)
}

// people has no deadline before the list was read once.
func (f Facts) people() State {
	s := State{Set: People, Word: OnTime, LandedAt: f.PeopleHead}
	if f.PeopleRead == nil || f.PeopleHead == nil {
		if f.ReadingPeople {
			s.Word = f.wanted(f.KOBIS, &s)
		}
		return s
	}
	deadline := instant.Earlier(f.PeopleHead.Add(peopleHeadDue), f.PeopleRead.Add(peopleWholeDue))
	if f.At.Before(deadline) {
		s.Deadline = &deadline
		return s
	}
	return f.judge(s, deadline, f.KOBIS)
}

func (f Facts) expiry() State {
	s := State{Set: Expiry, Word: OnTime}
	if f.Expires == nil {
		return s
	}
	deadline := f.Expires.Add(-expiryLead)
	if f.At.Before(deadline) {
		s.Deadline = &deadline
		return s
	}
	return f.judge(s, deadline, f.TMDB)
}

// since judges a set of calls or titles by the one that is wanted for longest. What
// cannot be asked for is not late for it.
func (f Facts) since(set Set, since *time.Time, allowed time.Duration, supply Supply) State {
	s := State{Set: set, Word: OnTime}
	if since == nil {
		return s
	}
	deadline := since.Add(allowed)
	if supply.Stopped {
		s.Deadline, s.Word = &deadline, f.wanted(supply, &s)
		return s
	}
	return f.judge(s, deadline, supply)
}

// judge says of a set of which something is missing what it is.
func (f Facts) judge(s State, deadline time.Time, supply Supply) State {
	s.Deadline = &deadline
	s.Word = f.wanted(supply, &s)
	if overdue := f.At.Sub(deadline); overdue > 0 {
		s.OverdueSeconds = int64(overdue / time.Second)
		if s.Word != Failed {
			s.Word, s.Until = Late, nil
		}
	}
	return s
}

// wanted is the word for something that is wanted.
func (f Facts) wanted(supply Supply, s *State) Word {
	switch {
	case supply.Refused:
		return Failed
	case supply.Stopped:
		s.Until = supply.Until
		return Waiting
	}
	return Running
}

// either is the supply of a set that both sources serve: it stops where one does.
func (f Facts) either() Supply {
	if f.KOBIS.Refused || f.KOBIS.Stopped {
		return f.KOBIS
	}
	return f.TMDB
}
