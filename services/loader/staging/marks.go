package staging

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
)

// marks collects what the chunk touched: films and series, each with whether a
// value changed.
type marks struct {
	films  map[string]bool // by movieCd
	series map[int32]bool  // by TMDB id
	movies map[int32]bool  // TMDB's films, changed ones alone
	people map[string]bool // of KOBIS by peopleCd, likewise
	titles map[string]bool // that films came under, changed or left
}

func newMarks() marks {
	return marks{
		films: make(map[string]bool), series: make(map[int32]bool), movies: make(map[int32]bool), people: make(map[string]bool),
		titles: make(map[string]bool),
	}
}

func (m *marks) film(movieCd string, changed bool) { m.films[movieCd] = m.films[movieCd] || changed }

func (m *marks) title(title string) {
	if title != "" {
		m.titles[title] = true
	}
}

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
	if err := l.markNamesakes(ctx); err != nil {
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

// titleLock is the advisory lock of those who load titles.
const titleLock = 6013

// markNamesakes marks the other films of the titles that changed: how many there
// are counts in the match of each. It is the last step but the marks themselves, so
// anyone who waits for the lock waits for a transaction that is about to end.
func (l *landing) markNamesakes(ctx context.Context) error {
	if len(l.marks.titles) == 0 {
		return nil
	}
	titles := slices.Collect(maps.Keys(l.marks.titles))
	if err := l.q.LockTitles(ctx, titleLock); err != nil {
		return fmt.Errorf("locking titles: %w", err)
	}
	films, err := l.q.FilmsOfTitles(ctx, titles)
	if err != nil {
		return fmt.Errorf("looking for films of the same titles: %w", err)
	}
	common, err := l.common(ctx, films, len(titles))
	if err != nil {
		return err
	}
	for _, movieCd := range films {
		if !common[movieCd] {
			l.marks.film(movieCd, true)
		}
	}
	return nil
}

// common are those among the films of some titles whose title had more than
// match.MostNamesakes before this landing too, whatever it did: one more changes the
// match of none of them.
func (l *landing) common(ctx context.Context, films []string, titles int) (map[string]bool, error) {
	if len(films) <= titles+match.MostNamesakes {
		return nil, nil //nolint:nilnil // no title can have so many
	}
	most := match.MostNamesakes + 1 + len(l.marks.films)
	rows, err := l.q.FilmsOfCommonTitles(ctx, db.FilmsOfCommonTitlesParams{MovieCds: films, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("looking for titles of many films: %w", err)
	}
	common := make(map[string]bool, len(rows))
	for _, movieCd := range rows {
		common[movieCd] = true
	}
	return common, nil
}
