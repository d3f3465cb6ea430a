package store

import (
	"context"
	"fmt"

	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/search"
)

// Census is how much is known, in entities and calls.
type Census struct {
	Films, WithoutDetail int     // of KOBIS
	Searches, Searched   int     // searches made, films that they were made for
	Variants             float64 // searches that make sense for a film, on average
	SearchesLeft         int     // for films that were searched and are not matched
	Matched, TMDBMovies  int
	TMDBSeries           int
	PeopleDetails        int // filmographies of KOBIS
	Seasons, TMDBSeasons int // wanted of the series that are known, and read
	Dirty                int // entities whose changes are not derived from yet
}

// Census counts what is known. It reads whole tables.
func (s Reports) Census(ctx context.Context) (Census, error) {
	row, err := s.q.Census(ctx, db.CensusParams{PageSize: search.PageSize, FirstYear: search.FirstYear, LastYear: search.LastYear})
	if err != nil {
		return Census{}, fmt.Errorf("counting what is known: %w", err)
	}
	dirty, err := s.q.CountMarks(ctx)
	if err != nil {
		return Census{}, fmt.Errorf("counting dirty entities: %w", err)
	}
	return Census{
		Films: int(row.Films), WithoutDetail: int(row.WithoutDetail), Searches: int(row.Searches), Searched: int(row.Searched),
		PeopleDetails: int(row.PeopleDetails), Variants: row.Variants, SearchesLeft: int(row.SearchesLeft),
		Matched: int(row.Matched), TMDBMovies: int(row.TmdbMovies), TMDBSeries: int(row.TmdbSeries),
		Seasons: int(row.Seasons), TMDBSeasons: int(row.TmdbSeasons), Dirty: int(dirty),
	}, nil
}
