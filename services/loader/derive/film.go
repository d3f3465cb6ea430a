package derive

import (
	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/merge"
	"github.com/cledit/pipeline/services/loader/record"
)

// output is what production should hold about the titles at hand.
type output struct {
	titles     []merge.Title
	goneTitles []uuid.UUID
	verdicts   []verdict
	goneFilms  []string // without a record, so without a match
	credits    []credits.Credit
	companies  []credits.TitleCompany
	genres     []titleGenre
	boxOffice  []boxOffice
	movieCds   []string // whose editions and box office this is
	editions   []editionRow
	aliases    []alias
	parts      parts
	people     map[int32]bool
	// Of KOBIS: who is credited, and what the list alone does not decide.
	kobisPeople   map[string]bool
	personMatches []personMatch
	kobisNames    map[string]bool // companies of KOBIS
	tmdbNames     map[int32]bool  // companies of TMDB
}

type verdict struct {
	movieCd string
	match.Verdict
}

type editionRow struct {
	title       uuid.UUID
	isMain      bool
	joinedBy    string // tmdb or title, where there are others
	joinedFacts string // a line each
	merge.Title
}

// alias is an id that stands for a title.
type alias struct {
	id, title uuid.UUID
	movieCd   string
}

type titleGenre struct {
	title uuid.UUID
	credits.TitleGenre
}

type boxOffice struct {
	db.BoxOfficeRow
	titleID uuid.UUID // zero while there is no title
}

// seriesTitle derives a series; one that TMDB never had, or that was purged, is
// no title.
func (o *output) seriesTitle(id int32, s *record.TmdbSeries, seasons []record.TmdbSeasonDetail) {
	if s == nil || !s.Found {
		o.goneTitles = append(o.goneTitles, identity.OfNumber(identity.TmdbSeries, id))
		return
	}
	title := merge.Series(s)
	o.titles = append(o.titles, title)
	o.credits = append(o.credits, credits.Series(title.ID, s, seasons)...)
	o.companiesOf(credits.SeriesCompanies(title.ID, s))
	o.genresOf(title.ID, credits.TmdbGenres(&s.TmdbWork))
	o.parts.series(title.ID, s)
	o.peopleOf(&s.TmdbWork)
	for _, p := range s.CreatedBy {
		o.person(p.ID)
	}
	for i := range seasons {
		o.peopleOf(&record.TmdbWork{Cast: seasons[i].Cast, Crew: seasons[i].Crew})
	}
}

func (o *output) peopleOf(w *record.TmdbWork) {
	for _, c := range w.Cast {
		o.person(c.ID)
	}
	for _, c := range w.Crew {
		o.person(c.ID)
	}
}

func (o *output) person(id int32) {
	if o.people == nil {
		o.people = make(map[int32]bool)
	}
	if id != 0 {
		o.people[id] = true
	}
}

func (o *output) companiesOf(c credits.Companies) {
	if o.kobisNames == nil {
		o.kobisNames, o.tmdbNames = make(map[string]bool), make(map[int32]bool)
	}
	for _, code := range c.Kobis {
		o.kobisNames[code] = true
	}
	for _, id := range c.Tmdb {
		o.tmdbNames[id] = true
	}
	o.companies = append(o.companies, c.List...)
}

func (o *output) genresOf(title uuid.UUID, genres []credits.TitleGenre) {
	for _, g := range genres {
		o.genres = append(o.genres, titleGenre{title, g})
	}
}

func (o *output) days(title uuid.UUID, rows []db.BoxOfficeRow) {
	for _, row := range rows {
		o.boxOffice = append(o.boxOffice, boxOffice{row, title})
	}
}

// candidates are the hits of all searches, and what their details add.
func (f *films) candidates(movieCd string) []match.Candidate {
	hits := f.searches[movieCd]
	candidates := make([]match.Candidate, 0, len(hits))
	detailed := make(map[int32]bool)
	for _, hit := range hits {
		candidates = append(candidates, match.HitOf(hit))
		if movie := f.hits[hit.TmdbID]; movie != nil && !detailed[hit.TmdbID] {
			detailed[hit.TmdbID] = true
			candidates = append(candidates, match.DetailOf(movie))
		}
	}
	return candidates
}
