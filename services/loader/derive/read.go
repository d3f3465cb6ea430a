package derive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
)

// films is all that is committed about some films.
type films struct {
	lists     map[string]*record.KobisMovie
	details   map[string]*record.KobisMovieDetail
	searches  map[string][]record.TmdbCandidate
	verdicts  map[string]match.Verdicts
	hits      map[int32]*record.TmdbMovie // the candidates, without what matching doesn't look at
	tmdb      map[int32]*record.TmdbMovie // the accepted matches
	boxOffice map[string][]db.BoxOfficeRow
	namesakes map[string][]match.Film
	whole     bool // read KOBIS's details whole, and not for matching alone
}

// film is what matching knows of it.
func (f *films) film(movieCd string) match.Film {
	list := f.lists[movieCd]
	film := match.FilmOf(movieCd, list, had(f.details[movieCd]))
	if list != nil {
		film.Namesakes = new(match.CountNamesakes(&film, f.namesakes[movieCd]))
	}
	return film
}

func readFilms(ctx context.Context, q *db.Queries, movieCds []string) (*films, error) {
	f, err := readFacts(ctx, q, movieCds, true)
	if err != nil {
		return nil, err
	}
	if err := f.readBoxOffice(ctx, q, movieCds); err != nil {
		return nil, err
	}
	return f, nil
}

// readFacts reads what a match is decided by.
func readFacts(ctx context.Context, q *db.Queries, movieCds []string, whole bool) (*films, error) {
	f := &films{
		lists: make(map[string]*record.KobisMovie), details: make(map[string]*record.KobisMovieDetail),
		searches: make(map[string][]record.TmdbCandidate), verdicts: make(map[string]match.Verdicts),
		hits: make(map[int32]*record.TmdbMovie), tmdb: make(map[int32]*record.TmdbMovie),
		boxOffice: make(map[string][]db.BoxOfficeRow), namesakes: make(map[string][]match.Film), whole: whole,
	}
	for _, step := range []func(context.Context, *db.Queries, []string) error{
		f.readLists, f.readDetails, f.readSearches, f.readNamesakes, f.readVerdicts, f.readHits,
	} {
		if err := step(ctx, q, movieCds); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// columns decodes the jsonb columns of a row; NULL leaves a list nil. They were
// written by this program, so one that does not decode is an error.
type columns struct{ errs []error }

func (c *columns) into(data []byte, list any) {
	if data == nil {
		return
	}
	if err := json.Unmarshal(data, list); err != nil {
		c.errs = append(c.errs, err)
	}
}

func (c *columns) err(table string, key any) error {
	if err := errors.Join(c.errs...); err != nil {
		return fmt.Errorf("decoding %s %v: %w", table, key, err)
	}
	return nil
}

func (f *films) readLists(ctx context.Context, q *db.Queries, movieCds []string) error {
	rows, err := q.KobisMovies(ctx, movieCds)
	if err != nil {
		return fmt.Errorf("reading staging.kobis_movies: %w", err)
	}
	for _, r := range rows {
		m := &record.KobisMovie{
			MovieCd: r.MovieCd, Title: r.Title, TitleEn: text(r.TitleEn), ProductionYear: r.ProductionYear,
			OpenDate: r.OpenDate, TypeName: text(r.TypeName), StatusName: text(r.StatusName),
			MainNation: text(r.MainNation), MainGenre: text(r.MainGenre),
		}
		var c columns
		c.into(r.Nations, &m.Nations)
		c.into(r.Genres, &m.Genres)
		c.into(r.Directors, &m.Directors)
		c.into(r.Companies, &m.Companies)
		if err := c.err("staging.kobis_movies", r.MovieCd); err != nil {
			return err
		}
		f.lists[r.MovieCd] = m
	}
	return nil
}

// readNamesakes reads what their lists tell of the other films of a title, for films that
// a search found something for: they count in the match with a candidate alone.
func (f *films) readNamesakes(ctx context.Context, q *db.Queries, _ []string) error {
	var searched []string
	for movieCd, hits := range f.searches {
		if len(hits) > 0 {
			searched = append(searched, movieCd)
		}
	}
	if len(searched) == 0 {
		return nil
	}
	rows, err := q.Namesakes(ctx, db.NamesakesParams{MovieCds: searched, TooMany: match.MostNamesakes + 1})
	if err != nil {
		return fmt.Errorf("reading films of the same titles: %w", err)
	}
	for _, r := range rows {
		other := match.Film{MovieCd: r.MovieCd, ProductionYear: r.ProductionYear, OpenDate: r.OpenDate, Form: text(r.TypeName)}
		var c columns
		c.into(r.Nations, &other.Nations)
		c.into(r.Directors, &other.Directors)
		if err := c.err("staging.kobis_movies", r.MovieCd); err != nil {
			return err
		}
		f.namesakes[r.OfMovieCd] = append(f.namesakes[r.OfMovieCd], other)
	}
	return nil
}

func (f *films) readDetails(ctx context.Context, q *db.Queries, movieCds []string) error {
	rows, err := q.KobisMovieDetails(ctx, db.KobisMovieDetailsParams{MovieCds: movieCds, Whole: f.whole})
	if err != nil {
		return fmt.Errorf("reading staging.kobis_movie_details: %w", err)
	}
	for _, r := range rows {
		d := &record.KobisMovieDetail{
			MovieCd: r.MovieCd, Title: text(r.Title), TitleEn: text(r.TitleEn), TitleOriginal: text(r.TitleOriginal),
			RuntimeMinutes: r.RuntimeMinutes, ProductionYear: r.ProductionYear, OpenDate: r.OpenDate,
			TypeName: text(r.TypeName), StatusName: text(r.StatusName), WatchGrade: text(r.WatchGrade),
			MissingSince: r.MissingSince, Found: r.Found,
		}
		var c columns
		c.into(r.Nations, &d.Nations)
		c.into(r.Genres, &d.Genres)
		c.into(r.Directors, &d.Directors)
		c.into(r.Actors, &d.Actors)
		c.into(r.Staff, &d.Staff)
		c.into(r.Companies, &d.Companies)
		c.into(r.Audits, &d.Audits)
		if err := c.err("staging.kobis_movie_details", r.MovieCd); err != nil {
			return err
		}
		f.details[r.MovieCd] = d
	}
	return nil
}

func (f *films) readSearches(ctx context.Context, q *db.Queries, movieCds []string) error {
	rows, err := q.TmdbSearches(ctx, movieCds)
	if err != nil {
		return fmt.Errorf("reading staging.tmdb_searches: %w", err)
	}
	for _, r := range rows {
		var candidates []record.TmdbCandidate
		if err := json.Unmarshal(r.Candidates, &candidates); err != nil {
			return fmt.Errorf("decoding staging.tmdb_searches %s.%s: %w", r.MovieCd, r.Variant, err)
		}
		f.searches[r.MovieCd] = append(f.searches[r.MovieCd], candidates...)
	}
	return nil
}

func (f *films) readVerdicts(ctx context.Context, q *db.Queries, movieCds []string) error {
	rows, err := q.Verdicts(ctx, movieCds)
	if err != nil {
		return fmt.Errorf("reading curation.verdicts: %w", err)
	}
	for _, r := range rows {
		v := f.verdicts[r.MovieCd]
		switch r.Verdict {
		case "pin":
			v.Pin = &match.Decision{TmdbID: r.TmdbID, By: r.DecidedBy, Why: r.Why}
		case "alone":
			v.Alone = true
		case "none":
			v.None = &match.Absence{By: r.DecidedBy, Why: r.Why, Shown: r.Shown}
		default:
			v.Banned = append(v.Banned, r.TmdbID)
		}
		f.verdicts[r.MovieCd] = v
	}
	return nil
}

func (f *films) readBoxOffice(ctx context.Context, q *db.Queries, movieCds []string) error {
	rows, err := q.BoxOffice(ctx, movieCds)
	if err != nil {
		return fmt.Errorf("reading staging.kobis_box_office: %w", err)
	}
	for _, r := range rows {
		f.boxOffice[r.MovieCd] = append(f.boxOffice[r.MovieCd], r)
	}
	return nil
}

// readHits reads the records of all candidates; it comes after them.
func (f *films) readHits(ctx context.Context, q *db.Queries, _ []string) error {
	wanted := make(map[int32]bool)
	for _, candidates := range f.searches {
		for _, c := range candidates {
			wanted[c.TmdbID] = true
		}
	}
	for _, v := range f.verdicts {
		if v.Pin != nil {
			wanted[v.Pin.TmdbID] = true
		}
	}
	if err := readTmdbMovies(ctx, q, wanted, false, f.hits); err != nil {
		return err
	}
	for _, v := range f.verdicts {
		if v.Pin != nil {
			v.Pin.Record = standing(f.hits[v.Pin.TmdbID])
		}
	}
	return nil
}

// standing is what TMDB has said of a record.
func standing(m *record.TmdbMovie) match.Standing {
	switch {
	case m == nil:
		return match.Awaited
	case !m.Found:
		return match.Unheard
	}
	return match.Stored
}

// readAccepted reads the records that the films turned out to be.
func (f *films) readAccepted(ctx context.Context, q *db.Queries, editions []edition) error {
	wanted := make(map[int32]bool)
	for _, e := range editions {
		if e.tmdbID != nil {
			wanted[*e.tmdbID] = true
		}
	}
	return readTmdbMovies(ctx, q, wanted, true, f.tmdb)
}

// readOthers adds the facts of other editions, whose matches stand.
func (f *films) readOthers(ctx context.Context, q *db.Queries, others []other) error {
	if len(others) == 0 {
		return nil
	}
	movieCds := make([]string, 0, len(others))
	for _, other := range others {
		movieCds = append(movieCds, other.movieCd)
	}
	for _, step := range []func(context.Context, *db.Queries, []string) error{f.readLists, f.readDetails, f.readVerdicts, f.readBoxOffice} {
		if err := step(ctx, q, movieCds); err != nil {
			return err
		}
	}
	return nil
}

func readTmdbMovies(ctx context.Context, q *db.Queries, wanted map[int32]bool, whole bool, into map[int32]*record.TmdbMovie) error {
	if len(wanted) == 0 {
		return nil
	}
	rows, err := q.TmdbMovies(ctx, db.TmdbMoviesParams{TmdbIds: slices.Sorted(maps.Keys(wanted)), Whole: whole})
	if err != nil {
		return fmt.Errorf("reading staging.tmdb_movies: %w", err)
	}
	for i := range rows {
		movie, err := tmdbMovie(&rows[i])
		if err != nil {
			return err
		}
		into[movie.TmdbID] = movie
	}
	return nil
}

func tmdbMovie(r *db.TmdbMoviesRow) (*record.TmdbMovie, error) {
	m := &record.TmdbMovie{
		TmdbWork: record.TmdbWork{
			TmdbID: r.TmdbID, Title: text(r.Title), TitleEn: text(r.TitleEn), TitleOriginal: text(r.TitleOriginal),
			OriginalLanguage: text(r.OriginalLanguage), OverviewKo: text(r.OverviewKo), OverviewEn: text(r.OverviewEn),
			Status: text(r.Status), ImdbID: text(r.ImdbID), PosterPath: text(r.PosterPath), BackdropPath: text(r.BackdropPath),
			Adult: r.Adult, MissingSince: r.MissingSince, Found: r.Found,
		},
		Tagline: text(r.Tagline), ReleaseDate: r.ReleaseDate, RuntimeMinutes: r.RuntimeMinutes,
	}
	var c columns
	c.into(r.OriginCountries, &m.OriginCountries)
	c.into(r.ProductionCountries, &m.ProductionCountries)
	c.into(r.Genres, &m.Genres)
	c.into(r.Companies, &m.Companies)
	c.into(r.AlternativeTitles, &m.AlternativeTitles)
	c.into(r.Translations, &m.Translations)
	c.into(r.ReleaseDates, &m.ReleaseDates)
	c.into(r.Keywords, &m.Keywords)
	c.into(r.Images, &m.Images)
	c.into(r.ExternalIds, &m.ExternalIDs)
	c.into(r.CastMembers, &m.Cast)
	c.into(r.CrewMembers, &m.Crew)
	return m, c.err("staging.tmdb_movies", r.TmdbID)
}

func readSeries(ctx context.Context, q *db.Queries, ids []int32) (map[int32]*record.TmdbSeries, error) {
	rows, err := q.TmdbSeries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading staging.tmdb_series: %w", err)
	}
	series := make(map[int32]*record.TmdbSeries, len(rows))
	for i := range rows {
		s, err := tmdbSeries(&rows[i])
		if err != nil {
			return nil, err
		}
		series[s.TmdbID] = s
	}
	return series, nil
}

func tmdbSeries(r *db.TmdbSeriesRow) (*record.TmdbSeries, error) {
	s := &record.TmdbSeries{
		TmdbWork: record.TmdbWork{
			TmdbID: r.TmdbID, Title: text(r.Name), TitleEn: text(r.NameEn), TitleOriginal: text(r.NameOriginal),
			OriginalLanguage: text(r.OriginalLanguage), OverviewKo: text(r.OverviewKo), OverviewEn: text(r.OverviewEn),
			Status: text(r.Status), ImdbID: text(r.ImdbID), PosterPath: text(r.PosterPath), BackdropPath: text(r.BackdropPath),
			Adult: r.Adult, MissingSince: r.MissingSince, Found: r.Found,
		},
		FirstAirDate: r.FirstAirDate, LastAirDate: r.LastAirDate, SeasonCount: r.SeasonCount,
		EpisodeCount: r.EpisodeCount, EpisodeRunMinutes: r.EpisodeRunMinutes,
	}
	var c columns
	c.into(r.OriginCountries, &s.OriginCountries)
	c.into(r.Genres, &s.Genres)
	c.into(r.Companies, &s.Companies)
	c.into(r.Networks, &s.Networks)
	c.into(r.CreatedBy, &s.CreatedBy)
	c.into(r.Seasons, &s.Seasons)
	c.into(r.AlternativeTitles, &s.AlternativeTitles)
	c.into(r.Translations, &s.Translations)
	c.into(r.ContentRatings, &s.ContentRatings)
	c.into(r.Keywords, &s.Keywords)
	c.into(r.Images, &s.Images)
	c.into(r.ExternalIds, &s.ExternalIDs)
	c.into(r.CastMembers, &s.Cast)
	c.into(r.CrewMembers, &s.Crew)
	return s, c.err("staging.tmdb_series", r.TmdbID)
}

// readSeasons reads what is known of the seasons of series, in their order.
func readSeasons(ctx context.Context, q *db.Queries, ids []int32) (map[int32][]record.TmdbSeasonDetail, error) {
	rows, err := q.TmdbSeasons(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading staging.tmdb_seasons: %w", err)
	}
	seasons := make(map[int32][]record.TmdbSeasonDetail)
	for _, r := range rows {
		s := record.TmdbSeasonDetail{TmdbID: r.TmdbID, Number: r.SeasonNumber, Found: true}
		var c columns
		c.into(r.CastMembers, &s.Cast)
		c.into(r.CrewMembers, &s.Crew)
		if err := c.err("staging.tmdb_seasons", fmt.Sprintf("%d.%d", r.TmdbID, r.SeasonNumber)); err != nil {
			return nil, err
		}
		seasons[r.TmdbID] = append(seasons[r.TmdbID], s)
	}
	return seasons, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
