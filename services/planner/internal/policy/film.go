package policy

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/pkg/entity"
	"github.com/cledit/pipeline/pkg/instant"
	"github.com/cledit/pipeline/pkg/messages"
)

// Film is what is known about a film of KOBIS.
type Film struct {
	MovieCd string
	Listed  bool // it is in the catalogue; the fields up to ListedAt are its list row's
	Traits
	Nation   string
	ListedAt time.Time // when the list row was fetched
	EditedAt time.Time // when KOBIS listed it among the recently modified; zero: never seen there
	Detail   *Detail
	Match    *Match
	// Given is true where a person said that TMDB has no record of the film: it is not
	// searched for, and what was found goes when it expires.
	Given bool
	// ChangedAt is when KOBIS first said of such a film what it had not said before;
	// zero: never. Each search is then made once more.
	ChangedAt time.Time
	// Deriving is true while the loader has not derived the film's production
	// rows from all that is in staging, so that Match may be out of date.
	Deriving bool
	Searches map[entity.Variant]Search
	Movies   map[int]Expiring // rows of TMDB for the ids that Wanted names
	// Asked are the codes of the people whose filmographies would tell whose a credit of the
	// film is, and were not read since that was found.
	Asked []string
}

// Traits are the fields by which an edit of a film shows in both the list and
// the detail.
type Traits struct {
	Title, TitleEn string
	ProductionYear int        // 0: none
	OpenDate       *time.Time // midnight UTC of the day in Korea
	TypeName       string
}

// Detail is what is known about the detail of a film.
type Detail struct {
	Traits
	TitleOriginal string
	FetchedAt     time.Time
	Missing       bool      // believed to be gone
	AskAgainAt    time.Time // as in Expiring
}

// Match is the loader's verdict.
type Match struct {
	Status string // matched, review, none, pinned, banned
	TMDBID int    // 0: none
	Wanted []int  // ids of candidates whose details could decide, best first
}

func (m *Match) wanted() []int {
	if m == nil {
		return nil
	}
	return m.Wanted
}

// Expiring is a row of TMDB.
type Expiring struct {
	FetchedAt, ExpiresAt time.Time
	Missing              bool      // believed to be gone
	AskAgainAt           time.Time // found before, and then not or partly empty: when that is asked again; zero: it is not
	EditedAt             time.Time // the end of the day on which TMDB listed it as changed; zero: never
	// UnseenBefore is the time before which changes were not seen: what was
	// fetched earlier may be stale. Zero: all were.
	UnseenBefore time.Time
}

// due is when the row is read again, and why.
func (e Expiring) due(d Due) Due {
	switch {
	case e.EditedAt.After(e.FetchedAt):
		d.Workload = TMDBChanged
	case e.UnseenBefore.After(e.FetchedAt):
		d.Workload, d.Rank = TMDBRefresh, e.FetchedAt.Unix() // the oldest first
	case !e.AskAgainAt.IsZero():
		d.Workload, d.At = TMDBRefresh, e.AskAgainAt
	default:
		d.Workload, d.At = TMDBRefresh, e.ExpiresAt.Add(-refreshLead)
	}
	return d
}

// Ages at which a KOBIS detail is read again.
const (
	openingSpan     = 30 * day // before and after the opening day
	openingAge      = 3 * day
	firstYearAge    = 60 * day
	undatedAge      = 90 * day
	oldAge          = 365 * day
	missingAge      = 180 * day
	undatedNewYears = 2
)

// Due lists the calls that a film wants, each at most once.
func (f Film) Due(now time.Time) []Due {
	if !f.Listed {
		return nil
	}
	due := append([]Due{f.detailDue(now)}, f.searchDue(now)...)
	return append(append(due, f.moviesDue()...), f.peopleDue()...)
}

// peopleDue are the calls for filmographies, those of the newest film first.
func (f Film) peopleDue() (due []Due) {
	for _, code := range f.Asked {
		name := messages.Name{Source: messages.KOBIS, Kind: messages.KindPeopleDetail, Key: code}
		due = append(due, Due{Name: name, Workload: PeopleDetail, Rank: f.rank()})
	}
	return due
}

func (f Film) detailDue(now time.Time) Due {
	d := Due{
		Name:     messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: f.MovieCd},
		Workload: DetailBack, Rank: f.rank(),
	}
	switch {
	case f.Detail == nil && f.opensAround(now):
		d.Workload = DetailOpening
	case f.Detail == nil && !f.EditedAt.IsZero():
		d.Workload = DetailChanged
	case f.Detail == nil:
	case f.edited():
		d.Workload = DetailChanged
	default:
		d.Workload = DetailRefresh
		d.At = f.refreshAt()
		if f.opensAround(d.At) {
			d.Workload = DetailOpening
		}
	}
	return d
}

// edited reports whether the list knows of an edit that the detail is too old for.
// The list row's own change time is not evidence: a replay moves it.
func (f Film) edited() bool {
	if f.EditedAt.After(f.Detail.FetchedAt) {
		return true
	}
	return !f.Detail.Missing && f.ListedAt.After(f.Detail.FetchedAt) && f.differ(f.Detail.Traits)
}

func (f Film) refreshAt() time.Time {
	read := f.Detail.FetchedAt
	switch {
	case !f.Detail.AskAgainAt.IsZero():
		return f.Detail.AskAgainAt
	case f.Detail.Missing:
		return read.Add(missingAge)
	}
	if f.OpenDate == nil {
		if f.ProductionYear > read.Year()-undatedNewYears {
			return read.Add(undatedAge)
		}
		return read.Add(oldAge)
	}
	from, to := f.OpenDate.Add(-openingSpan), f.OpenDate.Add(openingSpan)
	switch {
	case read.Before(from):
		return instant.Earlier(from, read.Add(undatedAge))
	case read.Before(to):
		return read.Add(openingAge)
	case read.Before(f.OpenDate.Add(oldAge)):
		return read.Add(firstYearAge)
	}
	return read.Add(oldAge)
}

func (f Film) opensAround(now time.Time) bool {
	return f.OpenDate != nil && now.Sub(*f.OpenDate).Abs() <= openingSpan
}

// rank puts the newest opening first; a film without one stands at the end of
// its production year.
func (f Film) rank() int64 {
	if f.OpenDate == nil && f.ProductionYear > 0 {
		end := time.Date(f.ProductionYear, time.December, 31, 0, 0, 0, 0, time.UTC)
		return newestFirst(&end)
	}
	return newestFirst(f.OpenDate)
}

// differ compares what both have, normalised: the list keeps spaces that the
// detail trims, and an absent value is not a change.
func (t Traits) differ(o Traits) bool {
	texts := [][2]string{{t.Title, o.Title}, {t.TitleEn, o.TitleEn}, {t.TypeName, o.TypeName}}
	for _, pair := range texts {
		a, b := normalise(pair[0]), normalise(pair[1])
		if a != "" && b != "" && a != b {
			return true
		}
	}
	if t.ProductionYear != 0 && o.ProductionYear != 0 && t.ProductionYear != o.ProductionYear {
		return true
	}
	return t.OpenDate != nil && o.OpenDate != nil && !t.OpenDate.Equal(*o.OpenDate)
}

// normalise is the text without what the sources vary without meaning it.
func normalise(s string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	return strings.ToLower(strings.Join(strings.Fields(visible), " "))
}
