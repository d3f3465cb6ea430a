package decode

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type tmdbListBody struct {
	Results []tmdbListed `json:"results"`
}

type tmdbListed struct {
	ID               scalar `json:"id"`
	Title            scalar `json:"title"`
	OriginalTitle    scalar `json:"original_title"`
	OriginalLanguage scalar `json:"original_language"`
	ReleaseDate      scalar `json:"release_date"`
	Popularity       scalar `json:"popularity"`
}

func (r tmdbReader) tmdbList(body []byte) ([]tmdbListed, error) {
	var list tmdbListBody
	err := r.unmarshal(body, &list)
	return list.Results, err
}

// tmdbChanges has no facts: the planner reads the ids where the body is kept. What
// is not an id is noted.
func tmdbChanges(r tmdbReader, p messages.Payload, _ *Facts) error {
	results, err := r.tmdbList(p.Body)
	for _, hit := range results {
		r.id("results.id", hit.ID)
	}
	return err
}

func tmdbMovieSearch(r tmdbReader, p messages.Payload, facts *Facts) error {
	results, err := r.tmdbList(p.Body)
	if err != nil {
		return err
	}
	r.is(p.Key)
	movieCd, variant := p.Scope()
	search := record.TmdbSearch{
		MovieCd: movieCd, Variant: variant, Query: tidy(p.Request["query"]), Year: searchedYear(p.Request),
		TotalResults: r.answer.Total, Candidates: make([]record.TmdbCandidate, 0, len(results)),
	}
	for _, hit := range results {
		candidate := record.TmdbCandidate{
			TmdbID: r.id("results.id", hit.ID), Title: r.text("results.title", hit.Title),
			TitleOriginal:    r.text("results.original_title", hit.OriginalTitle),
			OriginalLanguage: r.language("results.original_language", hit.OriginalLanguage),
			ReleaseDate:      r.day("results.release_date", hit.ReleaseDate),
		}
		if f := r.decimal("results.popularity", hit.Popularity, 1e15); f != nil {
			candidate.Popularity = *f
		}
		if candidate.TmdbID == 0 { // it may be any's
			r.gap(p.Key, "results", Unreadable)
			continue
		}
		search.Candidates = append(search.Candidates, candidate)
	}
	facts.TmdbSearches = []record.TmdbSearch{search}
	return nil
}

// searchedYear is the year that the search was narrowed to.
func searchedYear(request map[string]string) *int32 {
	for _, name := range []string{"primary_release_year", "year"} {
		if year, err := strconv.ParseInt(request[name], 10, 32); err == nil {
			return new(int32(year))
		}
	}
	return nil
}

func tmdbSeriesDiscover(r tmdbReader, p messages.Payload, facts *Facts) error {
	page, err := discoverPage(p)
	if err != nil {
		return err
	}
	results, err := r.tmdbList(p.Body)
	if err != nil {
		return err
	}
	page.TotalPages, page.TotalResults = r.answer.Pages, r.answer.Total
	page.SeriesIDs = make([]int32, 0, len(results))
	for _, hit := range results {
		if id := r.id("results.id", hit.ID); id != 0 {
			page.SeriesIDs = append(page.SeriesIDs, id)
		}
	}
	facts.TmdbDiscoverPages = []record.TmdbDiscoverPage{page}
	return nil
}

// discoverPage reads the key FROM_TO.page.
func discoverPage(p messages.Payload) (record.TmdbDiscoverPage, error) {
	window, text := p.Scope()
	first, last, _ := strings.Cut(window, "_")
	from, errFrom := time.Parse(time.DateOnly, first)
	to, errTo := time.Parse(time.DateOnly, last)
	page, errPage := strconv.ParseInt(text, 10, 32)
	if errFrom != nil || errTo != nil || errPage != nil || page < 1 {
		return record.TmdbDiscoverPage{}, fmt.Errorf("%w: %q is not a page of a window of days", ErrUnreadable, p.Key)
	}
	return record.TmdbDiscoverPage{From: &from, To: &to, Page: int32(page)}, nil
}
