package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/console/internal/db"
)

// Coverage is counted in slices of the titles' ids, which are spread evenly, so that no
// statement is long; and at most once in coverageKept.
const (
	coverageSlices = 64
	coverageKept   = 15 * time.Minute
	coverageLimit  = 5 * time.Minute
)

// coverage counts what titles lack, beside the requests.
type coverage struct {
	db  *db.Queries
	now func() time.Time
	log zerolog.Logger

	mu       sync.Mutex
	counting bool
	at       time.Time // when it was counted last
	failed   time.Time // when counting failed last
	rows     []coverageLine
}

type coverageLine struct {
	db.CoverageRow
}

// add counts those of another slice, too.
func (c *coverageLine) add(r db.CoverageRow) {
	c.Titles += r.Titles
	c.Matched += r.Matched
	c.Poster += r.Poster
	c.Overview += r.Overview
	c.TitleEn += r.TitleEn
	c.Director += r.Director
	c.Crew += r.Crew
	c.Cast5 += r.Cast5
	c.Known += r.Known
}

// Cells are the shares that a line shows, in the order of lacks.
func (c coverageLine) Cells() []coverageCell {
	cells := make([]coverageCell, 0, len(lacks))
	for i, n := range []int64{c.Matched, c.Poster, c.Overview, c.TitleEn, c.Director, c.Crew, c.Cast5, c.Known} {
		cells = append(cells, coverageCell{lacks[i], n, int(100 * n / max(1, c.Titles))})
	}
	return cells
}

// coverageCell is a share, in hundredths.
type coverageCell struct {
	Lacks string
	Has   int64
	Share int
}

// Level is the share as one of ten.
func (c coverageCell) Level() int { return min(heatLevels, c.Share/10) }

func newCoverage(q *db.Queries, now func() time.Time, log zerolog.Logger) *coverage {
	return &coverage{db: q, now: now, log: log}
}

// get is what was counted last, and begins to count again when that is old.
func (c *coverage) get(ctx context.Context) ([]coverageLine, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if !c.counting && now.Sub(c.at) >= coverageKept && now.Sub(c.failed) >= time.Minute {
		c.counting = true
		go c.count(context.WithoutCancel(ctx))
	}
	return c.rows, c.at
}

func (c *coverage) count(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, coverageLimit)
	defer cancel()
	rows, err := c.read(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counting = false
	if err != nil {
		c.failed = c.now()
		c.log.Warn().Err(err).Msg("coverage could not be counted")
		return
	}
	c.rows, c.at = rows, c.now()
}

func (c *coverage) read(ctx context.Context) ([]coverageLine, error) {
	sums := coverageSums{}
	for i := range coverageSlices {
		var from, to uuid.UUID
		from[0], to[0] = byte(i*256/coverageSlices), byte((i+1)*256/coverageSlices%256)
		rows, err := c.db.Coverage(ctx, db.CoverageParams{FromID: from, ToID: to, Last: i == coverageSlices-1})
		if err != nil {
			return nil, fmt.Errorf("counting titles: %w", err)
		}
		for _, r := range rows {
			sums.add(r)
		}
	}
	lines := make([]coverageLine, 0, len(sums))
	for _, sum := range sums {
		lines = append(lines, *sum)
	}
	slices.SortFunc(lines, byKindAndYear)
	return lines, nil
}

// coverageSums are the lines by kind and year.
type coverageSums map[coverageKey]*coverageLine

type coverageKey struct {
	kind string
	year int32
}

func (s coverageSums) add(r db.CoverageRow) {
	key := coverageKey{r.Kind, r.Year}
	if sum := s[key]; sum != nil {
		sum.add(r)
		return
	}
	s[key] = &coverageLine{r}
}

// byKindAndYear puts the newest year first.
func byKindAndYear(a, b coverageLine) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), int(b.Year-a.Year))
}

// coverageBody is what titles have, by kind and year.
type coverageBody struct {
	Lines []coverageLine
	Lacks []string
	At    time.Time
}

func (s *pages) coveragePage(r *http.Request, _ *page) (any, error) {
	lines, at := s.covered.get(r.Context())
	return coverageBody{lines, lacks, at}, nil
}

// dictionaryBody is the tables, and one's columns.
type dictionaryBody struct {
	Tables  []db.TablesRow
	Table   string
	Columns []db.ColumnsRow
}

func (s *pages) dictionaryPage(r *http.Request, _ *page) (any, error) {
	b := dictionaryBody{Table: r.URL.Query().Get("table")}
	var err error
	if b.Table == "" {
		if b.Tables, err = s.db.Tables(r.Context()); err != nil {
			return nil, fmt.Errorf("listing the tables: %w", err)
		}
		return b, nil
	}
	schema, name, _ := strings.Cut(b.Table, ".")
	if b.Columns, err = s.db.Columns(r.Context(), db.ColumnsParams{Schema: schema, Name: name}); err != nil {
		return nil, fmt.Errorf("listing the columns: %w", err)
	}
	if len(b.Columns) == 0 {
		return nil, pgx.ErrNoRows
	}
	return b, nil
}

// searchBody is what was found, best first.
type searchBody struct {
	Query string
	Hits  []searchHit
}

// searchHit is a title or a person that has a name like what was typed.
type searchHit struct {
	Path  string // of its page
	Kind  string // movie, series or person
	Name  string
	Sub   string
	Year  string
	Found string // equal, prefix, contained or near
	By    string // the name that was found, where it is neither Name nor Sub
}

// searchPage finds titles, people, codes and subjects. One thing that an id names is
// shown at once.
func (s *pages) searchPage(r *http.Request, p *page) (any, error) {
	p.Query = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(r.URL.Query().Get("q"), "\x00", ""), ""))
	b := searchBody{Query: p.Query}
	if b.Query == "" {
		return b, nil
	}
	ids, err := s.titleIDs(r.Context(), b.Query)
	if err != nil {
		return nil, err
	}
	if len(ids) == 1 {
		return nil, redirect("/title/" + ids[0].String())
	}
	if name, err := messages.ParseName(b.Query); err == nil {
		return nil, redirect("/item/" + name.String())
	}
	b.Hits, err = s.search(r.Context(), b.Query)
	return b, err
}

// search finds titles and people by their names, as docs/data-model.md says.
func (s *pages) search(ctx context.Context, query string) ([]searchHit, error) {
	found, err := s.db.Search(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("searching names: %w", err)
	}
	byID, err := s.hits(ctx, found)
	if err != nil {
		return nil, err
	}
	hits := make([]searchHit, 0, len(found))
	for _, f := range found {
		hit, there := byID[f.ID]
		if !there {
			continue // it went between the two queries
		}
		hit.Found = f.Found
		if f.Name != hit.Name && f.Name != hit.Sub {
			hit.By = f.Name
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

// hits are the titles and people that were found, by id.
func (s *pages) hits(ctx context.Context, found []db.SearchRow) (map[uuid.UUID]searchHit, error) {
	ids := make([]uuid.UUID, 0, len(found))
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	titles, err := s.db.TitlesOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading the titles found: %w", err)
	}
	people, err := s.db.PeopleOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading the people found: %w", err)
	}
	byID := make(map[uuid.UUID]searchHit, len(found))
	for _, t := range titles {
		l := newTitleLine(t.ID, t.Kind, t.TitleKo, t.TitleEn, t.TitleOriginal, t.ProductionYear, t.ReleaseDate, t.UpdatedAt)
		byID[t.ID] = searchHit{Path: "/title/" + t.ID.String(), Kind: t.Kind, Name: l.Name, Sub: l.Sub, Year: l.Year}
	}
	for _, p := range people {
		byID[p.ID] = searchHit{Path: "/person/" + p.ID.String(), Kind: "person", Name: p.Name, Sub: p.NameEn}
	}
	return byID, nil
}

// titleID is the title that an id names, or the first of several. Error:
// [pgx.ErrNoRows].
func (s *pages) titleID(ctx context.Context, text string) (uuid.UUID, error) {
	ids, err := s.titleIDs(ctx, text)
	if err != nil {
		return uuid.Nil, err
	}
	if len(ids) == 0 {
		return uuid.Nil, pgx.ErrNoRows
	}
	return ids[0], nil
}

// titleIDs are the titles that an id names: ours, a code of KOBIS, a number of TMDB's
// with its kind before it, or IMDb's.
func (s *pages) titleIDs(ctx context.Context, text string) (ids []uuid.UUID, err error) {
	id, idErr := uuid.Parse(text)
	kind, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(text, "tmdb:"), "kobis:"), ":")
	tmdbID, numberErr := strconv.ParseInt(rest, 10, 32)
	switch {
	case idErr == nil:
		ids, err = s.db.FindTitle(ctx, id)
	case strings.HasPrefix(text, "tt"):
		ids, err = s.db.TitlesByIMDb(ctx, text)
	case strings.HasPrefix(text, "kobis:movie:"):
		ids, err = s.db.TitlesByCode(ctx, rest)
	case (kind == "movie" || kind == "series") && numberErr == nil:
		tmdb := int32(tmdbID)
		ids, err = s.db.TitlesByTMDB(ctx, db.TitlesByTMDBParams{Kind: kind, TmdbID: &tmdb})
	default:
		ids, err = s.db.TitlesByCode(ctx, text)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the title: %w", err)
	}
	return ids, nil
}
