package staging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Expire removes up to most rows of each table whose time is over, marks the
// titles that stood on them, and returns how many rows it removed: none when
// nothing is left. People and companies go once the titles that name them have
// been derived again.
func Expire(ctx context.Context, tx pgx.Tx, now time.Time, most int32) (int64, error) {
	now = now.UTC().Truncate(time.Microsecond)
	e := &expiry{q: db.New(tx), now: now, most: most}
	if err := e.keptFields(ctx); err != nil {
		return 0, err
	}
	for _, step := range []struct {
		table  string
		remove func(context.Context) (int64, error)
	}{
		{"staging.tmdb_searches", e.searches},
		{"staging.tmdb_movies", e.movies},
		{"staging.tmdb_series", e.series},
		{"staging.tmdb_seasons", e.seasons},
		{"staging.tmdb_persons", func(ctx context.Context) (int64, error) {
			return e.q.ExpireTmdbPersons(ctx, db.ExpireTmdbPersonsParams{Now: e.now, Most: e.most})
		}},
		{"staging.tmdb_discover_pages", func(ctx context.Context) (int64, error) { return e.q.ExpireTmdbDiscoverPages(ctx, now) }},
		{"staging.tmdb_people", e.people},
		{"staging.tmdb_companies", e.companies},
		{"production.genres", e.q.DropGenres},
		{"raw.payloads", func(ctx context.Context) (int64, error) {
			return e.q.ExpirePayloads(ctx, db.ExpirePayloadsParams{Now: &now, Most: most})
		}},
	} {
		rows, err := step.remove(ctx)
		if err != nil {
			return 0, fmt.Errorf("expiring %s: %w", step.table, err)
		}
		e.rows += rows
	}
	return e.rows, e.mark(ctx)
}

type expiry struct {
	q    *db.Queries
	now  time.Time
	most int32
	rows int64
	// Marks of TMDB's films come before the others, as in landing.
	movieMarks, titleMarks []string
}

// keptFields reads again what rests on an answer whose time is over, while the
// answer of its row may be kept.
func (e *expiry) keptFields(ctx context.Context) error {
	expired, err := e.q.ExpiredKeptFields(ctx, db.ExpiredKeptFieldsParams{Now: &e.now, Most: e.most})
	if err != nil || len(expired) == 0 {
		return failed("staging.kept_fields", err)
	}
	if err := e.q.LandAlone(ctx); err != nil {
		return fmt.Errorf("waiting to expire kept fields alone: %w", err)
	}
	l := &landing{q: e.q, now: e.now, landed: make(Landed), marks: newMarks(), alone: true}
	tmdb, of := tmdbLanding{l}, make(map[messages.Kind][]string)
	for _, k := range expired {
		of[messages.Kind(k.Kind)] = append(of[messages.Kind(k.Kind)], k.Entity)
	}
	movies, err := tmdb.tmdbMovieTable().refold(ctx, l, of[messages.KindMovieDetail], nil)
	if err != nil {
		return err
	}
	series, err := tmdb.tmdbSeriesTable().refold(ctx, l, of[messages.KindSeriesDetail], nil)
	if err != nil {
		return err
	}
	seasons, err := tmdb.tmdbSeasonTable().refold(ctx, l, of[messages.KindSeasonDetail], nil)
	if err != nil {
		return err
	}
	searches, err := tmdb.tmdbSearchTable().refold(ctx, l, of[messages.KindMovieSearch], nil)
	if err != nil {
		return err
	}
	persons, err := tmdb.tmdbPersonTable().refold(ctx, l, of[messages.KindPersonDetail], nil)
	if err != nil {
		return err
	}
	e.rows += movies + series + seasons + searches + persons
	return l.mark(ctx)
}

func (e *expiry) searches(ctx context.Context) (int64, error) {
	films, err := e.q.ExpireTmdbSearches(ctx, db.ExpireTmdbSearchesParams{Now: e.now, Most: e.most})
	for _, movieCd := range films {
		e.titleMarks = append(e.titleMarks, identity.KobisMovie+movieCd)
	}
	return int64(len(films)), err
}

func (e *expiry) movies(ctx context.Context) (int64, error) {
	ids, err := e.q.ExpireTmdbMovies(ctx, db.ExpireTmdbMoviesParams{Now: e.now, Most: e.most})
	for _, id := range ids {
		e.movieMarks = append(e.movieMarks, identity.Number(identity.TmdbMovie, id))
	}
	return int64(len(ids)), err
}

func (e *expiry) series(ctx context.Context) (int64, error) {
	ids, err := e.q.ExpireTmdbSeries(ctx, db.ExpireTmdbSeriesParams{Now: e.now, Most: e.most})
	for _, id := range ids {
		e.titleMarks = append(e.titleMarks, identity.Number(identity.TmdbSeries, id))
	}
	return int64(len(ids)), err
}

func (e *expiry) seasons(ctx context.Context) (int64, error) {
	ids, err := e.q.ExpireTmdbSeasons(ctx, db.ExpireTmdbSeasonsParams{Now: e.now, Most: e.most})
	for _, id := range ids {
		e.titleMarks = append(e.titleMarks, identity.Number(identity.TmdbSeries, id))
	}
	return int64(len(ids)), err
}

func (e *expiry) people(ctx context.Context) (int64, error) {
	ids, err := e.q.ExpireTmdbPeople(ctx, db.ExpireTmdbPeopleParams{Now: e.now, Most: e.most})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = e.q.DeletePeople(ctx, ids)
	return int64(len(ids)), err
}

func (e *expiry) companies(ctx context.Context) (int64, error) {
	ids, err := e.q.ExpireTmdbCompanies(ctx, db.ExpireTmdbCompaniesParams{Now: e.now, Most: e.most})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = e.q.DeleteTmdbCompaniesOf(ctx, ids)
	return int64(len(ids)), err
}

func (e *expiry) mark(ctx context.Context) error {
	for _, keys := range [][]string{e.movieMarks, e.titleMarks} {
		if len(keys) == 0 {
			continue
		}
		slices.Sort(keys)
		if err := e.q.Mark(ctx, db.MarkParams{Keys: slices.Compact(keys), MarkedAt: e.now}); err != nil {
			return fmt.Errorf("marking titles of what expired: %w", err)
		}
	}
	return nil
}
