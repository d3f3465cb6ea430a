package derive

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/aliases"
	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/merge"
	"github.com/cledit/pipeline/services/loader/people"
	"github.com/cledit/pipeline/services/loader/record"
)

// edition is a film of KOBIS as part of a work. Films that are the same film of
// TMDB are editions of one work, and so are films that KOBIS's own facts join; any other
// film is one by itself.
type edition struct {
	movieCd string
	list    *record.KobisMovie
	detail  *record.KobisMovieDetail
	tmdbID  *int32      // of the work: the film's own match, or that of one it is joined with
	alone   merge.Title // what KOBIS says about this edition
	work    string      // the film after which a work is called that has no record of TMDB
	joined  []string    // what shows that it belongs to its work, where its match does not
}

func newEdition(movieCd string, known *films, tmdbID *int32) edition {
	e := edition{movieCd: movieCd, list: known.lists[movieCd], detail: had(known.details[movieCd]), tmdbID: tmdbID, work: movieCd}
	e.alone = merge.Film(merge.FilmRecord{MovieCd: movieCd, List: e.list, Detail: e.detail})
	return e
}

// had is nil for a detail that KOBIS never had.
func had(d *record.KobisMovieDetail) *record.KobisMovieDetail {
	if d == nil || !d.Found {
		return nil
	}
	return d
}

// there reports whether KOBIS ever had the film.
func (e *edition) there() bool { return e.list != nil || e.detail != nil }

// before orders the editions of a work, the main one first: the earliest opening,
// then the lowest code.
func (e *edition) before(other *edition) int {
	a, b := e.alone.ReleaseDate, other.alone.ReleaseDate
	switch {
	case a != nil && b != nil:
		return cmp.Or(a.Compare(*b), strings.Compare(e.movieCd, other.movieCd))
	case a != nil:
		return -1
	case b != nil:
		return 1
	}
	return strings.Compare(e.movieCd, other.movieCd)
}

// films derives the works that the films belong to, and those that they leave.
//
// A film's mark guards its facts and its match. A work of several films is guarded
// by the locks of works, which are taken once it is known which ones are touched:
// a film joins or leaves a work only in a transaction that holds its lock, and the
// facts of the other editions are read under it. Anyone who waits for such a lock
// holds marks and locks of lower works, and nothing else, so there is no circle.
func (d *derivation) films(ctx context.Context, keys []string) error {
	movieCds := make([]string, 0, len(keys))
	for _, key := range keys {
		movieCds = append(movieCds, strings.TrimPrefix(key, identity.KobisMovie))
	}
	if err := d.noteNamesakes(ctx, movieCds); err != nil {
		return err
	}
	known, err := readFilms(ctx, d.q, movieCds)
	if err != nil {
		return err
	}
	var out output
	editions, err := d.editions(ctx, movieCds, known, &out)
	if err != nil {
		return err
	}
	if err := known.readAccepted(ctx, d.q, editions); err != nil {
		return err
	}
	grouped := works(editions)
	casts := make([]people.Film, len(grouped))
	records := make([]merge.FilmRecord, len(grouped))
	for i, work := range grouped {
		records[i] = merged(work, known)
		casts[i] = castOf(work, records[i])
	}
	byName, merged, err := readPeople(ctx, d.q, casts)
	if err != nil {
		return err
	}
	if err := readCreditVerdicts(ctx, d.q, grouped, casts); err != nil {
		return err
	}
	for i, work := range grouped {
		out.work(work, records[i], known, out.resolve(casts[i], byName))
	}
	if err := d.write(ctx, &out); err != nil {
		return err
	}
	return aliases.Remove(ctx, d.q, merged)
}

// editions decides the films, and joins to them those that are, were or may be editions of
// the same works.
func (d *derivation) editions(ctx context.Context, movieCds []string, known *films, out *output) ([]edition, error) {
	editions := make([]edition, 0, len(movieCds))
	for _, movieCd := range movieCds {
		if e := out.decide(movieCd, known); e.there() {
			editions = append(editions, e)
		}
	}
	titles, err := d.plainTitles(ctx, movieCds, editions)
	if err != nil {
		return nil, err
	}
	others, err := d.otherEditions(ctx, movieCds, editions, titles)
	if err != nil {
		return nil, err
	}
	if err := known.readOthers(ctx, d.q, others); err != nil {
		return nil, err
	}
	for _, other := range others {
		if e := newEdition(other.movieCd, known, other.tmdbID); e.there() {
			e.joined = other.joined
			out.movieCds, editions = append(out.movieCds, other.movieCd), append(editions, e)
		}
	}
	titles.join(editions, known)
	return editions, nil
}

// decide reaches the verdict on a film. What KOBIS never had has none, and no
// title: what is in the box office alone waits for its list row.
func (o *output) decide(movieCd string, known *films) edition {
	o.movieCds = append(o.movieCds, movieCd)
	e := newEdition(movieCd, known, nil)
	if !e.there() {
		o.goneTitles = append(o.goneTitles, identity.Of(identity.KobisMovie+movieCd))
		o.goneFilms = append(o.goneFilms, movieCd)
		o.days(uuid.Nil, known.boxOffice[movieCd])
		return e
	}
	decided := match.Decide(known.film(movieCd), known.candidates(movieCd), known.verdicts[movieCd])
	o.verdicts = append(o.verdicts, verdict{movieCd, decided})
	e.tmdbID = decided.TmdbID
	return e
}

// works groups editions by their record of TMDB, else by what joins them.
func works(editions []edition) [][]edition {
	var list [][]edition
	place := make(map[string]int)
	for _, e := range editions {
		key := e.work
		if e.tmdbID != nil {
			key = identity.Number(identity.TmdbMovie, *e.tmdbID)
		}
		at, ok := place[key]
		if !ok {
			at = len(list)
			place[key], list = at, append(list, nil)
		}
		list[at] = append(list[at], e)
	}
	return list
}

// work derives the title of a work from its main edition and the match.
func (o *output) work(editions []edition, merged merge.FilmRecord, known *films, who credits.Who) {
	title := merge.Film(merged)
	title.Contradictions = merge.Contradict(recordsOf(editions))
	o.titles = append(o.titles, title)
	list, detail, tmdb := merged.Present()
	o.credits = append(o.credits, credits.FilmOf(title.ID, list, detail, tmdb, who)...)
	o.companiesOf(credits.FilmCompanies(title.ID, present(editions), tmdb))
	o.genresOf(title.ID, credits.FilmGenres(list, detail, tmdb))
	o.parts.film(title.ID, detail, tmdb)
	if tmdb != nil {
		o.peopleOf(&tmdb.TmdbWork)
	}
	for i := range editions {
		o.edition(title.ID, &editions[i], i == 0, len(editions))
		o.days(title.ID, known.boxOffice[editions[i].movieCd])
	}
}

// merged orders the editions, and is what the main one says, completed by the others.
func merged(editions []edition, known *films) merge.FilmRecord {
	slices.SortFunc(editions, func(a, b edition) int { return a.before(&b) })
	main := recordOf(&editions[0], known)
	if len(editions) > 1 {
		main = merge.Complete(main, recordsOf(editions)[1:])
	}
	return main
}

// recordsOf is what KOBIS says of each edition.
func recordsOf(editions []edition) []merge.FilmRecord {
	records := make([]merge.FilmRecord, 0, len(editions))
	for i := range editions {
		e := &editions[i]
		records = append(records, merge.FilmRecord{MovieCd: e.movieCd, List: e.list, Detail: e.detail})
	}
	return records
}

// present are what KOBIS has now of the editions.
func present(editions []edition) []credits.Edition {
	all := make([]credits.Edition, 0, len(editions))
	for i := range editions {
		e := &editions[i]
		list, detail, _ := merge.FilmRecord{List: e.list, Detail: e.detail}.Present()
		all = append(all, credits.Edition{MovieCd: e.movieCd, List: list, Detail: detail})
	}
	return all
}

func recordOf(main *edition, known *films) merge.FilmRecord {
	merged := merge.FilmRecord{MovieCd: main.movieCd, List: main.list, Detail: main.detail, TmdbID: main.tmdbID}
	if main.tmdbID != nil {
		merged.Tmdb = known.tmdb[*main.tmdbID]
	}
	return merged
}

// edition notes an edition. Every one but the main leaves the id that it would
// have by itself as an alias, whether or not it ever was a title: production does
// not depend on the order in which facts arrived.
func (o *output) edition(title uuid.UUID, e *edition, isMain bool, of int) {
	row := editionRow{title: title, isMain: isMain, Title: e.alone}
	switch {
	case of > 1 && len(e.joined) > 0:
		row.joinedBy, row.joinedFacts = "title", strings.Join(e.joined, "\n")
	case of > 1:
		row.joinedBy = "tmdb"
	}
	o.editions = append(o.editions, row)
	if !isMain {
		o.aliases = append(o.aliases, alias{e.alone.ID, title, e.movieCd})
		o.goneTitles = append(o.goneTitles, e.alone.ID)
	}
}
