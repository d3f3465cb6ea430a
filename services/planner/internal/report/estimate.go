package report

import (
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// What a first load needs as long as nothing is known of it.
const (
	AssumedFilms    = 120_000 // in the catalogue of KOBIS
	assumedPeople   = 250_000 // in its list of people
	assumedAsked    = 0.1     // filmographies asked for, for each film: people come again in later ones
	assumedVariants = 2.8     // searches that make sense for a film
	assumedMatched  = 0.4     // of the films, by the first search
	assumedSeries   = 10_000  // of Korean origin
	assumedSeasons  = 0.3     // calls for seasons, for each series: most have one
	rowsPerPage     = 100     // of KOBIS
	seriesPerPage   = 20
	// laterCandidates is the part of the candidates that the later searches for a
	// film bring, compared with the first: mostly they find the same.
	laterCandidates = 0.8
)

// estimator knows what was seen, and which calls of each workload have names.
type estimator struct {
	store.Census
	pages   []policy.DiscoverPage
	claimed int  // films
	read    bool // the list was read whole
	years   int  // windows
	people  tick.People
	named   map[policy.WorkloadID]int
}

func newEstimator(o tick.Observed, workloads []WorkloadStatus, c store.Census, pages []policy.DiscoverPage) estimator {
	e := estimator{
		Census: c, pages: pages, claimed: o.Catalogue.Claimed, read: o.Catalogue.Read(), years: len(o.Catalogue.Scopes),
		people: o.Catalogue.People,
		named:  map[policy.WorkloadID]int{},
	}
	for _, workload := range workloads {
		e.named[workload.Workload] = workload.Due + workload.Outstanding
	}
	return e
}

// unnamed is the number of calls that cannot be named yet, by workload: they follow
// from answers that are still to come.
func (e estimator) unnamed() map[policy.WorkloadID]int {
	extra := map[policy.WorkloadID]int{}
	films := max(e.Films, e.claimed)
	if films == 0 {
		films = AssumedFilms
	}
	details := e.named[policy.DetailBack] + e.named[policy.DetailOpening] + e.named[policy.DetailChanged]
	extra[policy.DetailBack] = films - e.Films + max(0, e.WithoutDetail-details)
	if !e.read {
		if e.claimed == 0 {
			extra[policy.Catalogue] = films / rowsPerPage // named once the first is read
		}
		extra[policy.Catalogue]++ // the head again
		extra[policy.CatalogueWindows] = e.years
	}
	if !e.people.Read() {
		if e.people.Claimed == 0 {
			extra[policy.PeopleList] = assumedPeople / rowsPerPage
		}
		extra[policy.PeopleList]++ // its head again
	}
	asked, read := assumedAsked, e.Films-e.WithoutDetail
	if e.people.Read() && read > 0 {
		asked = float64(e.PeopleDetails+e.named[policy.PeopleDetail]) / float64(read)
	}
	extra[policy.PeopleDetail] = int(asked * float64(films-read))
	e.movies(films, extra)
	e.series(extra)
	return extra
}

// movies are searches, and the films that they bring.
func (e estimator) movies(films int, extra map[policy.WorkloadID]int) {
	variants, matched := assumedVariants, assumedMatched
	if e.Films > 0 {
		variants = e.Variants
	}
	if e.Searched > 0 {
		matched = float64(e.Matched) / float64(e.Searched)
	}
	unsearched := float64(max(0, films-e.Searched))
	later := float64(e.SearchesLeft) + unsearched*(1-matched)*(variants-1)
	named := e.named[policy.SearchBack] + e.named[policy.SearchOpening] + e.named[policy.SearchChanged]
	extra[policy.SearchBack] = max(0, int(unsearched+later)-named)
	extra[policy.TMDBMatched] = int(unsearched * matched)
	if open := e.Searches - e.Matched; open > 0 {
		wanted := e.TMDBMovies + e.named[policy.TMDBMatched] + e.named[policy.TMDBCandidates] - e.Matched
		extra[policy.TMDBCandidates] = int(laterCandidates * later * float64(max(0, wanted)) / float64(open))
	}
}

func (e estimator) series(extra map[policy.WorkloadID]int) {
	series := 0
	for _, page := range e.pages {
		if page.Page == 1 {
			series += page.TotalResults
		}
	}
	if len(e.pages) == 0 {
		series = assumedSeries
		extra[policy.SeriesDiscover] = assumedSeries / seriesPerPage
	}
	extra[policy.SeriesDetail] = max(0, series-e.TMDBSeries-e.named[policy.SeriesDetail])
	each := assumedSeasons
	if e.TMDBSeries > 0 {
		each = float64(e.Seasons) / float64(e.TMDBSeries)
	}
	unread := max(0, series-e.TMDBSeries)
	extra[policy.SeasonDetail] = max(0, e.Seasons-e.TMDBSeasons-e.named[policy.SeasonDetail]) + int(each*float64(unread))
}
