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
	Name     string   `json:"name"`
	NameEn   string   `json:"name_en,omitempty"`
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

// credits prints the credits of a title from production, in the order of a page.
func credits(ctx context.Context, cfg Config) error {
	which, _ := titleOf(cfg.Args[1])
	var pages []Page
	err := database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, database.Snapshot, func(tx pgx.Tx) error {
			q := db.New(tx)
			titles, err := q.FindTitles(ctx, db.FindTitlesParams{ID: which.ID, MovieCd: which.MovieCd, TmdbID: which.TmdbID, Kind: which.Kind})
			if err != nil {
				return fmt.Errorf("looking for the title: %w", err)
			}
			for _, t := range titles {
				page, err := creditsPage(ctx, q, t.ID, t.Kind)
				if err != nil {
					return err
				}
				pages = append(pages, page)
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("printing the credits of title %s: %w", cfg.Args[1], err)
	}
	if len(pages) == 0 {
		return fmt.Errorf("%w: %s", errNoTitle, cfg.Args[1])
	}
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, pages)
	}
	for i := range pages {
		if err := pages[i].write(cfg.Stdout); err != nil {
			return err
		}
	}
	return nil
}

func creditsPage(ctx context.Context, q *db.Queries, id uuid.UUID, kind string) (Page, error) {
	title, err := q.PageTitle(ctx, id)
	if err != nil {
		return Page{}, fmt.Errorf("reading production.titles: %w", err)
	}
	page := Page{
		ID: id, Kind: kind, Title: title.Title, TitleEn: title.TitleEn, Grade: title.Grade, Adult: title.Adult, Countries: title.Countries,
		Credits: []PrintedJob{}, Companies: []PrintedFirm{},
	}
	switch {
	case title.ProductionYear != nil:
		page.Year = *title.ProductionYear
	case title.ReleaseDate != nil:
		page.Year = int32(title.ReleaseDate.In(time.UTC).Year())
	}
	rows, err := q.PageCredits(ctx, id)
	if err != nil {
		return page, fmt.Errorf("reading production.credits: %w", err)
	}
	for _, r := range rows {
		last := len(page.Credits) - 1
		if last < 0 || page.Credits[last].Department != r.Department || page.Credits[last].Job != r.Job {
			page.Credits, last = append(page.Credits, PrintedJob{Department: r.Department, Job: r.Job}), last+1
		}
		job := &page.Credits[last]
		var seasons []listing.Appearance
		if err := json.Unmarshal(r.Seasons, &seasons); len(r.Seasons) > 0 && err != nil {
			return page, fmt.Errorf("decoding seasons in production.credits: %w", err)
		}
		part, partEn := cmp.Or(r.CharacterKo, r.CharacterEn), r.CharacterEn
		if part == partEn {
			partEn = ""
		}
		job.People = append(job.People, PrintedPerson{
			Name: r.Name, NameEn: r.NameEn, Part: part, PartEn: partEn, Remarks: r.Remarks, Episodes: r.Episodes, Seasons: seasons, TmdbID: r.Person, Sources: r.Sources,
		})
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
	department := ""
	for _, job := range p.Credits {
		if job.Department != department {
			department = job.Department
			lines = append(lines, "", department)
		}
		lines = append(lines, "  "+job.Job)
		for i := range job.People {
			lines = append(lines, "    "+job.People[i].line())
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

// line is somebody as a page prints it; a number is TMDB's.
func (p *PrintedPerson) line() string {
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
	text += seasonsOf(p.Seasons)
	text += " [" + strings.Join(p.Sources, " ")
	if p.TmdbID != 0 {
		text += fmt.Sprintf(" %d", p.TmdbID)
	}
	return text + "]"
}

// seasonsOf names the seasons of a credit, in ranges; nothing for a series of one.
func seasonsOf(list []listing.Appearance) string {
	if len(list) == 0 || len(list) == 1 && list[0].Season == 1 {
		return ""
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
