package staging

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// marks collects what the chunk touched: films and series, each with whether a
// value changed.
type marks struct {
	films  map[string]bool // by movieCd
	series map[int32]bool  // by TMDB id
	movies map[int32]bool  // TMDB's films, changed ones alone
	people map[string]bool // of KOBIS by peopleCd, likewise
	left   []string        // titles that films had which changed
}

func newMarks() marks {
	return marks{
		films: make(map[string]bool), series: make(map[int32]bool), movies: make(map[int32]bool), people: make(map[string]bool),
	}
}

func (m *marks) film(movieCd string, changed bool) { m.films[movieCd] = m.films[movieCd] || changed }

func (m *marks) serie(id int32, changed bool) { m.series[id] = m.series[id] || changed }

func (m *marks) movie(id int32, changed bool) {
	if changed {
		m.movies[id] = true
	}
}

func (m *marks) person(peopleCd string, changed bool) {
	if changed {
		m.people[peopleCd] = true
	}
}

func divide[K comparable](touched map[K]bool) (changed, same []K) {
	for key, isChanged := range touched {
		if isChanged {
			changed = append(changed, key)
		} else {
			same = append(same, key)
		}
	}
	return changed, same
}

// mark sets the marks: of what changed, and of what is the same but missing in
// production, so that a replay fills a production that was emptied.
//
// A film of TMDB, and a person of KOBIS, is marked under its own key, and its KOBIS films
// only when that mark is drained: a search that names it may be in another worker's uncommitted
// transaction now. Those marks come first, as anyone who holds one waits for films'.
func (l *landing) mark(ctx context.Context) error {
	if err := l.markLeft(ctx); err != nil {
		return err
	}
	films, sameFilms := divide(l.marks.films)
	series, sameSeries := divide(l.marks.series)
	if len(sameFilms) > 0 {
		missing, err := l.q.FilmsWithout(ctx, sameFilms)
		if err != nil {
			return fmt.Errorf("looking for films without a title: %w", err)
		}
		films = append(films, missing...)
	}
	if len(sameSeries) > 0 {
		missing, err := l.q.SeriesWithout(ctx, sameSeries)
		if err != nil {
			return fmt.Errorf("looking for series without a title: %w", err)
		}
		series = append(series, missing...)
	}
	movies := make([]string, 0, len(l.marks.movies))
	for id := range maps.Keys(l.marks.movies) {
		movies = append(movies, identity.Number(identity.TmdbMovie, id))
	}
	people := make([]string, 0, len(l.marks.people))
	for peopleCd := range l.marks.people {
		people = append(people, identity.KobisPerson+peopleCd)
	}
	titles := make([]string, 0, len(films)+len(series))
	for _, movieCd := range films {
		titles = append(titles, identity.KobisMovie+movieCd)
	}
	for _, id := range series {
		titles = append(titles, identity.Number(identity.TmdbSeries, id))
	}
	for _, keys := range [][]string{movies, people, titles} {
		if len(keys) == 0 {
			continue
		}
		slices.Sort(keys)
		if err := l.q.Mark(ctx, db.MarkParams{Keys: keys, MarkedAt: l.now}); err != nil {
			return fmt.Errorf("marking titles: %w", err)
		}
	}
	return nil
}

// markLeft marks the titles that films had before they changed: films of these may have
// been derived meanwhile and count them. What the films are now they tell when they are
// derived.
func (l *landing) markLeft(ctx context.Context) error {
	if len(l.marks.left) == 0 {
		return nil
	}
	err := l.q.MarkLeftTitles(ctx, db.MarkLeftTitlesParams{Prefix: identity.Namesakes, Titles: l.marks.left, MarkedAt: l.now})
	if err != nil {
		return fmt.Errorf("marking titles that films had: %w", err)
	}
	return nil
}
