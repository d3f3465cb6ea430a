package derive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/merge"
)

// writer brings production to what was derived.
type writer struct {
	q       *db.Queries
	now     time.Time
	written map[string]int64 // rows, by table
	// current are the titles whose row was written, stale those of which something
	// else was.
	current, stale map[uuid.UUID]bool
	genreLeft      bool // some title has a genre no longer
}

// write brings production to the output. What titles refer to comes first, then
// the titles, then what refers to them, and titles go when nothing does any more.
func (w *writer) write(ctx context.Context, o *output) error {
	if err := w.q.SayRules(ctx, strconv.Itoa(RuleVersion)); err != nil {
		return fmt.Errorf("saying by which rules: %w", err)
	}
	for _, step := range []struct {
		table string
		write func(context.Context, *output) (int64, error)
	}{
		{"people", w.people},
		{"people", w.peopleOfKobis},
		{"companies", w.companies},
		{"genres", w.genres},
		{"titles", w.titles},
		{"matches", w.matches},
		{"matches", w.dropMatches},
		{"person_matches", w.personMatches},
		{"editions", w.editions},
		{"title_aliases", w.aliases},
		{"credits", w.credits},
		{"title_companies", w.titleCompanies},
		{"title_genres", w.titleGenres},
		{"translations", w.translations},
		{"alternative_titles", w.alternatives},
		{"certifications", w.certifications},
		{"seasons", w.seasons},
		{"networks", w.networks},
		{"images", w.images},
		{"keywords", w.keywords},
		{"external_ids", w.externalIDs},
		{"box_office", w.boxOffice},
		{"titles", w.dropTitles},
		{"titles", w.touch},
		{"genres", w.dropGenres},
	} {
		written, err := step.write(ctx, o)
		if err != nil {
			return fmt.Errorf("writing production.%s: %w", step.table, err)
		}
		if written > 0 {
			w.written["production."+step.table] += written
		}
	}
	return nil
}

// people adds who is missing: loading writes their names, but production may
// have been emptied since.
func (w *writer) people(ctx context.Context, o *output) (int64, error) {
	if len(o.people) == 0 {
		return 0, nil
	}
	rows, err := w.q.StagedPeople(ctx, slices.Sorted(maps.Keys(o.people)))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	people := make([]credits.Person, 0, len(rows))
	for _, r := range rows {
		people = append(people, credits.PersonOf(r.TmdbID, r.Name, text(r.NameOriginal), text(r.ProfilePath)))
	}
	credits.SortPeople(people)
	return w.q.AddPeople(ctx, db.AddPeopleParams{
		LoadedAt:     w.now,
		ID:           column(people, func(p *credits.Person) uuid.UUID { return p.ID }),
		TmdbID:       column(people, func(p *credits.Person) int32 { return p.TmdbID }),
		NameKo:       column(people, func(p *credits.Person) string { return p.NameKo }),
		NameEn:       column(people, func(p *credits.Person) string { return p.NameEn }),
		NameOriginal: column(people, func(p *credits.Person) string { return p.NameOriginal }),
		NameDisplay:  column(people, func(p *credits.Person) string { return p.NameDisplay }),
		NameSort:     column(people, func(p *credits.Person) string { return p.NameSort }),
		ProfilePath:  column(people, func(p *credits.Person) string { return p.Profile }),
	})
}

// companies does the same for companies.
func (w *writer) companies(ctx context.Context, o *output) (int64, error) {
	var companies []credits.Company
	if len(o.kobisNames) > 0 {
		rows, err := w.q.StagedKobisCompanies(ctx, slices.Sorted(maps.Keys(o.kobisNames)))
		if err != nil {
			return 0, err
		}
		for _, r := range rows {
			companies = append(companies, credits.KobisCompanyOf(r.CompanyCd, r.Name, text(r.NameEn)))
		}
	}
	if len(o.tmdbNames) > 0 {
		rows, err := w.q.StagedTmdbCompanies(ctx, slices.Sorted(maps.Keys(o.tmdbNames)))
		if err != nil {
			return 0, err
		}
		for _, r := range rows {
			companies = append(companies, credits.TmdbCompanyOf(r.TmdbID, r.Name, text(r.Country), text(r.LogoPath)))
		}
	}
	if len(companies) == 0 {
		return 0, nil
	}
	credits.SortCompanies(companies)
	return w.q.AddCompanies(ctx, db.AddCompaniesParams{
		LoadedAt:       w.now,
		ID:             column(companies, func(c *credits.Company) uuid.UUID { return c.ID }),
		KobisCompanyCd: column(companies, func(c *credits.Company) string { return c.KobisCode }),
		TmdbID:         column(companies, func(c *credits.Company) *int32 { return c.TmdbID }),
		NameKo:         column(companies, func(c *credits.Company) string { return c.NameKo }),
		NameEn:         column(companies, func(c *credits.Company) string { return c.NameEn }),
		Country:        column(companies, func(c *credits.Company) string { return c.Country }),
		LogoPath:       column(companies, func(c *credits.Company) string { return c.Logo }),
	})
}

func (w *writer) genres(ctx context.Context, o *output) (int64, error) {
	byID := make(map[uuid.UUID]credits.Genre)
	for _, g := range o.genres {
		byID[g.ID] = g.Genre
	}
	if len(byID) == 0 {
		return 0, nil
	}
	ids := slices.SortedFunc(maps.Keys(byID), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return w.q.AddGenres(ctx, db.AddGenresParams{
		ID:     ids,
		Source: column(ids, func(id *uuid.UUID) string { return byID[*id].Source }),
		Name:   column(ids, func(id *uuid.UUID) string { return byID[*id].Name }),
		Genre:  column(ids, func(id *uuid.UUID) string { return byID[*id].Genre }),
		TmdbID: column(ids, func(id *uuid.UUID) int32 { return byID[*id].TmdbID }),
	})
}

func (w *writer) titles(ctx context.Context, o *output) (int64, error) {
	if len(o.titles) == 0 {
		return 0, nil
	}
	titles := o.titles
	written, err := w.q.UpsertTitles(ctx, db.UpsertTitlesParams{
		LoadedAt:         w.now,
		ID:               column(titles, func(t *merge.Title) uuid.UUID { return t.ID }),
		Kind:             column(titles, func(t *merge.Title) string { return t.Kind }),
		KobisMovieCd:     column(titles, func(t *merge.Title) string { return t.KobisMovieCd }),
		TmdbID:           column(titles, func(t *merge.Title) *int32 { return t.TmdbID }),
		ImdbID:           column(titles, func(t *merge.Title) string { return t.ImdbID }),
		TitleKo:          column(titles, func(t *merge.Title) string { return t.TitleKo }),
		TitleEn:          column(titles, func(t *merge.Title) string { return t.TitleEn }),
		TitleOriginal:    column(titles, func(t *merge.Title) string { return t.TitleOriginal }),
		OriginalLanguage: column(titles, func(t *merge.Title) string { return t.OriginalLanguage }),
		ProductionYear:   column(titles, func(t *merge.Title) *int32 { return t.ProductionYear }),
		ReleaseDate:      column(titles, func(t *merge.Title) *time.Time { return t.ReleaseDate }),
		LastAirDate:      column(titles, func(t *merge.Title) *time.Time { return t.LastAirDate }),
		RuntimeMinutes:   column(titles, func(t *merge.Title) *int32 { return t.RuntimeMinutes }),
		SeasonCount:      column(titles, func(t *merge.Title) *int32 { return t.SeasonCount }),
		EpisodeCount:     column(titles, func(t *merge.Title) *int32 { return t.EpisodeCount }),
		WatchGrade:       column(titles, func(t *merge.Title) string { return t.WatchGrade }),
		Form:             column(titles, func(t *merge.Title) string { return t.Form }),
		Status:           column(titles, func(t *merge.Title) string { return t.Status }),
		Overview:         column(titles, func(t *merge.Title) string { return t.Overview }),
		Tagline:          column(titles, func(t *merge.Title) string { return t.Tagline }),
		PosterPath:       column(titles, func(t *merge.Title) string { return t.PosterPath }),
		BackdropPath:     column(titles, func(t *merge.Title) string { return t.BackdropPath }),
		Countries:        column(titles, func(t *merge.Title) string { return strings.Join(t.Countries, ",") }),
		Sources:          column(titles, func(t *merge.Title) []byte { return marshal(t.Sources) }),
		MissingSince:     column(titles, func(t *merge.Title) *time.Time { return t.MissingSince }),
		TitleEnDisplay:   column(titles, func(t *merge.Title) string { return t.TitleEnDisplay }),
		GradeCode:        column(titles, func(t *merge.Title) string { return t.GradeCode }),
		StatusCode:       column(titles, func(t *merge.Title) string { return t.StatusCode }),
		Adult:            column(titles, func(t *merge.Title) bool { return t.Adult }),
		Contradictions:   column(titles, func(t *merge.Title) []byte { return marshal(t.Contradictions) }),
	})
	for _, id := range written {
		w.current[id] = true
	}
	return int64(len(written)), err
}

// moved notes the titles whose rows in other tables were written or removed.
func (w *writer) moved(titles []uuid.UUID, err error) (int64, error) {
	for _, id := range titles {
		w.stale[id] = true
	}
	return int64(len(titles)), err
}

// touch moves updated_at of the titles whose own row is as it was while something
// that belongs to them moved: who copies what changed finds it by the title.
func (w *writer) touch(ctx context.Context, _ *output) (int64, error) {
	ids := make([]uuid.UUID, 0, len(w.stale))
	for id := range w.stale {
		if !w.current[id] {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return w.q.TouchTitles(ctx, db.TouchTitlesParams{LoadedAt: w.now, Ids: ids})
}

func (w *writer) dropTitles(ctx context.Context, o *output) (int64, error) {
	if len(o.goneTitles) == 0 {
		return 0, nil
	}
	return w.q.DeleteTitles(ctx, o.goneTitles)
}

func (w *writer) dropGenres(ctx context.Context, o *output) (int64, error) {
	if !w.genreLeft && len(o.goneTitles) == 0 {
		return 0, nil
	}
	return w.q.DropGenres(ctx)
}

func (w *writer) matches(ctx context.Context, o *output) (int64, error) {
	if len(o.verdicts) == 0 {
		return 0, nil
	}
	return w.q.UpsertMatches(ctx, db.UpsertMatchesParams{
		LoadedAt:    w.now,
		MovieCd:     column(o.verdicts, func(v *verdict) string { return v.movieCd }),
		TmdbID:      column(o.verdicts, func(v *verdict) *int32 { return v.TmdbID }),
		Status:      column(o.verdicts, func(v *verdict) string { return string(v.Status) }),
		Score:       column(o.verdicts, func(v *verdict) float32 { return v.Score }),
		Evidence:    column(o.verdicts, func(v *verdict) []byte { return marshal(v.Evidence) }),
		RuleVersion: column(o.verdicts, func(v *verdict) int32 { return v.RuleVersion }),
	})
}

func (w *writer) dropMatches(ctx context.Context, o *output) (int64, error) {
	if len(o.goneFilms) == 0 {
		return 0, nil
	}
	return w.q.DeleteMatches(ctx, o.goneFilms)
}

// column turns rows into the array of one of their values.
func column[R, C any](rows []R, value func(*R) C) []C {
	values := make([]C, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return values
}

// marshal is for values that always have a JSON form.
func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
