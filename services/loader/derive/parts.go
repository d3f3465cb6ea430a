package derive

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/merge"
	"github.com/cledit/pipeline/services/loader/record"
)

// parts are the lists of a title that are in tables of their own and that
// nothing else refers to. A row's position is its place at the source.
type parts struct {
	translations   []part[record.TmdbTranslation]
	alternatives   []part[record.TmdbAlternativeTitle]
	certifications []part[certification]
	seasons        []part[record.TmdbSeason]
	networks       []part[record.TmdbCompany]
	images         []part[record.TmdbImage] // in order within each kind
	keywords       []part[string]
	externalIDs    []part[record.TmdbExternalID]
}

type part[T any] struct {
	title    uuid.UUID
	position int32
	row      T
}

func place[T any](list []part[T], title uuid.UUID, rows []T) []part[T] {
	for i, row := range rows {
		list = append(list, part[T]{title, int32(i), row})
	}
	return list
}

// certification is a row of production.certifications.
type certification struct {
	source, country, name string
	releaseDate           *time.Time
	releaseType           *int32
	audit                 string
}

const korea = "KR"

// film lists what a film has; either record may be nil.
func (p *parts) film(title uuid.UUID, detail *record.KobisMovieDetail, movie *record.TmdbMovie) {
	var certifications []certification
	if detail != nil {
		for _, a := range detail.Audits {
			if a.WatchGrade != "" {
				certifications = append(certifications, certification{source: "kobis", country: korea, name: a.WatchGrade, audit: a.Number})
			}
		}
	}
	if movie != nil {
		p.work(title, &movie.TmdbWork)
		for _, r := range movie.ReleaseDates {
			if r.Certification == "" {
				continue
			}
			certifications = append(certifications, certification{
				source: "tmdb", country: r.Country, name: r.Certification, releaseDate: dateOf(r.Date), releaseType: &r.Type,
			})
		}
	}
	p.certifications = place(p.certifications, title, certifications)
}

func (p *parts) series(title uuid.UUID, s *record.TmdbSeries) {
	var certifications []certification
	for _, r := range s.ContentRatings {
		if r.Rating != "" {
			certifications = append(certifications, certification{source: "tmdb", country: r.Country, name: r.Rating})
		}
	}
	p.work(title, &s.TmdbWork)
	p.certifications = place(p.certifications, title, certifications)
	p.seasons = place(p.seasons, title, s.Seasons)
	p.networks = place(p.networks, title, s.Networks)
}

func (p *parts) work(title uuid.UUID, w *record.TmdbWork) {
	p.translations = place(p.translations, title, w.Translations)
	p.alternatives = place(p.alternatives, title, w.AlternativeTitles)
	p.keywords = place(p.keywords, title, w.Keywords)
	p.externalIDs = place(p.externalIDs, title, w.ExternalIDs)
	next := make(map[string]int32)
	for _, image := range w.Images {
		p.images = append(p.images, part[record.TmdbImage]{title, next[image.Kind], image})
		next[image.Kind]++
	}
}

// dateOf is nil for what is not a date.
func dateOf(s string) *time.Time {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil
	}
	return &day
}

func (w *writer) editions(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) == 0 {
		return 0, nil
	}
	rows := o.editions
	return w.moved(w.q.SyncEditions(ctx, db.SyncEditionsParams{
		MovieCds: o.movieCds, LoadedAt: w.now,
		MovieCd:        column(rows, func(e *editionRow) string { return e.KobisMovieCd }),
		TitleID:        column(rows, func(e *editionRow) uuid.UUID { return e.title }),
		IsMain:         column(rows, func(e *editionRow) bool { return e.isMain }),
		TitleKo:        column(rows, func(e *editionRow) string { return e.TitleKo }),
		TitleEn:        column(rows, func(e *editionRow) string { return e.TitleEn }),
		ProductionYear: column(rows, func(e *editionRow) *int32 { return e.ProductionYear }),
		ReleaseDate:    column(rows, func(e *editionRow) *time.Time { return e.ReleaseDate }),
		RuntimeMinutes: column(rows, func(e *editionRow) *int32 { return e.RuntimeMinutes }),
		WatchGrade:     column(rows, func(e *editionRow) string { return e.WatchGrade }),
		Form:           column(rows, func(e *editionRow) string { return e.Form }),
		Status:         column(rows, func(e *editionRow) string { return e.Status }),
		MissingSince:   column(rows, func(e *editionRow) *time.Time { return e.MissingSince }),
		GradeCode:      column(rows, func(e *editionRow) string { return e.GradeCode }),
		StatusCode:     column(rows, func(e *editionRow) string { return e.StatusCode }),
		Adult:          column(rows, func(e *editionRow) bool { return e.Adult }),
		JoinedBy:       column(rows, func(e *editionRow) string { return e.joinedBy }),
		JoinedFacts:    column(rows, func(e *editionRow) string { return e.joinedFacts }),
	}))
}

func (w *writer) aliases(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) == 0 {
		return 0, nil
	}
	return w.moved(w.q.SyncTitleAliases(ctx, db.SyncTitleAliasesParams{
		MovieCds: o.movieCds,
		ID:       column(o.aliases, func(a *alias) uuid.UUID { return a.id }),
		TitleID:  column(o.aliases, func(a *alias) uuid.UUID { return a.title }),
		MovieCd:  column(o.aliases, func(a *alias) string { return a.movieCd }),
	}))
}

func (w *writer) translations(ctx context.Context, o *output) (int64, error) {
	type row = part[record.TmdbTranslation]
	rows := o.parts.translations
	return w.moved(w.q.SyncTranslations(ctx, db.SyncTranslationsParams{
		TitleIds: o.ids(),
		TitleID:  column(rows, func(r *row) uuid.UUID { return r.title }),
		Position: column(rows, func(r *row) int32 { return r.position }),
		Language: column(rows, func(r *row) string { return merge.Language(r.row.Language) }),
		Country:  column(rows, func(r *row) string { return r.row.Country }),
		Title:    column(rows, func(r *row) string { return r.row.Title }),
		Overview: column(rows, func(r *row) string { return r.row.Overview }),
	}))
}

func (w *writer) alternatives(ctx context.Context, o *output) (int64, error) {
	type row = part[record.TmdbAlternativeTitle]
	rows := o.parts.alternatives
	return w.moved(w.q.SyncAlternativeTitles(ctx, db.SyncAlternativeTitlesParams{
		TitleIds: o.ids(),
		TitleID:  column(rows, func(r *row) uuid.UUID { return r.title }),
		Position: column(rows, func(r *row) int32 { return r.position }),
		Country:  column(rows, func(r *row) string { return r.row.Country }),
		Title:    column(rows, func(r *row) string { return r.row.Title }),
		Type:     column(rows, func(r *row) string { return r.row.Type }),
	}))
}

func (w *writer) certifications(ctx context.Context, o *output) (int64, error) {
	type row = part[certification]
	rows := o.parts.certifications
	return w.moved(w.q.SyncCertifications(ctx, db.SyncCertificationsParams{
		TitleIds:      o.ids(),
		TitleID:       column(rows, func(r *row) uuid.UUID { return r.title }),
		Position:      column(rows, func(r *row) int32 { return r.position }),
		Source:        column(rows, func(r *row) string { return r.row.source }),
		Country:       column(rows, func(r *row) string { return r.row.country }),
		Certification: column(rows, func(r *row) string { return r.row.name }),
		ReleaseDate:   column(rows, func(r *row) *time.Time { return r.row.releaseDate }),
		ReleaseType:   column(rows, func(r *row) *int32 { return r.row.releaseType }),
		AuditNumber:   column(rows, func(r *row) string { return r.row.audit }),
	}))
}

func (w *writer) seasons(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) > 0 { // films have none
		return 0, nil
	}
	type row = part[record.TmdbSeason]
	rows := o.parts.seasons
	return w.moved(w.q.SyncSeasons(ctx, db.SyncSeasonsParams{
		TitleIds:     o.ids(),
		TitleID:      column(rows, func(r *row) uuid.UUID { return r.title }),
		Position:     column(rows, func(r *row) int32 { return r.position }),
		Number:       column(rows, func(r *row) int32 { return r.row.Number }),
		Name:         column(rows, func(r *row) string { return r.row.Name }),
		EpisodeCount: column(rows, func(r *row) *int32 { return &r.row.EpisodeCount }),
		AirDate:      column(rows, func(r *row) *time.Time { return dateOf(r.row.AirDate) }),
		PosterPath:   column(rows, func(r *row) string { return r.row.Poster }),
	}))
}

func (w *writer) networks(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) > 0 { // films have none
		return 0, nil
	}
	type row = part[record.TmdbCompany]
	rows := o.parts.networks
	return w.moved(w.q.SyncNetworks(ctx, db.SyncNetworksParams{
		TitleIds: o.ids(),
		TitleID:  column(rows, func(r *row) uuid.UUID { return r.title }),
		Position: column(rows, func(r *row) int32 { return r.position }),
		TmdbID:   column(rows, func(r *row) *int32 { return orNil(r.row.ID) }),
		Name:     column(rows, func(r *row) string { return r.row.Name }),
		Country:  column(rows, func(r *row) string { return r.row.Country }),
		LogoPath: column(rows, func(r *row) string { return r.row.Logo }),
	}))
}

// orNil is nil for the number that stands for none.
func orNil(n int32) *int32 {
	if n == 0 {
		return nil
	}
	return &n
}
