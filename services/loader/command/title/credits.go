package title

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/command"
	listing "github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Page is a title as a page of credits prints it.
type Page struct {
	ID        uuid.UUID     `json:"id"`
	Kind      string        `json:"kind"` // movie or series
	Title     string        `json:"title"`
	TitleEn   string        `json:"title_en,omitempty"`
	Year      int32         `json:"year,omitempty"` // of production, else of the release
	Grade     string        `json:"grade,omitempty"`
	Adult     bool          `json:"adult,omitempty"`
	Seasons   int32         `json:"seasons,omitempty"` // of a series, specials aside
	Countries []string      `json:"countries"`
	Genres    []string      `json:"genres"`
	Credits   []PrintedJob  `json:"credits"`
	Companies []PrintedFirm `json:"companies"`
}

// PrintedJob is a job with the people who did it, in order.
type PrintedJob struct {
	Department string          `json:"department"`
	Job        string          `json:"job"`
	People     []PrintedPerson `json:"people"`
}

// PrintedPerson is somebody in a job.
type PrintedPerson struct {
	Name     string   `json:"name"` // in Hangul, else in Latin letters, else in its own script
	NameEn   string   `json:"name_en,omitempty"`
	NameOrig string   `json:"name_original,omitempty"` // in a third script, not printed
	Part     string   `json:"part,omitempty"`
	PartEn   string   `json:"part_en,omitempty"`
	Remarks  []string `json:"remarks,omitempty"`
	Episodes int32    `json:"episodes,omitempty"`
	// Seasons are those of a series in which somebody is, in order.
	Seasons []listing.Appearance `json:"seasons,omitempty"`
	TmdbID  int32                `json:"tmdb_id,omitempty"`
	Sources []string             `json:"sources"`
}

// PrintedFirm is a company in a role.
type PrintedFirm struct {
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Sources []string `json:"sources"`
}

// credits prints the credits of titles from production, in the order of a page.
func credits(ctx context.Context, cfg Config) error {
	var pages []Page
	err := database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, database.Snapshot, func(tx pgx.Tx) error {
			for _, name := range cfg.Args[1:] {
				found, err := creditsPages(ctx, db.New(tx), name)
				if err != nil {
					return fmt.Errorf("printing the credits of title %s: %w", name, err)
				}
				if len(found) == 0 {
					return fmt.Errorf("%w: %s", errNoTitle, name)
				}
				pages = append(pages, found...)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, pages)
	}
	for i := range pages {
		if i > 0 {
			if _, err := fmt.Fprintln(cfg.Stdout); err != nil {
				return err
			}
		}
		if err := pages[i].write(cfg.Stdout); err != nil {
			return err
		}
	}
	return nil
}

// creditsPages are those of a film and of a series, where the name is a number of both.
func creditsPages(ctx context.Context, q *db.Queries, name string) ([]Page, error) {
	which, _ := titleOf(name)
	titles, err := q.FindTitles(ctx, db.FindTitlesParams{ID: which.ID, MovieCd: which.MovieCd, TmdbID: which.TmdbID, Kind: which.Kind})
	if err != nil {
		return nil, fmt.Errorf("looking for the title: %w", err)
	}
	pages := make([]Page, 0, len(titles))
	for _, t := range titles {
		page, err := creditsPage(ctx, q, t.ID, t.Kind)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

func creditsPage(ctx context.Context, q *db.Queries, id uuid.UUID, kind string) (Page, error) {
	title, err := q.PageTitle(ctx, id)
	if err != nil {
		return Page{}, fmt.Errorf("reading production.titles: %w", err)
	}
	page := Page{
		ID: id, Kind: kind, Title: title.Title, TitleEn: title.TitleEn, Grade: title.Grade, Adult: title.Adult, Countries: title.Countries,
		Seasons: title.Seasons,
		Credits: []PrintedJob{}, Companies: []PrintedFirm{},
	}
	switch {
	case title.ProductionYear != nil:
		page.Year = *title.ProductionYear
	case title.ReleaseDate != nil:
		page.Year = int32(title.ReleaseDate.In(time.UTC).Year())
	}
	if err := page.readCredits(ctx, q); err != nil {
		return page, err
	}
	companies, err := q.PageCompanies(ctx, id)
	if err != nil {
		return page, fmt.Errorf("reading production.title_companies: %w", err)
	}
	for _, c := range companies {
		page.Companies = append(page.Companies, PrintedFirm{c.Name, c.Role, c.Sources})
	}
	if page.Genres, err = q.PageGenres(ctx, id); err != nil {
		return page, fmt.Errorf("reading production.title_genres: %w", err)
	}
	return page, nil
}

func (p *Page) readCredits(ctx context.Context, q *db.Queries) error {
	rows, err := q.PageCredits(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("reading production.credits: %w", err)
	}
	for _, r := range rows {
		last := len(p.Credits) - 1
		if last < 0 || p.Credits[last].Department != r.Department || p.Credits[last].Job != r.Job {
			p.Credits, last = append(p.Credits, PrintedJob{Department: r.Department, Job: r.Job}), last+1
		}
		job := &p.Credits[last]
		var seasons []listing.Appearance
		if err := json.Unmarshal(r.Seasons, &seasons); len(r.Seasons) > 0 && err != nil {
			return fmt.Errorf("decoding seasons in production.credits: %w", err)
		}
		part, partEn := cmp.Or(r.CharacterKo, r.CharacterEn), r.CharacterEn
		if part == partEn {
			partEn = ""
		}
		job.People = append(job.People, PrintedPerson{
			Name: r.Name, NameEn: r.NameEn, NameOrig: r.NameOriginal, Part: part, PartEn: partEn, Remarks: r.Remarks, Episodes: r.Episodes,
			Seasons: seasons, TmdbID: r.Person, Sources: r.Sources,
		})
	}
	return nil
}

func (p *Page) write(w io.Writer) error {
	heading := p.Title
	if p.TitleEn != "" && p.TitleEn != p.Title {
		heading += " (" + p.TitleEn + ")"
	}
	about := append([]string{p.Kind}, p.Genres...)
	if p.Year != 0 {
		about = append(about, fmt.Sprint(p.Year))
	}
	if len(p.Countries) > 0 {
		about = append(about, strings.Join(p.Countries, " "))
	}
	if p.Grade != "" {
		about = append(about, p.Grade)
	}
	if p.Adult {
		about = append(about, "adult")
	}
	lines := []string{heading, strings.Join(about, ", ")}
	department, whole := "", p.whole()
	for _, job := range p.Credits {
		if job.Department != department {
			department = job.Department
			lines = append(lines, "", department)
		}
		lines = append(lines, "  "+job.Job)
		for i := range job.People {
			lines = append(lines, "    "+job.People[i].line(p.Seasons > 1 && (whole || job.People[i].accounted())))
		}
	}
	if len(p.Companies) > 0 {
		lines = append(lines, "", "companies")
	}
	for _, c := range p.Companies {
		lines = append(lines, fmt.Sprintf("    %s: %s [%s]", c.Role, c.Name, strings.Join(c.Sources, " ")))
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// whole reports whether every season of a series is known.
func (p *Page) whole() bool {
	known := make(map[int32]bool)
	for _, job := range p.Credits {
		for i := range job.People {
			for _, a := range job.People[i].Seasons {
				known[a.Season] = true
			}
		}
	}
	return len(known) >= int(p.Seasons)
}

// accounted reports whether the seasons that are known have all episodes of a credit.
// While others are to come, those of somebody else would look like all there are.
func (p *PrintedPerson) accounted() bool {
	sum := int32(0)
	for _, a := range p.Seasons {
		sum += a.Episodes
	}
	return sum > 0 && sum >= p.Episodes
}

// line is somebody as a page prints it, with the seasons where they are asked for; a
// number is TMDB's.
func (p *PrintedPerson) line(seasons bool) string {
	text := p.Name
	if p.NameEn != "" {
		text += " " + p.NameEn
	}
	if p.Part != "" {
		text += " … " + p.Part
		if p.PartEn != "" {
			text += " / " + p.PartEn
		}
	}
	if len(p.Remarks) > 0 {
		text += " (" + strings.Join(p.Remarks, ", ") + ")"
	}
	if p.Episodes > 0 {
		text += fmt.Sprintf(", %d episodes", p.Episodes)
		if p.Episodes == 1 {
			text = strings.TrimSuffix(text, "s")
		}
	}
	if seasons {
		text += seasonsOf(p.Seasons)
	}
	text += " [" + strings.Join(p.Sources, " ")
	if p.TmdbID != 0 {
		text += fmt.Sprintf(" %d", p.TmdbID)
	}
	return text + "]"
}

// seasonsOf names the seasons of a credit, in ranges; nothing where none is known.
func seasonsOf(list []listing.Appearance) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return fmt.Sprint(", season ", list[0].Season)
	}
	var ranges []string
	for i := 0; i < len(list); {
		last := i
		for last+1 < len(list) && list[last+1].Season == list[last].Season+1 {
			last++
		}
		if last > i {
			ranges = append(ranges, fmt.Sprintf("%d-%d", list[i].Season, list[last].Season))
		} else {
			ranges = append(ranges, fmt.Sprint(list[i].Season))
		}
		i = last + 1
	}
	return ", seasons " + strings.Join(ranges, ", ")
}
