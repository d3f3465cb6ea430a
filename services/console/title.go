package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/console/internal/db"
)

// The sources' names.
const (
	kobis = "kobis"
	tmdb  = "tmdb"
)

// titleBody is a title with where each of its values comes from.
type titleBody struct {
	db.TitleRow
	Line         titleLine
	Fields       []field
	Editions     []db.EditionsRow
	Credits      []department
	MoreCredits  string
	Matches      []matchLine
	Decisions    []db.DecisionsRow
	Contradicted string
	Answers      []answer
}

// field is a value, where it comes from, and what the other source says.
type field struct {
	Name, Value, Source, Other, OtherSource string
}

// answer is an answer that a title stands on.
type answer struct {
	Name      string // source.kind.key
	FetchedAt time.Time
	ExpiresAt *time.Time
}

type department struct {
	Name string
	Jobs []job
}

type job struct {
	Name   string
	People []db.TitleCreditsRow
}

type matchLine struct {
	db.MatchRow
	Evidence string
}

func (s *pages) titlePage(r *http.Request, p *page) (any, error) {
	ctx := r.Context()
	id, err := s.titleID(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if id.String() != r.PathValue("id") {
		return nil, redirect("/title/" + id.String())
	}
	var b titleBody
	if b.TitleRow, err = s.db.Title(ctx, id); err != nil {
		return nil, fmt.Errorf("reading the title: %w", err)
	}
	b.Line = newTitleLine(b.ID, b.Kind, b.TitleKo, b.TitleEn, b.TitleOriginal, b.ProductionYear, b.ReleaseDate, b.UpdatedAt)
	p.Subject = clip(b.Line.Name)
	if err := b.readFields(ctx, s.db); err != nil {
		return nil, err
	}
	b.Contradicted = indented(b.Contradictions)
	if err := b.readMatches(ctx, s.db); err != nil {
		return nil, err
	}
	if err := b.readCredits(r, s.db); err != nil {
		return nil, err
	}
	return b, nil
}

// readMatches reads the films of a title, how they were matched, and what people decided.
func (b *titleBody) readMatches(ctx context.Context, q *db.Queries) (err error) {
	if b.Editions, err = q.Editions(ctx, b.ID); err != nil {
		return fmt.Errorf("reading the editions: %w", err)
	}
	var codes []string
	for i := range b.Editions {
		codes = append(codes, b.Editions[i].MovieCd)
	}
	if b.KobisMovieCd != nil && len(codes) == 0 {
		codes = append(codes, *b.KobisMovieCd)
	}
	matches, err := q.Match(ctx, codes)
	if err != nil {
		return fmt.Errorf("reading the matches: %w", err)
	}
	for _, m := range matches {
		b.Matches = append(b.Matches, matchLine{m, indented(m.Evidence)})
	}
	if b.Decisions, err = q.Decisions(ctx, codes); err != nil {
		return fmt.Errorf("reading the decisions: %w", err)
	}
	return nil
}

// creditsShown is how many credits a page has; the rest is a page further.
const creditsShown = 300

func (b *titleBody) readCredits(r *http.Request, q *db.Queries) error {
	start, err := number(r, "credit", int32(0))
	if err != nil {
		return err
	}
	rows, err := q.TitleCredits(r.Context(), db.TitleCreditsParams{TitleID: b.ID, Start: start})
	if err != nil {
		return fmt.Errorf("reading the credits: %w", err)
	}
	rows, b.MoreCredits = more(r, rows, creditsShown, func(c db.TitleCreditsRow) map[string]string {
		return map[string]string{"credit": strconv.Itoa(int(c.Position) + 1)}
	})
	for _, c := range rows {
		if n := len(b.Credits); n == 0 || b.Credits[n-1].Name != c.Department {
			b.Credits = append(b.Credits, department{Name: c.Department})
		}
		d := &b.Credits[len(b.Credits)-1]
		if n := len(d.Jobs); n == 0 || d.Jobs[n-1].Name != c.Job {
			d.Jobs = append(d.Jobs, job{Name: c.Job})
		}
		last := &d.Jobs[len(d.Jobs)-1]
		last.People = append(last.People, c)
	}
	return nil
}

// readFields reads what both sources say.
func (b *titleBody) readFields(ctx context.Context, q *db.Queries) error {
	of := map[string]map[string]string{kobis: {}, tmdb: {}}
	if b.KobisMovieCd != nil {
		if err := b.readKOBIS(ctx, q, of[kobis]); err != nil {
			return err
		}
	}
	if err := b.readTMDB(ctx, q, of[tmdb]); err != nil {
		return err
	}
	sources := map[string]any{}
	if err := json.Unmarshal(b.Sources, &sources); err != nil && len(b.Sources) > 0 {
		return fmt.Errorf("reading the sources of a title: %w", err)
	}
	for _, f := range b.values() {
		f.Source, _ = sources[f.Name].(string)
		f.compare(of)
		if f.Value != "" || f.Other != "" {
			b.Fields = append(b.Fields, f)
		}
	}
	return nil
}

// compare sets what the source says that the value is not from, where it says another.
func (f *field) compare(of map[string]map[string]string) {
	f.OtherSource = tmdb
	if f.Source == tmdb {
		f.OtherSource = kobis
	}
	if other := of[f.OtherSource][f.Name]; other != f.Value {
		f.Other = other
	}
}

// values are the fields of production.titles, in the order in which they are shown.
func (b *titleBody) values() []field {
	return []field{
		{Name: "title_ko", Value: show(b.TitleKo)},
		{Name: "title_en", Value: show(b.TitleEn)},
		{Name: "title_en_display", Value: show(b.TitleEnDisplay)},
		{Name: "title_original", Value: show(b.TitleOriginal)},
		{Name: "original_language", Value: show(b.OriginalLanguage)},
		{Name: "production_year", Value: show(b.ProductionYear)},
		{Name: "release_date", Value: show(b.ReleaseDate)},
		{Name: "last_air_date", Value: show(b.LastAirDate)},
		{Name: "runtime_minutes", Value: show(b.RuntimeMinutes)},
		{Name: "season_count", Value: show(b.SeasonCount)},
		{Name: "episode_count", Value: show(b.EpisodeCount)},
		{Name: "watch_grade", Value: show(b.WatchGrade)},
		{Name: "grade_code", Value: show(b.GradeCode)},
		{Name: "form", Value: show(b.Form)},
		{Name: "status", Value: show(b.Status)},
		{Name: "adult", Value: yesWhere(b.Adult)},
		{Name: "countries", Value: strings.Join(b.Countries, " ")},
		{Name: "imdb_id", Value: show(b.ImdbID)},
		{Name: "tagline", Value: show(b.Tagline)},
		{Name: "overview", Value: show(b.Overview)},
		{Name: "poster_path", Value: show(b.PosterPath)},
		{Name: "backdrop_path", Value: show(b.BackdropPath)},
	}
}

// yesWhere is what is true as text, "" for what is not.
func yesWhere(is bool) string {
	if is {
		return "true"
	}
	return ""
}

// show is a value as text, "" for none.
func show[T string | int32 | time.Time](value *T) string {
	if value == nil {
		return ""
	}
	if at, ok := any(*value).(time.Time); ok {
		return at.Format(time.DateOnly)
	}
	return fmt.Sprint(*value)
}

// first is the first that is something.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (b *titleBody) readKOBIS(ctx context.Context, q *db.Queries, of map[string]string) error {
	rows, err := q.KobisFilm(ctx, *b.KobisMovieCd)
	if err != nil {
		return fmt.Errorf("reading what KOBIS says: %w", err)
	}
	for i := range rows {
		k := &rows[i]
		of["title_ko"] = first(show(k.Title), show(k.ListTitle))
		of["title_en"] = first(show(k.TitleEn), show(k.ListTitleEn))
		of["title_original"] = show(k.TitleOriginal)
		of["production_year"] = first(show(k.ProductionYear), show(k.ListYear))
		of["release_date"] = first(show(k.OpenDate), show(k.ListOpenDate))
		of["runtime_minutes"], of["watch_grade"], of["form"] = show(k.RuntimeMinutes), show(k.WatchGrade), show(k.TypeName)
		of["status"] = first(show(k.StatusName), show(k.ListStatus))
		if k.FetchedAt != nil {
			b.Answers = append(b.Answers, answer{Name: "kobis.movie-detail." + *b.KobisMovieCd, FetchedAt: *k.FetchedAt})
		}
	}
	return nil
}

func (b *titleBody) readTMDB(ctx context.Context, q *db.Queries, of map[string]string) error {
	switch {
	case b.TmdbID == nil:
		return nil
	case b.Kind == "series":
		return b.readSeries(ctx, q, of)
	}
	return b.readFilm(ctx, q, of)
}

func (b *titleBody) readSeries(ctx context.Context, q *db.Queries, of map[string]string) error {
	rows, err := q.TmdbSeries(ctx, *b.TmdbID)
	if err != nil {
		return fmt.Errorf("reading what TMDB says: %w", err)
	}
	for i := range rows {
		s := &rows[i]
		of["title_ko"], of["title_en"], of["title_original"] = show(s.Name), show(s.NameEn), show(s.NameOriginal)
		of["release_date"], of["last_air_date"], of["status"] = show(s.FirstAirDate), show(s.LastAirDate), show(s.Status)
		of["overview"], of["poster_path"], of["original_language"] = show(s.Overview), show(s.PosterPath), show(s.OriginalLanguage)
		b.Answers = append(b.Answers, answer{fmt.Sprintf("tmdb.series-detail.%d", *b.TmdbID), s.FetchedAt, &s.ExpiresAt})
	}
	return nil
}

func (b *titleBody) readFilm(ctx context.Context, q *db.Queries, of map[string]string) error {
	rows, err := q.TmdbFilm(ctx, *b.TmdbID)
	if err != nil {
		return fmt.Errorf("reading what TMDB says: %w", err)
	}
	for i := range rows {
		m := &rows[i]
		of["title_ko"], of["title_en"], of["title_original"] = show(m.Title), show(m.TitleEn), show(m.TitleOriginal)
		of["release_date"], of["runtime_minutes"], of["imdb_id"] = show(m.ReleaseDate), show(m.RuntimeMinutes), show(m.ImdbID)
		of["status"], of["tagline"], of["overview"], of["poster_path"] = show(m.Status), show(m.Tagline), show(m.Overview), show(m.PosterPath)
		of["original_language"] = show(m.OriginalLanguage)
		b.Answers = append(b.Answers, answer{fmt.Sprintf("tmdb.movie-detail.%d", *b.TmdbID), m.FetchedAt, &m.ExpiresAt})
	}
	return nil
}

// indented is JSON over several lines; "" for nothing.
func indented(text []byte) string {
	if trimmed := bytes.TrimSpace(text); len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null")) {
		return ""
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return string(text)
	}
	return out.String()
}

// personBody is somebody and what they did.
type personBody struct {
	db.PersonRow
	Credits []db.PersonCreditsRow
	Cut     bool
}

// personShown is how many credits of somebody are shown.
const personShown = 500

func (s *pages) personPage(r *http.Request, p *page) (any, error) {
	ctx := r.Context()
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return s.personOfTMDB(r)
	}
	var b personBody
	if b.PersonRow, err = s.db.Person(ctx, id); err != nil {
		return nil, fmt.Errorf("reading the person: %w", err)
	}
	p.Subject = clip(first(show(b.NameKo), show(b.NameDisplay), show(b.NameEn), show(b.NameOriginal)))
	if b.Credits, err = s.db.PersonCredits(ctx, &id); err != nil {
		return nil, fmt.Errorf("reading the credits of a person: %w", err)
	}
	if b.Cut = len(b.Credits) > personShown; b.Cut {
		b.Credits = b.Credits[:personShown]
	}
	return b, nil
}

// personOfTMDB finds who has a number of TMDB's.
func (s *pages) personOfTMDB(r *http.Request) (any, error) {
	text := strings.TrimPrefix(r.PathValue("id"), "tmdb:person:")
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, errors.Join(pgx.ErrNoRows, errMeant)
	}
	tmdbID := int32(number)
	ids, err := s.db.PeopleByTMDB(r.Context(), &tmdbID)
	if err != nil {
		return nil, fmt.Errorf("looking for the person: %w", err)
	}
	if len(ids) == 0 {
		return nil, pgx.ErrNoRows
	}
	return nil, redirect("/person/" + ids[0].String())
}
