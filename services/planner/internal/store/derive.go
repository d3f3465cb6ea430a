package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/entity"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Due are the calls that are due (ops.due), and the dirty entities that they are to be derived
// for.
type Due struct{ *tables }

// entities are what is to be derived, each list sorted.
type entities struct {
	films  []string
	series []int32
}

// Derive takes dirty entities, at most as many as given, and derives what those entities
// want. It tells how many it took and whether there are more. An entity whose
// facts can't be derived from is found by taking fewer, and costs its own entry.
func (s Due) Derive(ctx context.Context, most int, now time.Time) (taken int, more bool, err error) {
	for {
		taken, more, err = s.deriveDirty(ctx, most, now, false)
		if !OfData(err) {
			return taken, more, err
		}
		if most == 1 {
			return s.deriveDirty(ctx, most, now, true)
		}
		most = fewer(most)
	}
}

// fewer is how many are tried next when as many as given failed.
func fewer(n int) int { return max(1, n/8) }

func (s Due) deriveDirty(ctx context.Context, most int, now time.Time, drop bool) (taken int, more bool, err error) {
	err = s.in(ctx, "deriving what is due", func(q *db.Queries) error {
		dirty, err := q.TakeMarks(ctx, int32(most))
		if err != nil {
			return fmt.Errorf("taking dirty entities: %w", err)
		}
		taken, more = len(dirty), len(dirty) == most
		if drop {
			for _, key := range dirty {
				s.notes.add("mark", key, "nothing can be derived from it")
			}
			return nil
		}
		if slices.Contains(dirty, entity.Everything) {
			more = true
			if err := q.MarkEverything(ctx); err != nil {
				return fmt.Errorf("making everything dirty: %w", err)
			}
		}
		e, err := resolve(ctx, q, dirty)
		if err != nil {
			return err
		}
		return s.derive(ctx, q, e, now)
	})
	return taken, more, err
}

// Sweep derives the films that follow a code, at most as many as given, dirty or
// not. It returns the last of them, empty after the end. A film whose facts can't be
// derived from is passed over.
func (s Due) Sweep(ctx context.Context, after string, most int, now time.Time) (last string, err error) {
	for {
		last, err = s.sweep(ctx, after, most, now, false)
		if !OfData(err) {
			return last, err
		}
		if most == 1 {
			return s.sweep(ctx, after, most, now, true)
		}
		most = fewer(most)
	}
}

func (s Due) sweep(ctx context.Context, after string, most int, now time.Time, drop bool) (last string, err error) {
	err = s.in(ctx, "sweeping films", func(q *db.Queries) error {
		films, err := q.NextFilms(ctx, db.NextFilmsParams{After: after, Most: int32(most)})
		if err != nil {
			return fmt.Errorf("reading the next films: %w", err)
		}
		last = ""
		if len(films) > 0 {
			last = films[len(films)-1]
		}
		if drop {
			s.notes.add("mark", entity.KOBISMovie+last, "nothing can be derived from its facts")
			return nil
		}
		return s.derive(ctx, q, entities{films: films}, now)
	})
	return last, err
}

// resolve finds the entities that dirty keys stand for. A film of TMDB wants nothing
// by itself: the films of KOBIS that it belongs to do.
func resolve(ctx context.Context, q *db.Queries, dirty []string) (entities, error) {
	films, series, movies := map[string]bool{}, map[int32]bool{}, map[int32]bool{}
	for _, key := range dirty {
		if code, ok := strings.CutPrefix(key, entity.KOBISMovie); ok {
			films[code] = true
		} else if id, ok := entity.Number(entity.TMDBMovie, key); ok {
			movies[id] = true
		} else if id, ok := entity.Number(entity.TMDBSeries, key); ok {
			series[id] = true
		}
	}
	if len(movies) > 0 {
		p := db.OwnersOfMoviesParams{TmdbIds: slices.Sorted(maps.Keys(movies))}
		for _, id := range p.TmdbIds {
			p.Subjects = append(p.Subjects, movieName(int(id)).String())
		}
		owners, err := q.OwnersOfMovies(ctx, p)
		if err != nil {
			return entities{}, fmt.Errorf("reading who wants films of TMDB: %w", err)
		}
		for _, owner := range owners {
			films[strings.TrimPrefix(owner, entity.KOBISMovie)] = true
		}
	}
	return entities{slices.Sorted(maps.Keys(films)), slices.Sorted(maps.Keys(series))}, nil
}

func detailName(code string) messages.Name {
	return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: code}
}

func movieName(id int) messages.Name {
	return messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: strconv.Itoa(id)}
}

// derive replaces the due calls of entities by those that their facts ask for.
func (s Due) derive(ctx context.Context, q *db.Queries, e entities, now time.Time) error {
	want := map[dueKey]dueValue{}
	var owners []string
	films, err := s.readFilms(ctx, q, e.films)
	if err != nil {
		return err
	}
	for _, film := range films {
		owner := entity.KOBISMovie + film.MovieCd
		owners = append(owners, owner)
		s.put(want, owner, film.Due(now))
	}
	series, err := readSeries(ctx, q, e.series)
	if err != nil {
		return err
	}
	for _, one := range series {
		owner := entity.Numbered(entity.TMDBSeries, int32(one.TMDBID))
		owners = append(owners, owner)
		s.put(want, owner, one.Due())
	}
	return replace(ctx, q, owners, want, now)
}

type dueKey struct{ owner, subject string }

type dueValue struct {
	workload string
	rank     int64
	params   string
	at       time.Time
}

// paramsMost bounds the parameters of a job, in bytes: no title is so long.
const paramsMost = 16 << 10

// put adds the calls of an owner, but for those that could be no job: a code of a
// source is not always fit for a subject.
func (s Due) put(want map[dueKey]dueValue, owner string, calls []policy.Due) {
	for _, d := range calls {
		name, params := d.Name.String(), encode(d.Params)
		if _, err := messages.ParseName(name); err != nil {
			s.notes.add("name", owner, "it can't be asked for: %s", err)
			continue
		}
		if len(params) > paramsMost {
			s.notes.add("parameters", name, "they have %d bytes, more than %d", len(params), paramsMost)
			continue
		}
		want[dueKey{owner, name}] = dueValue{string(d.Workload), d.Rank, params, since(d.At)}
	}
}

// since is the time as ops.due has it: microseconds, and the epoch for "at once".
func since(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t.UTC().Truncate(time.Microsecond)
}

// replace writes the difference between what is due and what ops.due has.
func replace(ctx context.Context, q *db.Queries, owners []string, want map[dueKey]dueValue, now time.Time) error {
	if len(owners) == 0 {
		return nil
	}
	have, err := q.DueOf(ctx, owners)
	if err != nil {
		return fmt.Errorf("reading what was due: %w", err)
	}
	var gone db.RemoveDueParams
	for _, row := range have {
		key := dueKey{row.Owner, row.Subject}
		value, wanted := want[key]
		switch {
		case !wanted:
			gone.Owners, gone.Subjects = append(gone.Owners, row.Owner), append(gone.Subjects, row.Subject)
		case value == dueValue{row.Stage, row.Rank, row.Params, row.DueAt.UTC()}:
			delete(want, key)
		}
	}
	if len(gone.Owners) > 0 {
		if err := q.RemoveDue(ctx, gone); err != nil {
			return fmt.Errorf("removing what is no longer due: %w", err)
		}
	}
	return write(ctx, q, want, now)
}

func write(ctx context.Context, q *db.Queries, want map[dueKey]dueValue, now time.Time) error {
	if len(want) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(want), func(a, b dueKey) int {
		return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.subject, b.subject))
	})
	p := db.PutDueParams{Now: now}
	for _, key := range keys {
		value := want[key]
		p.Owners, p.Subjects = append(p.Owners, key.owner), append(p.Subjects, key.subject)
		p.Stages, p.Ranks = append(p.Stages, value.workload), append(p.Ranks, value.rank)
		p.Params, p.DueAts = append(p.Params, value.params), append(p.DueAts, value.at)
	}
	if err := q.PutDue(ctx, p); err != nil {
		return fmt.Errorf("writing what is due: %w", err)
	}
	return nil
}

func encode(params map[string]string) string {
	if len(params) == 0 {
		return ""
	}
	data, err := json.Marshal(params)
	if err != nil { // a map of strings always marshals
		panic(err)
	}
	return string(data)
}
