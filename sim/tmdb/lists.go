package tmdb

import (
	"net/http"
	"time"

	"github.com/cledit/pipeline/sim/traffic"
)

type movieItem struct {
	Adult            bool    `json:"adult"`
	BackdropPath     *string `json:"backdrop_path"`
	GenreIDs         []int   `json:"genre_ids"`
	ID               int     `json:"id"`
	OriginalLanguage string  `json:"original_language"`
	OriginalTitle    string  `json:"original_title"`
	Overview         string  `json:"overview"`
	Popularity       float64 `json:"popularity"`
	PosterPath       *string `json:"poster_path"`
	ReleaseDate      string  `json:"release_date"`
	Title            string  `json:"title"`
	Video            bool    `json:"video"`
	VoteAverage      float64 `json:"vote_average"`
	VoteCount        int     `json:"vote_count"`
}

func (m *Movie) item(language string) movieItem {
	return movieItem{
		Adult: m.Adult, BackdropPath: nullable(m.Backdrop), GenreIDs: append([]int{}, m.Genres...), ID: m.ID,
		OriginalLanguage: m.Language, OriginalTitle: m.Original, Overview: only(language, m.Overview),
		Popularity: m.Popularity, PosterPath: nullable(m.Poster), ReleaseDate: m.Released,
		Title: translated(language, m.TitleKO, m.TitleEN, m.Original), VoteAverage: m.VoteAverage, VoteCount: m.VoteCount,
	}
}

type seriesItem struct {
	Adult            bool     `json:"adult"`
	BackdropPath     *string  `json:"backdrop_path"`
	GenreIDs         []int    `json:"genre_ids"`
	ID               int      `json:"id"`
	OriginCountry    []string `json:"origin_country"`
	OriginalLanguage string   `json:"original_language"`
	OriginalName     string   `json:"original_name"`
	Overview         string   `json:"overview"`
	Popularity       float64  `json:"popularity"`
	PosterPath       *string  `json:"poster_path"`
	FirstAirDate     string   `json:"first_air_date"`
	Name             string   `json:"name"`
	VoteAverage      float64  `json:"vote_average"`
	VoteCount        int      `json:"vote_count"`
}

func (s *Series) item(language string) seriesItem {
	ids := []int{}
	for _, g := range s.Genres {
		if g.ID != 0 {
			ids = append(ids, g.ID)
		}
	}
	return seriesItem{
		Adult: s.Adult, BackdropPath: nullable(s.Backdrop), GenreIDs: ids, ID: s.ID, OriginCountry: orEmpty(s.Origin),
		OriginalLanguage: s.Language, OriginalName: s.Original, Overview: only(language, s.Overview),
		Popularity: s.Popularity, PosterPath: nullable(s.Poster), FirstAirDate: s.FirstAired,
		Name: translated(language, s.NameKO, s.NameEN, s.Original), VoteAverage: s.VoteAverage, VoteCount: s.VoteCount,
	}
}

// only gives a Korean text to those who ask for Korean; there is no fallback.
func only(language, korean string) string {
	if language == "ko" {
		return korean
	}
	return ""
}

func (s *Server) searchMovie(q query) traffic.Answer {
	page, valid := q.page()
	if !valid {
		return badPage()
	}
	if q.Get("query") == "" {
		return failure(http.StatusUnprocessableEntity, 5, "Invalid parameters: Your request parameters are incorrect.")
	}
	year := q.Get("primary_release_year")
	if year == "" {
		year = q.Get("year")
	}
	found := s.catalogue.searchMovies(q.Get("query"), year, q.adult())
	return answer(paged(found, page, func(m *Movie) movieItem { return m.item(q.language()) }))
}

func (s *Server) searchTV(q query) traffic.Answer {
	page, valid := q.page()
	if !valid {
		return badPage()
	}
	if q.Get("query") == "" {
		return failure(http.StatusUnprocessableEntity, 5, "Invalid parameters: Your request parameters are incorrect.")
	}
	year := q.Get("first_air_date_year")
	if year == "" {
		year = q.Get("year")
	}
	found := s.catalogue.searchSeries(q.Get("query"), year, q.adult())
	return answer(paged(found, page, func(t *Series) seriesItem { return t.item(q.language()) }))
}

func (s *Server) discoverTV(q query) traffic.Answer {
	page, valid := q.page()
	if !valid {
		return badPage()
	}
	d := discover{
		Origin: q.Get("with_origin_country"), Language: q.Get("with_original_language"),
		From: q.Get("first_air_date.gte"), To: q.Get("first_air_date.lte"), Year: q.Get("first_air_date_year"),
		Adult: q.adult(), Sort: q.Get("sort_by"),
	}
	for _, date := range []string{d.From, d.To} {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return badDate()
		}
	}
	return answer(paged(s.catalogue.discover(d), page, func(t *Series) seriesItem { return t.item(q.language()) }))
}

func badDate() traffic.Answer {
	return failure(http.StatusBadRequest, 23, "Invalid date: Format needs to be YYYY-MM-DD.")
}

type changeItem struct {
	ID    int  `json:"id"`
	Adult bool `json:"adult"`
}

// changeList has its page behind the results, unlike all other lists.
type changeList struct {
	Results      []changeItem `json:"results"`
	Page         int          `json:"page"`
	TotalPages   int          `json:"total_pages"`
	TotalResults int          `json:"total_results"`
}

// changes lists what changed from start_date to end_date, both included, in UTC;
// by default yesterday and today.
func (s *Server) changes(q query, of changed) traffic.Answer {
	page, valid := q.page()
	if !valid {
		return badPage()
	}
	today := s.clock().UTC().Truncate(24 * time.Hour)
	end, errEnd := dateOr(q.Get("end_date"), today)
	start, errStart := dateOr(q.Get("start_date"), end.AddDate(0, 0, -1))
	if errEnd != nil || errStart != nil {
		return badDate()
	}
	if end.Sub(start) > 14*24*time.Hour || end.Before(start) {
		return failure(http.StatusUnprocessableEntity, 20, "Invalid date range: Should be a range no longer than 14 days.")
	}
	const size = 100
	found := s.catalogue.changedBetween(of, start, end.AddDate(0, 0, 1))
	from := min((page-1)*size, len(found))
	return answer(changeList{
		Results: each(found[from:min(from+size, len(found))], func(c change) changeItem { return changeItem{c.id, c.adult} }),
		Page:    page, TotalPages: max(1, (len(found)+size-1)/size), TotalResults: len(found),
	})
}

func dateOr(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	return time.Parse(time.DateOnly, text)
}
