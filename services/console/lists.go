package console

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/console/internal/db"
)

// listed is how many rows a list shows; one more is asked for, to know whether there are.
const listed = 100

// more cuts a list and gives the address of what follows, "" at its end.
func more[T any](r *http.Request, rows []T, limit int, next func(T) map[string]string) (shown []T, link string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	query := r.URL.Query()
	for name, value := range next(rows[limit-1]) {
		query.Set(name, value)
	}
	return rows, (&url.URL{Path: r.URL.Path, RawQuery: query.Encode()}).String()
}

// problemsBody is what is wrong, and what is behind it.
type problemsBody struct {
	Lines   []problemLine
	Groups  []db.LetterGroupsRow
	Letters []db.LettersRow // of a filter
	Filter  url.Values
	All     bool
	More    string
	Blocked []db.BlockedTitlesRow
	Drift   []db.DriftRow
	Held    []db.HeldKindsRow
}

func (s *pages) problemsPage(r *http.Request, p *page) (any, error) {
	ctx, query := r.Context(), r.URL.Query()
	f, err := s.readNow(ctx, p.Now)
	if err != nil {
		return nil, err
	}
	b := problemsBody{Lines: f.problems(p.L), Filter: url.Values{}, All: query.Get("all") != ""}
	for _, name := range []string{"name", "kind", "reason"} {
		if value := query.Get(name); value != "" {
			b.Filter.Set(name, value)
		}
	}
	if b.Groups, err = s.db.LetterGroups(ctx); err != nil {
		return nil, fmt.Errorf("grouping dead letters: %w", err)
	}
	if len(b.Filter) > 0 || b.All {
		if err := b.readLetters(r, s.db); err != nil {
			return nil, err
		}
	}
	if err := b.readLoader(ctx, s.db); err != nil {
		return nil, err
	}
	return b, nil
}

// readLoader lists what the loader could not load, derive or recognise.
func (b *problemsBody) readLoader(ctx context.Context, q *db.Queries) (err error) {
	if b.Blocked, err = q.BlockedTitles(ctx); err != nil {
		return fmt.Errorf("listing blocked titles: %w", err)
	}
	if b.Drift, err = q.Drift(ctx); err != nil {
		return fmt.Errorf("listing drift: %w", err)
	}
	if b.Held, err = q.HeldKinds(ctx); err != nil {
		return fmt.Errorf("listing what is held: %w", err)
	}
	return nil
}

// readLetters lists the dead letters that the filter lets through.
func (b *problemsBody) readLetters(r *http.Request, q *db.Queries) error {
	before, err := number(r, "before", int64(math.MaxInt64))
	if err != nil {
		return err
	}
	rows, err := q.Letters(r.Context(), db.LettersParams{
		AllOfThem: b.All, Name: b.Filter.Get("name"), Kind: b.Filter.Get("kind"), Reason: b.Filter.Get("reason"), Before: before,
	})
	if err != nil {
		return fmt.Errorf("listing dead letters: %w", err)
	}
	b.Letters, b.More = more(r, rows, listed/2, func(l db.LettersRow) map[string]string {
		return map[string]string{"before": strconv.FormatInt(l.StreamSeq, 10)}
	})
	return nil
}

// titleLine is a title in a list.
type titleLine struct {
	ID        uuid.UUID
	Kind      string
	Name, Sub string
	Year      string
	UpdatedAt time.Time
}

func newTitleLine(id uuid.UUID, kind string, ko, en, original *string, year *int32, release *time.Time, updated time.Time) titleLine {
	t := titleLine{ID: id, Kind: kind, UpdatedAt: updated}
	for _, name := range []*string{ko, en, original} {
		switch text := deref(name); {
		case text == "" || text == t.Name:
		case t.Name == "":
			t.Name = text
		case t.Sub == "":
			t.Sub = text
		}
	}
	switch {
	case year != nil:
		t.Year = strconv.Itoa(int(*year))
	case release != nil:
		t.Year = strconv.Itoa(release.Year())
	}
	return t
}

// titlesBody is a list of titles.
type titlesBody struct {
	Kind, Year, Lacks string
	Titles            []titleLine
	More              string
}

// lacks are what a title may lack, as the page of coverage counts it.
var lacks = []string{"matched", "poster", "overview", "title-en", "director", "crew", "cast", "known"}

func (s *pages) titlesPage(r *http.Request, p *page) (any, error) {
	query := r.URL.Query()
	b := titlesBody{Kind: query.Get("kind"), Year: query.Get("year"), Lacks: query.Get("lacks")}
	if b.Year != "" {
		return s.coveredTitles(r, b)
	}
	before := p.Now.Add(time.Hour)
	if text := query.Get("before"); text != "" {
		var err error
		if before, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return nil, fmt.Errorf("%w: before is not a time", errMeant)
		}
	}
	rows, err := s.db.RecentTitles(r.Context(), db.RecentTitlesParams{Before: before, Kind: b.Kind})
	if err != nil {
		return nil, fmt.Errorf("listing titles: %w", err)
	}
	for _, t := range rows {
		b.Titles = append(b.Titles,
			newTitleLine(t.ID, t.Kind, t.TitleKo, t.TitleEn, t.TitleOriginal, t.ProductionYear, t.ReleaseDate, t.UpdatedAt))
	}
	b.Titles, b.More = more(r, b.Titles, listed, func(t titleLine) map[string]string {
		return map[string]string{"before": t.UpdatedAt.UTC().Format(time.RFC3339Nano)}
	})
	return b, nil
}

// coveredTitles lists what a figure of coverage counts, or what it does not.
func (s *pages) coveredTitles(r *http.Request, b titlesBody) (any, error) {
	year, err := number(r, "year", int32(0))
	if err != nil {
		return nil, err
	}
	if b.Lacks != "" && !slices.Contains(lacks, b.Lacks) {
		return nil, fmt.Errorf("%w: lacks is not one of the counted figures", errMeant)
	}
	after, err := uuid.Parse(r.URL.Query().Get("after"))
	if err != nil && r.URL.Query().Get("after") != "" {
		return nil, fmt.Errorf("%w: after is not an id", errMeant)
	}
	rows, err := s.db.CoveredTitles(r.Context(), db.CoveredTitlesParams{Kind: b.Kind, Year: year, After: after, Lacks: b.Lacks})
	if err != nil {
		return nil, fmt.Errorf("listing titles: %w", err)
	}
	for _, t := range rows {
		b.Titles = append(b.Titles,
			newTitleLine(t.ID, t.Kind, t.TitleKo, t.TitleEn, t.TitleOriginal, t.ProductionYear, t.ReleaseDate, t.UpdatedAt))
	}
	b.Titles, b.More = more(r, b.Titles, listed, func(t titleLine) map[string]string { return map[string]string{"after": t.ID.String()} })
	return b, nil
}

// callsBody is what is due, or what is out.
type callsBody struct {
	Stage, Source string
	Due           []db.CallsRow
	Out           []db.OutstandingRow
	MoreDue       string
	MoreOut       string
}

func (s *pages) callsPage(r *http.Request, _ *page) (any, error) {
	query := r.URL.Query()
	b := callsBody{Stage: query.Get("stage"), Source: query.Get("source")}
	var err error
	if b.Stage != "" {
		rank, err := number(r, "rank", int64(math.MinInt64))
		if err != nil {
			return nil, err
		}
		if b.Due, err = s.db.Calls(r.Context(), db.CallsParams{Stage: b.Stage, Rank: rank, After: query.Get("due-after")}); err != nil {
			return nil, fmt.Errorf("listing calls: %w", err)
		}
		b.Due, b.MoreDue = more(r, b.Due, listed, func(c db.CallsRow) map[string]string {
			return map[string]string{"rank": strconv.FormatInt(c.Rank, 10), "due-after": c.Subject}
		})
	}
	b.Out, err = s.db.Outstanding(r.Context(), db.OutstandingParams{Stage: b.Stage, Source: b.Source, After: query.Get("after")})
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	b.Out, b.MoreOut = more(r, b.Out, listed, func(j db.OutstandingRow) map[string]string { return map[string]string{"after": j.Subject} })
	return b, nil
}

// marksBody is what waits to be derived.
type marksBody struct {
	Marks []db.MarkedTitlesRow
	More  string
}

func (s *pages) marksPage(r *http.Request, _ *page) (any, error) {
	rows, err := s.db.MarkedTitles(r.Context(), r.URL.Query().Get("after"))
	if err != nil {
		return nil, fmt.Errorf("listing marks: %w", err)
	}
	var b marksBody
	b.Marks, b.More = more(r, rows, listed, func(m db.MarkedTitlesRow) map[string]string { return map[string]string{"after": m.Key} })
	return b, nil
}

// matchesBody is films by what became of their match.
type matchesBody struct {
	Status   string
	Statuses []string
	Matches  []db.MatchesRow
	More     string
}

func (s *pages) matchesPage(r *http.Request, _ *page) (any, error) {
	b := matchesBody{Status: r.URL.Query().Get("status"), Statuses: []string{"review", "none", "matched", "pinned", "banned"}}
	if !slices.Contains(b.Statuses, b.Status) {
		b.Status = b.Statuses[0]
	}
	rows, err := s.db.Matches(r.Context(), db.MatchesParams{Status: b.Status, After: r.URL.Query().Get("after")})
	if err != nil {
		return nil, fmt.Errorf("listing matches: %w", err)
	}
	b.Matches, b.More = more(r, rows, listed, func(m db.MatchesRow) map[string]string { return map[string]string{"after": m.MovieCd} })
	return b, nil
}
