package policy

import "github.com/cledit/pipeline/pkg/messages"

// Class says on which run a workload's calls are booked, and whether they are part
// of a day's work.
type Class string

// The classes of work.
const (
	Daily   Class = "daily"      // what has to happen today; a day's budget is kept back for it
	Refresh Class = "refresh"    // what is known and grows old
	Back    Class = "first-load" // the back catalogue; takes what the others leave
)

// WorkloadID names a workload; it is in tables, metrics and reports.
type WorkloadID string

// The workloads.
const (
	BoxOffice        WorkloadID = "box-office"
	Catalogue        WorkloadID = "catalogue"
	CatalogueWindows WorkloadID = "catalogue-windows"
	DetailOpening    WorkloadID = "detail-opening"
	DetailChanged    WorkloadID = "detail-changed"
	PeopleList       WorkloadID = "people-list"
	PeopleDetail     WorkloadID = "people-detail"
	BoxOfficeBack    WorkloadID = "box-office-back"
	DetailBack       WorkloadID = "detail-back"
	DetailRefresh    WorkloadID = "detail-refresh"
	SearchOpening    WorkloadID = "search-opening"
	TMDBMatched      WorkloadID = "tmdb-matched"
	TMDBCandidates   WorkloadID = "tmdb-candidates"
	SearchChanged    WorkloadID = "search-changed"
	TMDBChanges      WorkloadID = "tmdb-changes"
	TMDBChanged      WorkloadID = "tmdb-changed"
	SeriesDiscover   WorkloadID = "series-discover"
	SeriesDetail     WorkloadID = "series-detail"
	SeasonDetail     WorkloadID = "season-detail"
	TMDBRefresh      WorkloadID = "tmdb-refresh"
	SearchBack       WorkloadID = "search-back"
	SearchAgain      WorkloadID = "search-again"
)

// Workload is one kind of work at one place in the order.
type Workload struct {
	ID     WorkloadID
	Source messages.Source
	Kind   messages.Kind
	Class  Class
	// AfterCatalogue holds the workload until the catalogue has been read and its
	// years were verified once: before, nobody can say which film is the newest, and a long queue of
	// details would make every page of the list wait behind it.
	AfterCatalogue bool
	Why            string
}

// Workloads is the order of work: for each source the first workload that has
// something due gets the next call.
var Workloads = []Workload{
	{
		BoxOffice, messages.KOBIS, messages.KindDailyBoxOffice, Daily, false,
		"yesterday's and other recent days that are missing, or were read before they were final",
	},
	{
		Catalogue, messages.KOBIS, messages.KindMovieList, Daily, false,
		"the list of all films, most recently modified first: once whole, then the head for what is new or edited",
	},
	{
		CatalogueWindows, messages.KOBIS, messages.KindMovieList, Daily, false,
		"page 1 of each year verifies its total; a year that does not add up is read whole",
	},
	{
		DetailOpening, messages.KOBIS, messages.KindMovieDetail, Daily, true,
		"films that open soon or just opened: what is said of them changes often",
	},
	{DetailChanged, messages.KOBIS, messages.KindMovieDetail, Daily, true, "films that are new or edited since their detail was read"},
	{
		PeopleList, messages.KOBIS, messages.KindPeopleList, Daily, true,
		"the list of all people: once whole and again each month, its head every day",
	},
	{
		PeopleDetail, messages.KOBIS, messages.KindPeopleDetail, Back, true,
		"filmographies of people of one name, where the list does not tell whose a credit is",
	},
	{DetailBack, messages.KOBIS, messages.KindMovieDetail, Back, true, "films whose detail was never read, newest opening first"},
	{BoxOfficeBack, messages.KOBIS, messages.KindDailyBoxOffice, Back, false, "older days, newest first"},
	{DetailRefresh, messages.KOBIS, messages.KindMovieDetail, Refresh, true, "details by age: old films change rarely"},

	{SearchOpening, messages.TMDB, messages.KindMovieSearch, Daily, false, "films that open soon or just opened and have no match"},
	{TMDBMatched, messages.TMDB, messages.KindMovieDetail, Daily, false, "films that are matched and not read"},
	{TMDBChanges, messages.TMDB, "", Daily, false, "the films and series that TMDB lists as changed, day by day"},
	{TMDBChanged, messages.TMDB, "", Daily, false, "films and series that TMDB lists as changed since they were read"},
	{SearchChanged, messages.TMDB, messages.KindMovieSearch, Daily, false, "films whose title or year changed after the search"},
	{
		TMDBCandidates, messages.TMDB, messages.KindMovieDetail, Daily, false,
		"the best candidates of films under review: their directors and dates may decide",
	},
	{SeriesDiscover, messages.TMDB, messages.KindSeriesDiscover, Daily, false, "series of Korean origin by first air date"},
	{SeriesDetail, messages.TMDB, messages.KindSeriesDetail, Daily, false, "series that are discovered and not read"},
	{SeasonDetail, messages.TMDB, messages.KindSeasonDetail, Daily, false, "seasons of series that have several: who is in which"},
	{TMDBRefresh, messages.TMDB, "", Refresh, false, "what would pass the 180 days for which it may be kept"},
	{SearchBack, messages.TMDB, messages.KindMovieSearch, Back, false, "films without a match, newest opening first"},
	{SearchAgain, messages.TMDB, messages.KindMovieSearch, Refresh, false, "films that were searched in vain, after a long time"},
}

var byID = func() map[WorkloadID]Workload {
	m := make(map[WorkloadID]Workload, len(Workloads))
	for _, s := range Workloads {
		m[s.ID] = s
	}
	return m
}()

// WorkloadOf is the workload of an id; false for one that this program does not know,
// as an older one may have left it in a table.
func WorkloadOf(id WorkloadID) (Workload, bool) {
	s, ok := byID[id]
	return s, ok
}

// AfterDetails reports whether a workload can't end before every film's detail is there:
// a film's later searches wait for it.
func AfterDetails(id WorkloadID) bool { return id == SearchBack || id == TMDBCandidates }
