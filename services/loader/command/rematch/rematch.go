// Package rematch applies this program's rules of matching to what is stored, without
// one API call.
//
// It reads one snapshot and writes through marks, so it may be interrupted and run again,
// beside a loader or without one.
package rematch

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
)

// Config is what matching again takes.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
	DryRun bool `flag:"dry-run" help:"only print what would change"`
	JSON   bool `flag:"json" help:"print the result as JSON, with every film that changes"`
}

const (
	pageFilms = 500
	// sampleFilms is how many films of each change the table shows.
	sampleFilms = 10
)

// Result is what a new rule version changes.
type Result struct {
	RuleVersion int32 `json:"rule_version"`
	Films       int   `json:"films"`    // looked at
	Outdated    int   `json:"outdated"` // whose row is written again, if only for its score or rule version
	Written     bool  `json:"written"`  // false: a dry run
	// What changes for a reader of production, by film.
	New     []derive.Rematched `json:"new"`     // matched now
	Lost    []derive.Rematched `json:"lost"`    // no longer matched
	Changed []derive.Rematched `json:"changed"` // matched to another record
	Other   []derive.Rematched `json:"other"`   // between review, none and banned

	marks []string
}

// Run decides on every film again, with the rules of this program, from what is
// stored: without one API call. It prints what changes; unless it is a dry run, it
// then derives the films whose verdict is not what is stored, whether or not a
// loader runs. What people decided stands above the rules as ever. It may be
// interrupted and run again.
func Run(ctx context.Context, cfg Config) error {
	return database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		result := Result{
			RuleVersion: match.RuleVersion, New: []derive.Rematched{}, Lost: []derive.Rematched{}, Changed: []derive.Rematched{},
			Other: []derive.Rematched{},
		}
		if err := result.decide(ctx, conn); err != nil {
			return err
		}
		result.Written = !cfg.DryRun
		if err := result.print(cfg); err != nil || cfg.DryRun {
			return err
		}
		return result.apply(ctx, conn)
	})
}

// decide looks at all films in one snapshot, with a connection for each processor:
// reading and comparing take turns on each.
func (r *Result) decide(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginTxFunc(ctx, conn, database.Snapshot, func(tx pgx.Tx) error {
		pages, err := filmPages(ctx, db.New(tx))
		if err != nil {
			return err
		}
		snapshot, err := db.New(tx).ExportSnapshot(ctx)
		if err != nil {
			return fmt.Errorf("sharing the snapshot: %w", err)
		}
		found := make([][]derive.Rematched, len(pages))
		var next atomic.Int64
		group, ctx := errgroup.WithContext(ctx)
		for range min(runtime.GOMAXPROCS(0), len(pages)) {
			group.Go(func() error {
				return inSnapshot(ctx, conn.Config(), snapshot, func(q *db.Queries) error {
					for i := next.Add(1) - 1; i < int64(len(pages)); i = next.Add(1) - 1 {
						page, err := derive.Rematch(ctx, q, pages[i])
						if err != nil {
							return fmt.Errorf("matching again: %w", err)
						}
						found[i] = page
					}
					return nil
				})
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for _, film := range slices.Concat(found...) {
			r.add(film)
		}
		return nil
	})
}

// filmPages lists all films that KOBIS ever had.
func filmPages(ctx context.Context, q *db.Queries) (pages [][]string, err error) {
	after := ""
	for {
		films, err := q.NextFilms(ctx, db.NextFilmsParams{After: after, PageSize: pageFilms})
		if err != nil {
			return nil, fmt.Errorf("reading the next films: %w", err)
		}
		if len(films) == 0 {
			return pages, nil
		}
		pages, after = append(pages, films), films[len(films)-1]
	}
}

// inSnapshot runs on a connection of its own that sees what another transaction does.
func inSnapshot(ctx context.Context, config *pgx.ConnConfig, snapshot string, run func(*db.Queries) error) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it only read
	return pgx.BeginTxFunc(ctx, conn, database.Snapshot, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET TRANSACTION SNAPSHOT '"+snapshot+"'"); err != nil {
			return fmt.Errorf("joining the snapshot: %w", err)
		}
		return run(db.New(tx))
	})
}

func (r *Result) add(film derive.Rematched) {
	r.Films++
	if film.Outdated() {
		r.Outdated++
		r.marks = append(r.marks, identity.KobisMovie+film.MovieCd)
	}
	switch before, after := film.Before.TmdbID != nil, film.After.TmdbID != nil; {
	case !film.Differs():
	case after && !before:
		r.New = append(r.New, film)
	case before && !after:
		r.Lost = append(r.Lost, film)
	case before && *film.Before.TmdbID != *film.After.TmdbID:
		r.Changed = append(r.Changed, film)
	default:
		r.Other = append(r.Other, film)
	}
}

// apply marks what is outdated and derives it, together with whatever else is
// marked.
func (r *Result) apply(ctx context.Context, conn *pgx.Conn) error {
	for page := range slices.Chunk(r.marks, pageFilms) {
		if err := db.New(conn).Mark(ctx, db.MarkParams{Keys: page, MarkedAt: time.Now().UTC()}); err != nil {
			return fmt.Errorf("marking films: %w", err)
		}
	}
	_, err := derive.DrainAll(ctx, conn, pageFilms, time.Now)
	return err
}

func (r *Result) print(cfg Config) error {
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, r)
	}
	width := screen.Width(cfg.Stdout)
	summary := screen.NewTable(width, fmt.Sprintf("Rules of version %d", r.RuleVersion), "what", "films")
	for _, row := range []struct {
		what  string
		films int
	}{
		{"looked at", r.Films},
		{"outdated, if only in score or rule version", r.Outdated},
		{"new: matched now", len(r.New)},
		{"lost: no longer matched", len(r.Lost)},
		{"changed: matched to another record", len(r.Changed)},
		{"other: between review, none and banned", len(r.Other)},
	} {
		summary.Add(row.what, row.films)
	}
	parts := []string{summary.Render()}
	for _, group := range []struct {
		title string
		films []derive.Rematched
	}{{"New", r.New}, {"Lost", r.Lost}, {"Changed", r.Changed}, {"Other", r.Other}} {
		if len(group.films) > 0 {
			parts = append(parts, samples(width, group.title, group.films))
		}
	}
	if cfg.DryRun {
		parts = append(parts, "Nothing was written.")
	}
	_, err := io.WriteString(cfg.Stdout, strings.Join(parts, "\n")+"\n")
	return err
}

func samples(width int, title string, films []derive.Rematched) string {
	if len(films) > sampleFilms {
		title = fmt.Sprintf("%s, %d of %d", title, sampleFilms, len(films))
	}
	t := screen.NewTable(width, title, "film", "title", "before", "after", "why")
	for _, f := range films[:min(len(films), sampleFilms)] {
		t.Add(f.MovieCd, f.Title, decision(f.Before), decision(f.After), f.Reason)
	}
	return t.Render()
}

func decision(d derive.Decision) string {
	return fmt.Sprintf("%s%s (%.3f)", d.Status, command.OnRecord(d.TmdbID), d.Score)
}
