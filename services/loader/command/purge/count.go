package purge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/staging"
)

// purgedSubjects are what a purge empties, by stream.
var purgedSubjects = map[string][]string{
	topology.StreamRaw: {topology.RawOf(messages.TMDB)},
	topology.StreamDead: {
		messages.DeadSubject(topology.RawOf(messages.TMDB)), messages.DeadSubject(topology.JobsOf(messages.TMDB)),
	},
}

// agree reports whether the purge is to go on. In a dry run it prints what would go;
// without --yes it does too, and asks.
func (c Config) agree(ctx context.Context, t *command.Session, now time.Time) (bool, error) {
	if c.Yes && !c.DryRun {
		return true, nil
	}
	counted, err := count(ctx, t, now)
	if err != nil {
		return false, err
	}
	if c.DryRun {
		return false, counted.print(c)
	}
	where := t.DB.Config()
	fmt.Fprintf(c.Stderr, "What came from %s goes from database %s of %s and from NATS at %s:\n",
		c.Source, where.Database, where.Host, t.Runtime.NATS.ConnectedUrlRedacted())
	counted.list(c.Stderr, "")
	err = c.Confirm(ctx, false, "It goes for good: no replay and no backup brings it back.")
	return err == nil, err
}

// count says what a purge would remove now.
func count(ctx context.Context, t *command.Session, now time.Time) (Result, error) {
	counted := Result{Rows: make(map[string]int64), Messages: make(map[string]int)}
	upTo := now.UTC().Add(staging.TmdbKeep)
	rows, err := db.New(t.DB).CountTmdb(ctx, &upTo)
	if err != nil {
		return counted, fmt.Errorf("counting what would go: %w", err)
	}
	for _, row := range rows {
		counted.Rows[row.Name] = row.N
	}
	for stream, subjects := range purgedSubjects {
		counted.Messages[stream] = 0
		s, err := t.Runtime.JS.Stream(ctx, stream)
		if err != nil {
			return counted, fmt.Errorf("looking up stream %s: %w", stream, err)
		}
		for _, subject := range subjects {
			info, err := s.Info(ctx, jetstream.WithSubjectFilter(subject))
			if err != nil {
				return counted, fmt.Errorf("looking at %s of stream %s: %w", subject, stream, err)
			}
			for _, n := range info.State.Subjects {
				counted.Messages[stream] += int(n)
			}
		}
	}
	return counted, nil
}

// print writes the result of a purge, or of a dry run.
func (p Result) print(cfg Config) error {
	if cfg.JSON {
		return json.NewEncoder(cfg.Stdout).Encode(p)
	}
	if cfg.DryRun {
		p.list(cfg.Stdout, " would be removed")
		_, err := fmt.Fprintln(cfg.Stdout, "Nothing was removed.")
		return err
	}
	p.list(cfg.Stdout, " removed")
	_, err := fmt.Fprintf(cfg.Stdout, "nothing fetched up to %s is loaded again\n", p.Floor.Format(time.RFC3339Nano))
	return err
}

func (p Result) list(out io.Writer, verdict string) {
	for _, table := range slices.Sorted(maps.Keys(p.Rows)) {
		fmt.Fprintf(out, "%-32s %8d rows%s\n", table, p.Rows[table], verdict)
	}
	for _, stream := range slices.Sorted(maps.Keys(p.Messages)) {
		fmt.Fprintf(out, "%-32s %8d messages%s\n", stream, p.Messages[stream], verdict)
	}
}
