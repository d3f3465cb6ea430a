package policy

import (
	"strconv"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// Variant is one way to search for a film; the name stands in the job's key.
type Variant string

// The variants in the order in which they are tried: each only after the one
// before found nothing that convinced.
const (
	KoreanWithYear  Variant = "ko-year"
	Korean          Variant = "ko"
	EnglishWithYear Variant = "en-year"
	English         Variant = "en"
)

// Search is a search that was answered.
type Search struct {
	Query                string
	Year                 int // 0: without
	FetchedAt, ExpiresAt time.Time
	Candidates           []int // ids, best first
}

// Parameters of a search job.
const (
	ParamQuery    = "query"
	ParamYear     = "year"
	ParamLanguage = "language"
)

const (
	searchLanguage = "ko-KR"
	// searchAgainAge is when a search in vain is repeated: TMDB gains films.
	searchAgainAge = 90 * day
	// searchRepeat is the least time between two answers to one search, should
	// the question seem to have changed again and again.
	searchRepeat = day
	// Years outside of these are slips of the source.
	firstFilmYear, lastFilmYear = 1880, 2099
	// reviewed is how many candidates of each search are read for a film under review.
	reviewed = 3
)

// Statuses of production.matches.
const (
	statusMatched = "matched"
	statusPinned  = "pinned"
	statusReview  = "review"
	statusNone    = "none"
	statusBanned  = "banned"
)

type question struct {
	variant Variant
	query   string
	year    int
}

// questions are the searches that make sense for the film, in order.
func (f Film) questions() []question {
	var list []question
	add := func(v Variant, query string, year int) {
		if query != "" && (year > 0 || v == Korean || v == English) {
			list = append(list, question{v, query, year})
		}
	}
	title, english, year := SearchTitle(f.Title), SearchTitle(f.TitleEn), f.searchYear()
	add(KoreanWithYear, title, year)
	add(Korean, title, 0)
	if normalise(english) != normalise(title) {
		add(EnglishWithYear, english, year)
		add(English, english, 0)
	}
	return list
}

// searchYear is the year by which TMDB most likely knows the film: a Korean film
// by its opening (the production year lags up to five years), a foreign one by
// its production (it may open in Korea decades later).
func (f Film) searchYear() int {
	opened := 0
	if f.OpenDate != nil {
		opened = f.OpenDate.Year()
	}
	first, second := f.ProductionYear, opened
	if f.Nation == "한국" {
		first, second = opened, f.ProductionYear
	}
	if plausible(first) {
		return first
	}
	if plausible(second) {
		return second
	}
	return 0
}

// plausible leaves out slips such as 194, which no film of TMDB has.
func plausible(year int) bool { return year >= firstFilmYear && year <= lastFilmYear }

// searchDue is the next search to make, if any, and the repetition of those that
// were made.
func (f Film) searchDue(now time.Time) []Due {
	open := f.Match == nil || f.Match.Status == statusNone || f.Match.Status == statusReview
	settled := !f.Deriving && f.Match != nil
	var due []Due
	asked := false // a search is wanted, so those after it wait for its verdict
	for i, q := range f.questions() {
		made, ok := f.Searches[q.variant]
		switch {
		case !ok && open && !asked && (i == 0 || settled):
			due = append(due, f.searchJob(q, f.searchStage(now), time.Time{}))
			asked = true
		case !ok:
		case open && !asked && made.differs(q) && (i == 0 || settled):
			due = append(due, f.searchJob(q, SearchChanged, made.FetchedAt.Add(searchRepeat)))
			asked = true
		default:
			due = append(due, f.searchAgain(q, made, open))
		}
	}
	return due
}

func (f Film) searchStage(now time.Time) StageID {
	if f.opensAround(now) {
		return SearchOpening
	}
	return SearchBack
}

func (f Film) searchAgain(q question, made Search, open bool) Due {
	if again := made.FetchedAt.Add(searchAgainAge); open && again.Before(made.ExpiresAt.Add(-refreshLead)) {
		return f.searchJob(q, SearchAgain, again)
	}
	return f.searchJob(q, TMDBRefresh, made.ExpiresAt.Add(-refreshLead))
}

func (s Search) differs(q question) bool {
	return s.Year != q.year || normalise(s.Query) != normalise(q.query)
}

func (f Film) searchJob(q question, stage StageID, at time.Time) Due {
	params := map[string]string{ParamQuery: q.query, ParamLanguage: searchLanguage}
	if q.year > 0 {
		params[ParamYear] = strconv.Itoa(q.year)
	}
	return Due{
		Name:   messages.Name{Source: messages.TMDB, Kind: messages.KindMovieSearch, Key: f.MovieCd + "." + string(q.variant)},
		Params: params, Stage: stage, Rank: f.rank(), At: at,
	}
}

// Wanted lists the TMDB films whose details the film wants: its match, or the
// best candidates while it is under review.
func (f Film) Wanted() []int {
	if f.Match == nil {
		return nil
	}
	switch f.Match.Status {
	case statusMatched, statusPinned:
		if f.Match.TMDBID > 0 {
			return []int{f.Match.TMDBID}
		}
	case statusReview:
		return f.candidates()
	}
	return nil
}

func (f Film) candidates() []int {
	var ids []int
	seen := map[int]bool{0: true}
	add := func(id int) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	add(f.Match.TMDBID)
	for _, v := range []Variant{KoreanWithYear, Korean, EnglishWithYear, English} {
		for i, id := range f.Searches[v].Candidates {
			if i < reviewed {
				add(id)
			}
		}
	}
	return ids
}

// moviesDue are the details that Wanted names: missing ones at once, the others
// before they expire.
func (f Film) moviesDue() []Due {
	stage := TMDBCandidates
	if f.Match != nil && f.Match.Status != statusReview {
		stage = TMDBMatched
	}
	var due []Due
	for _, id := range f.Wanted() {
		d := Due{
			Name:  messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: strconv.Itoa(id)},
			Stage: stage, Rank: f.rank(),
		}
		if row, ok := f.Movies[id]; ok {
			d = row.due(d)
		}
		due = append(due, d)
	}
	return due
}
