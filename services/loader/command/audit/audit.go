// Package audit counts in production what a reader of credits would notice, by kind. It
// reads one snapshot, and changes nothing.
package audit

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Config is what the command audit takes.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
	JSON bool `flag:"json" help:"print it as JSON"`
}

// Finding is a kind of rows that a page of credits should not have to print.
type Finding struct {
	Place   int32  `json:"place"` // in the table of docs/credits.md
	Kind    string `json:"kind"`
	Found   int64  `json:"found"`
	Example string `json:"example"`
}

// Run counts in production what a reader of credits would notice, by kind. It reads
// only, and finds the same kinds in anybody's tables.
func Run(ctx context.Context, cfg Config) error {
	findings := []Finding{}
	err := database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, database.Snapshot, func(tx pgx.Tx) error {
			rows, err := db.New(tx).Audit(ctx)
			if err != nil {
				return fmt.Errorf("auditing production: %w", err)
			}
			for _, r := range rows {
				findings = append(findings, Finding(r))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, findings)
	}
	if len(findings) == 0 {
		_, err = io.WriteString(cfg.Stdout, "Nothing was found.\n")
		return err
	}
	t := screen.NewTable(screen.Width(cfg.Stdout), "What a reader of credits would notice", "", "kind", "rows", "for example")
	for _, f := range findings {
		t.Add(f.Place, f.Kind, f.Found, f.Example)
	}
	_, err = fmt.Fprintln(cfg.Stdout, t.Render())
	return err
}
