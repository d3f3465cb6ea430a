package derive

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/editions"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/merge"
)

// plainTitles are the films at hand and those that share a title with them but for the
// name of an edition.
type plainTitles struct {
	plain  map[string]string // by movieCd
	others []other
}

// other is a film that is derived because others are: it has no mark here, and its match
// stands.
type other struct {
	movieCd string
	tmdbID  *int32
	joined  []string
}

// plainTitles locks the plain titles that the films have and had, notes them, and gives
// the other films of those titles that an edition is among.
//
// The lock guards which films of a title are one work. It is taken before that of any
// work, all of them in order, so there is no circle; facts of these films may change
// meanwhile, and then they have a mark.
func (d *derivation) plainTitles(ctx context.Context, movieCds []string, films []edition) (plainTitles, error) {
	t := plainTitles{plain: make(map[string]string)}
	locks, err := d.q.PlainTitlesOf(ctx, movieCds)
	if err != nil {
		return t, fmt.Errorf("reading ops.plain_titles: %w", err)
	}
	sync := db.SyncPlainTitlesParams{MovieCds: movieCds}
	for i := range films {
		plain, named := match.PlainTitle(films[i].title())
		if plain == "" {
			continue
		}
		t.plain[films[i].movieCd] = plain
		locks = append(locks, plain)
		sync.MovieCd, sync.Plain, sync.Edition = append(sync.MovieCd, films[i].movieCd), append(sync.Plain, plain), append(sync.Edition, named)
	}
	slices.Sort(locks)
	locks = slices.Compact(locks)
	if err := d.q.AddPlainWorks(ctx, locks); err != nil {
		return t, fmt.Errorf("adding plain titles: %w", err)
	}
	if err := d.q.LockPlainWorks(ctx, locks); err != nil {
		return t, fmt.Errorf("locking plain titles: %w", err)
	}
	if err := d.q.SyncPlainTitles(ctx, sync); err != nil {
		return t, fmt.Errorf("writing ops.plain_titles: %w", err)
	}
	rows, err := d.q.FilmsOfPlainTitles(ctx, db.FilmsOfPlainTitlesParams{Plains: locks, MovieCds: movieCds, TooMany: editions.Most + 1})
	if err != nil {
		return t, fmt.Errorf("looking for films of the same titles: %w", err)
	}
	for _, r := range rows {
		t.plain[r.MovieCd] = r.Plain
		t.others = append(t.others, other{movieCd: r.MovieCd, tmdbID: orNil(r.TmdbID)})
	}
	return t, nil
}

// otherEditions locks the works that the films, and those of their titles, join or leave,
// and lists the other films of these works: those of their titles too. One that has
// another title stays in its work, since only who holds the lock of both changes that.
func (d *derivation) otherEditions(ctx context.Context, movieCds []string, films []edition, titles plainTitles) ([]other, error) {
	ids, err := d.worksOf(ctx, movieCds, films)
	if err != nil {
		return nil, err
	}
	others, known := titles.others, slices.Clone(movieCds)
	for _, o := range others {
		known = append(known, o.movieCd)
		if o.tmdbID != nil {
			ids = append(ids, *o.tmdbID)
		}
	}
	present, err := d.q.PresentTitles(ctx, known)
	if err != nil {
		return nil, fmt.Errorf("reading production.editions: %w", err)
	}
	titleIDs := make([]uuid.UUID, 0, len(present))
	for _, p := range present {
		titleIDs = append(titleIDs, p.TitleID)
		if p.TmdbID != nil {
			ids = append(ids, *p.TmdbID)
		}
	}
	if ids, err = d.lockWorks(ctx, ids); err != nil {
		return nil, err
	}
	rows, err := d.q.OtherEditions(ctx, db.OtherEditionsParams{TmdbIds: ids, TitleIds: titleIDs, MovieCds: known})
	if err != nil {
		return nil, fmt.Errorf("looking for other editions: %w", err)
	}
	for _, r := range rows {
		o := other{movieCd: r.MovieCd, tmdbID: orNil(r.TmdbID)}
		if o.tmdbID == nil && r.WorkID != nil && text(r.JoinedBy) == "title" && slices.Contains(ids, *r.WorkID) {
			o.tmdbID, o.joined = r.WorkID, r.JoinedFacts
		}
		others = append(others, o)
	}
	return others, nil
}

// worksOf are the works of TMDB's that the films are of, or were.
func (d *derivation) worksOf(ctx context.Context, movieCds []string, films []edition) (ids []int32, err error) {
	before, err := d.q.MatchesOf(ctx, movieCds)
	if err != nil {
		return nil, fmt.Errorf("reading production.matches: %w", err)
	}
	for _, m := range before {
		ids = append(ids, m.TmdbID)
	}
	for i := range films {
		if films[i].tmdbID != nil {
			ids = append(ids, *films[i].tmdbID)
		}
	}
	return ids, nil
}

// lockWorks keeps other derivations from the works until this one ends. It returns each of
// them once, in the order in which all lock them.
func (d *derivation) lockWorks(ctx context.Context, ids []int32) ([]int32, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if err := d.q.AddWorks(ctx, ids); err != nil {
		return nil, fmt.Errorf("adding works: %w", err)
	}
	if err := d.q.LockWorks(ctx, ids); err != nil {
		return nil, fmt.Errorf("locking works: %w", err)
	}
	return ids, nil
}

// join tells for each title which of its films are one work.
func (t *plainTitles) join(films []edition, known *films) {
	place := make(map[string]int, len(films))
	groups := make(map[string][]editions.Showing)
	for i := range films {
		if plain, ok := t.plain[films[i].movieCd]; ok {
			place[films[i].movieCd] = i
			groups[plain] = append(groups[plain], films[i].showing(known.verdicts[films[i].movieCd]))
		}
	}
	for _, group := range groups {
		for movieCd, joint := range editions.Join(group) {
			e := &films[place[movieCd]]
			if e.tmdbID == nil {
				e.tmdbID, e.work, e.joined = joint.TmdbID, joint.Films[0], joint.Facts
			}
		}
	}
}

// title is what KOBIS calls the film, or called it last.
func (e *edition) title() string {
	if e.list != nil {
		return e.list.Title
	}
	return e.detail.Title
}

// showing is what decides whether the film is an edition of another.
func (e *edition) showing(said match.Verdicts) editions.Showing {
	list, detail, _ := merge.FilmRecord{List: e.list, Detail: e.detail}.Present()
	s := editions.Showing{
		MovieCd: e.movieCd, Title: e.title(), TmdbID: e.tmdbID,
		Alone: said.Alone, Unrecorded: said.None != nil, Banned: said.Banned,
	}
	if detail != nil {
		s.Year, s.Nations, s.Form = detail.ProductionYear, detail.Nations, detail.TypeName
		for _, person := range detail.Directors {
			s.Directors = append(s.Directors, person.Name)
		}
	}
	if list == nil {
		return s
	}
	if list.ProductionYear != nil {
		s.Year = list.ProductionYear
	}
	if len(list.Nations) > 0 {
		s.Nations = list.Nations
	}
	if list.TypeName != "" {
		s.Form = list.TypeName
	}
	if len(list.Directors) > 0 {
		s.Directors = list.Directors
	}
	return s
}
