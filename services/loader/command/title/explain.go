// Package title shows where each field of a title is from, and its credits as a page
// prints them. It reads one snapshot, and changes nothing.
package title

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/merge"
)

// Config is what the command title takes.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
	JSON bool     `flag:"json" help:"print it as JSON"`
	Args []string `args:"explain|credits TITLE..."`
}

// The actions of the command title.
const (
	actionExplain = "explain"
	actionCredits = "credits"
)

const titleExpected = "a title's id, a film's code at KOBIS, or a number of TMDB such as 496243, tmdb:movie:496243 or tmdb:series:93405"

// Validate checks the arguments.
func (c Config) Validate() []error {
	if len(c.Args) < 2 || c.Args[0] != actionCredits && (c.Args[0] != actionExplain || len(c.Args) != 2) {
		return []error{&service.Problem{Variable: "arguments", Expected: "explain or credits, and a title"}}
	}
	for _, name := range c.Args[1:] {
		if _, ok := titleOf(name); ok {
			continue
		}
		expected := titleExpected
		if strings.HasPrefix(name, identity.KobisMovie) {
			expected = "behind kobis:movie: " + command.MovieCd + "; a number of TMDB stands behind tmdb:movie: or tmdb:series:"
		}
		return []error{&service.Problem{Variable: "TITLE", Expected: expected}}
	}
	return nil
}

// titleOf reads a name of a title. Eight digits are a film of KOBIS; a number of
// TMDB that long is written with its prefix.
func titleOf(name string) (derive.Which, bool) {
	name, prefixed := strings.CutPrefix(name, identity.KobisMovie)
	if code, ok := contract.MovieCd(name); ok || prefixed {
		return derive.Which{MovieCd: code}, ok
	}
	if id, ok := identity.ParseNumber(identity.TmdbMovie, name); ok {
		return derive.Which{TmdbID: id, Kind: merge.KindMovie}, true
	}
	if id, ok := identity.ParseNumber(identity.TmdbSeries, name); ok {
		return derive.Which{TmdbID: id, Kind: merge.KindSeries}, true
	}
	if id, err := strconv.ParseInt(name, 10, 32); err == nil && id > 0 {
		return derive.Which{TmdbID: int32(id)}, true
	}
	id, err := uuid.Parse(name)
	return derive.Which{ID: id}, err == nil
}

// Run runs the command.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Args[0] == actionCredits {
		return credits(ctx, cfg)
	}
	return explain(ctx, cfg)
}

// explain shows for each field of a title its value, the source, the answer
// that it stands on and the rule that chose it. Without a kind, a number of TMDB
// names a film and a series: both are shown.
func explain(ctx context.Context, cfg Config) error {
	which, _ := titleOf(cfg.Args[1])
	var titles []derive.Explanation
	err := database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, database.Snapshot, func(tx pgx.Tx) (err error) {
			titles, err = derive.Explain(ctx, tx, which)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("explaining title %s: %w", cfg.Args[1], err)
	}
	if len(titles) == 0 {
		return fmt.Errorf("%w: %s", errNoTitle, cfg.Args[1])
	}
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, titles)
	}
	for _, t := range titles {
		if err := printTitle(cfg.Stdout, t); err != nil {
			return err
		}
	}
	return nil
}

func printTitle(w io.Writer, t derive.Explanation) error {
	lines := []string{fmt.Sprintf("%s %s", t.Kind, t.ID)}
	if t.TmdbID != nil {
		lines[0] += fmt.Sprintf(", TMDB %d", *t.TmdbID)
	}
	for _, e := range t.Editions {
		line := fmt.Sprintf("  edition %s %s", e.MovieCd, e.Title)
		if e.ReleaseDate != nil {
			line += ", opened " + e.ReleaseDate.Format(time.DateOnly)
		}
		if e.IsMain {
			line += ", the main one"
		}
		lines = append(lines, line)
		for _, fact := range e.JoinedFacts {
			lines = append(lines, "    joined by title: "+fact)
		}
	}
	if t.MissingSince != nil {
		lines = append(lines, "Its source no longer has it, since "+t.MissingSince.UTC().Format(time.DateTime)+".")
	}
	if t.Pending {
		lines = append(lines, "Its facts have changed; what is shown is not in production yet.")
	}
	width := screen.Width(w)
	fields := screen.NewTable(width, "", "field", "value", "from", "rule")
	for _, f := range t.Fields {
		fields.Add(f.Field, shown(f.Value), fmt.Sprintf("%s, payload %d of %s", f.Source, f.PayloadID, f.FetchedAt.Format(time.DateTime)), f.Rule)
	}
	lines = append(lines, fields.Render())
	if len(t.Kept) > 0 {
		lines = append(lines, keptFields(width, t.Kept))
	}
	_, err := fmt.Fprintln(w, screen.Fold(strings.Join(lines, "\n"), width))
	return err
}

// keptFields shows what rests on other answers than the table above tells.
func keptFields(width int, kept []derive.Kept) string {
	fields := screen.NewTable(width, "Kept from other answers", "answer", "its field", "in the newest", "stands on", "fetched at")
	for _, k := range kept {
		payload, at := any("nothing"), ""
		if k.PayloadID != nil && k.FetchedAt != nil {
			payload, at = *k.PayloadID, k.FetchedAt.Format(time.DateTime)
		}
		fields.Add(k.Source+" "+k.Kind, k.Field, k.Why, payload, at)
	}
	return fields.Render()
}

// shown writes a value as production has it.
func shown(v any) string {
	switch v := v.(type) {
	case *time.Time:
		return v.Format(time.DateOnly)
	case []string:
		return strings.Join(v, ", ")
	}
	return command.Plain(v)
}
