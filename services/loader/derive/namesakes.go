package derive

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
)

// noteNamesakes notes what the films tell of what films of a title are told apart by, and
// marks the titles of which that changed where another film's match may depend on it. The
// films at hand are about to be derived anyway.
//
// A film's mark is held until this transaction ends, so what its list tells stays as it is
// noted. Two films that are loaded at once see each other here: the one that is derived
// later sees the other in staging, and marks it if it was derived too early.
func (d *derivation) noteNamesakes(ctx context.Context, movieCds []string) error {
	// Each of the films there has one less beside it than there are.
	titles, err := d.q.SyncNamesakes(ctx, db.SyncNamesakesParams{MovieCds: movieCds, Most: match.MostNamesakes + 1})
	if err != nil {
		return fmt.Errorf("writing ops.namesakes: %w", err)
	}
	if len(titles) == 0 {
		return nil
	}
	err = d.q.MarkNamesakes(ctx, db.MarkNamesakesParams{
		Prefix: identity.Namesakes, Keys: titles, MovieCds: movieCds, MarkedAt: d.now,
	})
	if err != nil {
		return fmt.Errorf("marking titles of several films: %w", err)
	}
	return nil
}

// spreadNamesakes marks the films of titles whose match may depend on the other films of
// the title, once for all that changed in it.
func (d *derivation) spreadNamesakes(ctx context.Context, keys []string) error {
	titles := make([]string, 0, len(keys))
	for _, key := range keys {
		if _, title, ok := strings.Cut(strings.TrimPrefix(key, identity.Namesakes), "."); ok {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	films, err := d.q.FilmsThatCountNamesakes(ctx, slices.Compact(titles))
	if err != nil {
		return fmt.Errorf("looking for films of the same titles: %w", err)
	}
	return d.markFilms(ctx, films)
}
