package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/entity"
	"github.com/cledit/pipeline/pkg/instant"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// readFilms reads the facts of films; one that is nowhere has none but its code.
func (s Due) readFilms(ctx context.Context, q *db.Queries, codes []string) ([]policy.Film, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	rows, err := q.FilmFacts(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("reading facts of films: %w", err)
	}
	again, err := askedAgain(ctx, q, messages.KOBIS, messages.KindMovieDetail, codes)
	if err != nil {
		return nil, err
	}
	films := make([]policy.Film, len(rows))
	at := make(map[string]*policy.Film, len(rows))
	for i, row := range rows {
		films[i] = s.film(row)
		if d := films[i].Detail; d != nil {
			d.AskAgainAt = instant.EarlierKnown(d.AskAgainAt, again[row.MovieCd])
		}
		at[row.MovieCd] = &films[i]
	}
	none, err := q.SaidNone(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("reading of which films a person said none: %w", err)
	}
	for _, row := range none {
		at[row.MovieCd].Given, at[row.MovieCd].ChangedAt = true, value(row.ChangedAt)
	}
	asked, err := q.PeopleAsked(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("reading whose filmographies are wanted: %w", err)
	}
	for _, row := range asked {
		at[row.MovieCd].Asked = append(at[row.MovieCd].Asked, row.PeopleCd)
	}
	if err := readSearches(ctx, q, codes, at); err != nil {
		return nil, err
	}
	return films, readMovies(ctx, q, films)
}

// readSearches reads what TMDB was asked about each film.
func readSearches(ctx context.Context, q *db.Queries, codes []string, films map[string]*policy.Film) error {
	searches, err := q.SearchFacts(ctx, codes)
	if err != nil {
		return fmt.Errorf("reading searches: %w", err)
	}
	keys := make([]string, len(searches))
	for i, row := range searches {
		keys[i] = row.MovieCd + "." + row.Variant
	}
	again, err := askedAgain(ctx, q, messages.TMDB, messages.KindMovieSearch, keys)
	if err != nil {
		return err
	}
	for i, row := range searches {
		films[row.MovieCd].Searches[entity.Variant(row.Variant)] = policy.Search{
			Query: row.Query, Year: deref(row.Year), FetchedAt: row.FetchedAt, ExpiresAt: row.ExpiresAt, Total: int(row.TotalResults),
			AskAgainAt: again[keys[i]],
		}
	}
	return nil
}

// readMovies adds the rows of TMDB for the ids that films want.
func readMovies(ctx context.Context, q *db.Queries, films []policy.Film) error {
	ids := map[int32]bool{}
	for _, f := range films {
		for _, id := range f.Wanted() {
			ids[int32(id)] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := q.MovieFacts(ctx, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return fmt.Errorf("reading facts of TMDB's films: %w", err)
	}
	unseen, err := unseenBefore(ctx, q)
	if err != nil {
		return err
	}
	keys := make([]string, 0, len(ids))
	for id := range ids {
		keys = append(keys, strconv.Itoa(int(id)))
	}
	again, err := askedAgain(ctx, q, messages.TMDB, messages.KindMovieDetail, keys)
	if err != nil {
		return err
	}
	known := make(map[int]policy.Expiring, len(rows))
	for _, row := range rows {
		known[int(row.TmdbID)] = policy.Expiring{
			FetchedAt: row.FetchedAt, ExpiresAt: row.ExpiresAt, Missing: row.MissingSince != nil,
			AskAgainAt: instant.EarlierKnown(value(row.AskAgainAt), again[strconv.Itoa(int(row.TmdbID))]),
			EditedAt:   value(row.EditedAt), UnseenBefore: unseen,
		}
	}
	for i := range films {
		films[i].Movies = known
	}
	return nil
}

func (s Due) film(row db.FilmFactsRow) policy.Film {
	f := policy.Film{
		MovieCd: row.MovieCd, Deriving: row.Deriving, Nation: value(row.MainNation),
		EditedAt: value(row.EditedAt), Searches: map[entity.Variant]policy.Search{},
	}
	if row.ListedAt != nil {
		f.Listed, f.ListedAt = true, *row.ListedAt
		f.Traits = traits(row.Title, row.TitleEn, row.TypeName, row.ProductionYear, row.OpenDate)
	}
	if row.DetailFetchedAt != nil {
		f.Detail = &policy.Detail{
			TitleOriginal: value(row.DetailTitleOriginal), FetchedAt: *row.DetailFetchedAt, Missing: row.DetailMissingSince != nil,
			AskAgainAt: value(row.DetailAskAgainAt),
			Traits:     traits(row.DetailTitle, row.DetailTitleEn, row.DetailTypeName, row.DetailProductionYear, row.DetailOpenDate),
		}
	}
	if row.MatchStatus != nil {
		f.Match = &policy.Match{Status: *row.MatchStatus, TMDBID: deref(row.MatchTmdbID), Wanted: s.wanted(row)}
	}
	return f
}

// wanted are the candidates whose details the verdict asks for.
func (s Due) wanted(row db.FilmFactsRow) (ids []int) {
	wanted, odd, err := entity.ReadWanted([]byte(row.MatchWanted))
	if err != nil {
		s.notes.add("match", entity.KOBISMovie+row.MovieCd, "which candidates it wants is not a list: %s", err)
	}
	for _, value := range odd {
		s.notes.add("match", entity.KOBISMovie+row.MovieCd, "it wants a candidate that TMDB cannot have: %s", value)
	}
	for _, id := range wanted {
		ids = append(ids, int(id))
	}
	return ids
}

func traits(title, titleEn, typeName *string, year *int32, open *time.Time) policy.Traits {
	return policy.Traits{
		Title: value(title), TitleEn: value(titleEn), TypeName: value(typeName),
		ProductionYear: deref(year), OpenDate: open,
	}
}

// readSeries reads the facts of series.
func readSeries(ctx context.Context, q *db.Queries, ids []int32) ([]policy.Series, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := q.SeriesFacts(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading facts of series: %w", err)
	}
	found, err := q.Discovered(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading discovered series: %w", err)
	}
	unseen, err := unseenBefore(ctx, q)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = strconv.Itoa(int(id))
	}
	again, err := askedAgain(ctx, q, messages.TMDB, messages.KindSeriesDetail, keys)
	if err != nil {
		return nil, err
	}
	series := make([]policy.Series, 0, len(rows))
	for _, row := range rows {
		one := policy.Series{
			TMDBID: int(row.TmdbID), Discovered: slices.Contains(found, row.TmdbID), InProduction: value(row.InProduction),
		}
		if row.FetchedAt != nil {
			one.Row = &policy.Expiring{
				FetchedAt: *row.FetchedAt, ExpiresAt: value(row.ExpiresAt), Missing: row.MissingSince != nil,
				AskAgainAt: instant.EarlierKnown(value(row.AskAgainAt), again[strconv.Itoa(int(row.TmdbID))]),
				EditedAt:   value(row.EditedAt), UnseenBefore: unseen,
			}
		}
		series = append(series, one)
	}
	return series, readSeasons(ctx, q, ids, unseen, series)
}

// readSeasons adds the seasons that series list.
func readSeasons(ctx context.Context, q *db.Queries, ids []int32, unseen time.Time, series []policy.Series) error {
	rows, err := q.SeasonFacts(ctx, ids)
	if err != nil {
		return fmt.Errorf("reading facts of seasons: %w", err)
	}
	at := make(map[int]*policy.Series, len(series))
	for i := range series {
		at[series[i].TMDBID] = &series[i]
	}
	keys := make([]string, 0, len(rows))
	for _, row := range rows {
		keys = append(keys, fmt.Sprintf("%d.%d", row.TmdbID, row.Number))
	}
	again, err := askedAgain(ctx, q, messages.TMDB, messages.KindSeasonDetail, keys)
	if err != nil {
		return err
	}
	for i, row := range rows {
		of := at[int(row.TmdbID)]
		if of == nil || of.Row == nil {
			continue
		}
		season := policy.Season{Number: int(row.Number), Episodes: int(row.Episodes), Known: deref(row.Known)}
		if row.FetchedAt != nil {
			season.Row = &policy.Expiring{
				FetchedAt: *row.FetchedAt, ExpiresAt: value(row.ExpiresAt), Missing: row.MissingSince != nil,
				AskAgainAt: instant.EarlierKnown(value(row.AskAgainAt), again[keys[i]]), EditedAt: of.Row.EditedAt, UnseenBefore: unseen,
			}
		}
		of.Seasons = append(of.Seasons, season)
	}
	return nil
}

// askedAgain is when answers are asked for again that leave empty what older ones told.
func askedAgain(
	ctx context.Context, q *db.Queries, source messages.Source, kind messages.Kind, entities []string,
) (map[string]time.Time, error) {
	if len(entities) == 0 {
		return nil, nil
	}
	rows, err := q.AskedAgain(ctx, db.AskedAgainParams{Source: string(source), Kind: string(kind), Entities: entities})
	if err != nil {
		return nil, fmt.Errorf("reading which answers are asked for again: %w", err)
	}
	again := make(map[string]time.Time, len(rows))
	for _, row := range rows {
		again[row.Entity] = row.AskAgainAt
	}
	return again, nil
}

// Answers is what the loader has stored of the sources' answers.
type Answers struct{ *tables }

// BoxOfficeDays lists the answered days since a date.
func (s Answers) BoxOfficeDays(ctx context.Context, since time.Time) ([]policy.BoxOfficeDay, error) {
	rows, err := s.q.BoxOfficeDays(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("reading box office days: %w", err)
	}
	days := make([]policy.BoxOfficeDay, 0, len(rows))
	for _, row := range rows {
		days = append(days, policy.BoxOfficeDay{Date: row.Date, Rows: int(row.RowCount), Short: !row.Whole, FetchedAt: row.FetchedAt})
	}
	return days, nil
}

// DiscoverPages lists the answered pages of all windows.
func (s Answers) DiscoverPages(ctx context.Context) ([]policy.DiscoverPage, error) {
	rows, err := s.q.DiscoverPages(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading discovered pages: %w", err)
	}
	pages := make([]policy.DiscoverPage, 0, len(rows))
	for _, row := range rows {
		pages = append(pages, policy.DiscoverPage{
			Span: policy.Span{From: row.WindowFrom, To: row.WindowTo}, Page: int(row.Page),
			TotalPages: int(row.TotalPages), TotalResults: int(row.TotalResults),
			FetchedAt: row.FetchedAt, ExpiresAt: row.ExpiresAt,
		})
	}
	return pages, nil
}

// Known tells which of the names are details of something that the tables have as
// found: a not-found of it would be news.
func (s Answers) Known(ctx context.Context, names []messages.Name) (map[messages.Name]bool, error) {
	var codes, people, seasons []string
	var movies, series []int32
	for _, name := range names {
		id, _ := contract.TmdbID(name.Key)
		switch {
		case name.Source == messages.KOBIS && name.Kind == messages.KindMovieDetail:
			codes = append(codes, name.Key)
		case name.Kind == messages.KindPeopleDetail:
			people = append(people, name.Key)
		case name.Kind == messages.KindMovieDetail:
			movies = append(movies, id)
		case name.Kind == messages.KindSeriesDetail:
			series = append(series, id)
		case name.Kind == messages.KindSeasonDetail:
			seasons = append(seasons, name.Key)
		}
	}
	known := map[messages.Name]bool{}
	if err := s.knownFilms(ctx, known, codes); err != nil {
		return nil, err
	}
	if err := s.knownPeople(ctx, known, people); err != nil {
		return nil, err
	}
	if err := s.knownSeasons(ctx, known, seasons); err != nil {
		return nil, err
	}
	return known, s.knownOfTMDB(ctx, known, movies, series)
}

func (s Answers) knownFilms(ctx context.Context, known map[messages.Name]bool, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	rows, err := s.q.KnownMovies(ctx, codes)
	if err != nil {
		return fmt.Errorf("reading which films are known: %w", err)
	}
	for _, code := range rows {
		known[messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: code}] = true
	}
	return nil
}

func (s Answers) knownSeasons(ctx context.Context, known map[messages.Name]bool, keys []string) error {
	p := db.KnownSeasonsParams{Keys: keys}
	for _, key := range keys {
		series, _ := messages.Name{Key: key}.Scope()
		if id, ok := contract.TmdbID(series); ok {
			p.TmdbIds = append(p.TmdbIds, id)
		}
	}
	if len(p.TmdbIds) == 0 {
		return nil
	}
	rows, err := s.q.KnownSeasons(ctx, p)
	if err != nil {
		return fmt.Errorf("reading which seasons are known: %w", err)
	}
	for _, key := range rows {
		known[messages.Name{Source: messages.TMDB, Kind: messages.KindSeasonDetail, Key: key}] = true
	}
	return nil
}

func (s Answers) knownOfTMDB(ctx context.Context, known map[messages.Name]bool, movies, series []int32) error {
	for _, of := range []struct {
		kind messages.Kind
		ids  []int32
		read func(context.Context, []int32) ([]int32, error)
	}{
		{messages.KindMovieDetail, movies, s.q.KnownTMDBMovies},
		{messages.KindSeriesDetail, series, s.q.KnownSeries},
	} {
		if len(of.ids) == 0 {
			continue
		}
		ids, err := of.read(ctx, of.ids)
		if err != nil {
			return fmt.Errorf("reading which %ss of TMDB are known: %w", of.kind, err)
		}
		for _, id := range ids {
			known[messages.Name{Source: messages.TMDB, Kind: of.kind, Key: strconv.Itoa(int(id))}] = true
		}
	}
	return nil
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func deref(p *int32) int { return int(value(p)) }
