package policy

import (
	"slices"
	"strconv"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/search"
)

// Search is a search that was answered.
type Search struct {
	Query                string
	Year                 int // 0: without
	FetchedAt, ExpiresAt time.Time
	Total                int       // hits, also beyond the first page
	AskAgainAt           time.Time // it had hits and then none: when that is asked again; zero: it is not
}

// Parameters of a search job.
const (
	ParamQuery    = "query"
	ParamYear     = "year"
	ParamLanguage = "language"
	ParamPage     = "page" // only beyond the first
)

const (
	searchLanguage = "ko-KR"
	// searchAgainAge is when a search in vain is repeated: TMDB gains films.
	searchAgainAge = 90 * day
	// searchRepeat is the least time between two answers to one search, should
	// the question seem to have changed again and again.
	searchRepeat = day
	// searchKept is how long answers of TMDB are kept.
	searchKept = 180 * day
)

// Statuses of production.matches.
const (
	statusMatched = "matched"
	statusPinned  = "pinned"
	statusReview  = "review"
	statusNone    = "none"
)

// questions are the searches that make sense for the film, in order: those that
// were answered, and what is worth asking after them.
func (f Film) questions() []search.Question {
	film := search.Film{Title: f.Title, TitleEn: f.TitleEn, ProductionYear: f.ProductionYear, Nation: f.Nation}
	if f.Detail != nil {
		film.TitleOriginal = f.Detail.TitleOriginal
	}
	if f.OpenDate != nil {
		film.OpenYear = f.OpenDate.Year()
	}
	answers := make(search.Answers, len(f.Searches))
	for variant, made := range f.Searches {
		answers[variant] = made.Total
	}
	return film.Questions(answers)
}

// searchDue is the next search to make, if any, and the repetition of those that
// were made.
func (f Film) searchDue(now time.Time) []Due {
	open := f.Match == nil || f.Match.Status == statusNone || f.Match.Status == statusReview
	// The next one waits for the film's own detail, whose people decide most verdicts,
	// for the verdict on the last search, and for the details that may decide it. So
	// the searches of a film do not depend on the order in which answers arrive.
	settled := f.Detail != nil && !f.Deriving && f.Match != nil && !f.reading()
	// A person's none ends the search, until KOBIS says something else of the film; what
	// is found then is kept for as long as any search.
	ended := f.Given && (f.ChangedAt.IsZero() || !now.Before(f.ChangedAt.Add(searchKept)))
	var due []Due
	asked := false // a search is wanted, so those after it wait for its verdict
	for i, q := range f.questions() {
		made, ok := f.Searches[q.Variant]
		switch {
		case !ok && open && !ended && !asked && (i == 0 || settled):
			due = append(due, f.searchJob(q, f.searchStage(now), time.Time{}))
			asked = true
		case !ok:
		case f.Given && !ended && made.FetchedAt.Before(f.ChangedAt):
			due = append(due, f.searchJob(q, SearchChanged, made.FetchedAt.Add(searchRepeat)))
		case open && !asked && q.Differs(made.Query, made.Year) && (i == 0 || settled):
			due = append(due, f.searchJob(q, SearchChanged, made.FetchedAt.Add(searchRepeat)))
			asked = true
		case f.Given:
		default:
			due = append(due, f.searchAgain(q, made, open))
		}
	}
	return due
}

func (f Film) searchStage(now time.Time) WorkloadID {
	if f.opensAround(now) {
		return SearchOpening
	}
	return SearchBack
}

func (f Film) searchAgain(q search.Question, made Search, open bool) Due {
	if !made.AskAgainAt.IsZero() {
		return f.searchJob(q, SearchAgain, made.AskAgainAt)
	}
	if again := made.FetchedAt.Add(searchAgainAge); open && again.Before(made.ExpiresAt.Add(-refreshLead)) {
		return f.searchJob(q, SearchAgain, again)
	}
	return f.searchJob(q, TMDBRefresh, made.ExpiresAt.Add(-refreshLead))
}

func (f Film) searchJob(q search.Question, workload WorkloadID, at time.Time) Due {
	params := map[string]string{ParamQuery: q.Query, ParamLanguage: searchLanguage}
	if q.Year > 0 {
		params[ParamYear] = strconv.Itoa(q.Year)
	}
	if q.Page > 1 {
		params[ParamPage] = strconv.Itoa(q.Page)
	}
	return Due{
		Name:   messages.Name{Source: messages.TMDB, Kind: messages.KindMovieSearch, Key: f.MovieCd + "." + string(q.Variant)},
		Params: params, Workload: workload, Rank: f.rank(), At: at,
	}
}

// Wanted lists the TMDB films whose details the film wants: its match, and those
// that the verdict asks for.
func (f Film) Wanted() []int {
	if f.Match == nil {
		return nil
	}
	switch f.Match.Status {
	case statusMatched, statusPinned:
		if f.Match.TMDBID > 0 && !slices.Contains(f.Match.Wanted, f.Match.TMDBID) {
			return append([]int{f.Match.TMDBID}, f.Match.Wanted...)
		}
	}
	return f.Match.Wanted
}

// reading reports whether a detail that the verdict asks for was never read.
func (f Film) reading() bool {
	return slices.ContainsFunc(f.Match.wanted(), func(id int) bool {
		_, known := f.Movies[id]
		return !known
	})
}

// moviesDue are the details that Wanted names: missing ones at once, the others
// before they expire.
func (f Film) moviesDue() []Due {
	workload := TMDBCandidates
	if f.Match != nil && (f.Match.Status == statusMatched || f.Match.Status == statusPinned) {
		workload = TMDBMatched
	}
	var due []Due
	for _, id := range f.Wanted() {
		d := Due{
			Name:     messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: strconv.Itoa(id)},
			Workload: workload, Rank: f.rank(),
		}
		if row, ok := f.Movies[id]; ok {
			d = row.due(d)
		}
		due = append(due, d)
	}
	return due
}
