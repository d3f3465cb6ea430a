// Package hold lists the kinds of answers that are held because too many broke their
// contract, and lets one go on.
package hold

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Config is what the command hold takes.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
	JSON bool     `flag:"json" help:"print the kinds as JSON"`
	Args []string `args:"list | release SOURCE.KIND"`
}

// The actions of the command hold.
const (
	actionList    = "list"
	actionRelease = "release"
)

// Validate checks the arguments.
func (c Config) Validate() []error {
	switch {
	case len(c.Args) == 1 && c.Args[0] == actionList:
		return nil
	case len(c.Args) == 2 && c.Args[0] == actionRelease && kindName(c.Args[1]).Kind != "":
		return nil
	}
	return []error{&service.Problem{Variable: "arguments", Expected: "list, or release and a kind such as tmdb.movie-detail"}}
}

// kind is one whose answers wait to be loaded.
type kind struct {
	Kind    string     `json:"kind"`            // SOURCE.KIND
	Since   *time.Time `json:"since,omitempty"` // nil where it is held no longer and a running loader loads what waits
	Reason  string     `json:"reason,omitempty"`
	Waiting int64      `json:"waiting"` // answers
}

// Run lists the kinds that are held, or lets one go on at once. What waited is
// loaded by a running loader.
func Run(ctx context.Context, cfg Config) error {
	return database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		if cfg.Args[0] == actionRelease {
			return release(ctx, conn, cfg)
		}
		rows, err := db.New(conn).Holds(ctx)
		if err != nil {
			return fmt.Errorf("reading ops.holds and raw.held: %w", err)
		}
		kinds := make([]kind, 0, len(rows))
		for _, r := range rows {
			kinds = append(kinds, kind{r.Source + "." + r.Kind, r.HeldSince, r.Reason, r.Waiting})
		}
		if cfg.JSON {
			return command.PrintJSON(cfg.Stdout, kinds)
		}
		return printHolds(cfg, kinds)
	})
}

func release(ctx context.Context, conn *pgx.Conn, cfg Config) error {
	name := kindName(cfg.Args[1])
	n, err := db.New(conn).ReleaseKind(ctx, db.ReleaseKindParams{Source: string(name.Source), Kind: string(name.Kind)})
	if err != nil {
		return fmt.Errorf("releasing %s: %w", cfg.Args[1], err)
	}
	if n == 0 {
		return fmt.Errorf("%w: %s", errNotHeld, cfg.Args[1])
	}
	_, err = fmt.Fprintf(cfg.Stdout, "%s is loaded again, and so is what waited.\n", cfg.Args[1])
	return err
}

func printHolds(cfg Config, kinds []kind) error {
	if len(kinds) == 0 {
		_, err := fmt.Fprintln(cfg.Stdout, "No kind is held.")
		return err
	}
	t := screen.NewTable(screen.Width(cfg.Stdout), "", "kind", "held since", "answers that wait", "the last breach")
	for _, k := range kinds {
		since := "no longer"
		if k.Since != nil {
			since = k.Since.UTC().Format(time.DateTime)
		}
		t.Add(k.Kind, since, k.Waiting, k.Reason)
	}
	_, err := fmt.Fprintln(cfg.Stdout, t.Render())
	return err
}

var errNotHeld = errors.New("that kind is not held")

func kindName(text string) messages.Name {
	source, kind, _ := strings.Cut(text, ".")
	return messages.Name{Source: messages.Source(source), Kind: messages.Kind(kind)}
}
