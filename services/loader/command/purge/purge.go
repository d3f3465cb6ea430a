// Package purge removes everything that came from a source, for good.
//
// It may be interrupted anywhere and run again: a floor that is set first keeps what is
// left from being loaded.
package purge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/staging"
)

// Config is what a purge takes.
type Config struct {
	service.LogConfig
	service.NATSConfig
	database.Config
	service.Waiting
	service.Streams
	Source string `flag:"source" help:"the source whose data goes: tmdb"`
	DryRun bool   `flag:"dry-run" help:"only print what would go"`
	Yes    bool   `flag:"yes" help:"do not ask first"`
	JSON   bool   `flag:"json" help:"print the result as JSON"`
	// Now is the clock of the floor and of updated_at; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// Validate refuses any other source: KOBIS is what titles stand on.
func (c Config) Validate() []error {
	if c.Source != string(messages.TMDB) {
		return []error{&service.Problem{Variable: "--source", Expected: "tmdb, the source whose terms ask for a purge"}}
	}
	return nil
}

// Result is the result of a purge.
type Result struct {
	Floor    time.Time        `json:"floor,omitzero"` // nothing that was fetched up to it is ever loaded again; zero in a dry run
	Rows     map[string]int64 `json:"rows"`           // removed, by table
	Messages map[string]int   `json:"messages"`       // removed, by stream
}

// Run removes everything that came from a source: its answers in raw.payloads,
// its rows of staging, what production holds of it, and its messages in RAW and
// DEAD. A floor keeps it out whatever is replayed. Titles of KOBIS films stay,
// without what TMDB gave them; what people decided in curation stays. A fetcher
// that goes on fetching brings new data, so it is to be stopped first.
func Run(ctx context.Context, cfg Config) (err error) {
	t, err := command.Open(ctx, "loader-purge", cfg.LogConfig, cfg.NATSConfig, cfg.URL, cfg.Wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close(ctx)) }()
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	if agreed, err := cfg.agree(ctx, t, now()); err != nil || !agreed {
		return err
	}
	purged := Result{Rows: make(map[string]int64), Messages: make(map[string]int)}
	if err := purged.remove(ctx, t, now().UTC()); err != nil {
		return err
	}
	// Production is brought to what is left, whether or not a loader runs.
	titles, err := derive.DrainAll(ctx, t.DB, titlesAtOnce, now)
	if err != nil {
		return err
	}
	purged.Rows["production.titles, derived again"] = titles
	return purged.print(cfg)
}

// remove removes what came from the source: the rows first, which lead to the rest.
func (p *Result) remove(ctx context.Context, t *command.Session, now time.Time) error {
	if err := pgx.BeginFunc(ctx, t.DB, func(tx pgx.Tx) error { return p.tables(ctx, db.New(tx), now) }); err != nil {
		return fmt.Errorf("purging the tables: %w", err)
	}
	if err := p.payloads(ctx, t.DB); err != nil {
		return err
	}
	return p.streams(ctx, t.Runtime.JS)
}

// tables takes the lock that every landing transaction passes, so that what is
// removed here is not added at the same time.
func (p *Result) tables(ctx context.Context, q *db.Queries, now time.Time) error {
	if err := q.LockFloors(ctx); err != nil {
		return fmt.Errorf("locking the floors: %w", err)
	}
	var err error
	if p.Floor, err = q.SetFloor(ctx, db.SetFloorParams{Source: string(messages.TMDB), Floor: now}); err != nil {
		return fmt.Errorf("setting the floor: %w", err)
	}
	if _, err := q.MarkTmdbTitles(ctx, now); err != nil {
		return fmt.Errorf("marking titles: %w", err)
	}
	for _, step := range []struct {
		table  string
		remove func(context.Context) (int64, error)
	}{
		{"production.credits", q.DeleteTmdbCredits},
		{"production.people", q.DeleteProductionPeople},
		{"production.title_companies", q.DeleteTmdbTitleCompanies},
		{"production.companies", q.DeleteProductionTmdbCompanies},
		{"production.title_genres", q.DeleteTmdbTitleGenres},
		{"production.genres", q.DeleteTmdbGenres},
		{"staging.tmdb_searches", q.DeleteTmdbSearches},
		{"staging.tmdb_movies", q.DeleteTmdbMovies},
		{"staging.tmdb_series", q.DeleteTmdbSeries},
		{"staging.tmdb_seasons", q.DeleteTmdbSeasons},
		{"staging.tmdb_persons", q.DeleteTmdbPersons},
		{"staging.tmdb_discover_pages", q.DeleteTmdbDiscoverPages},
		{"staging.tmdb_people", q.DeleteTmdbPeople},
		{"staging.tmdb_companies", q.DeleteTmdbCompanies},
		{"staging.kept_fields", q.DeleteTmdbKeptFields},
	} {
		rows, err := step.remove(ctx)
		if err != nil {
			return fmt.Errorf("emptying %s: %w", step.table, err)
		}
		p.Rows[step.table] = rows
	}
	return nil
}

// payloads removes the answers themselves, some at a time: the floor stands, so
// the loader has not to wait for it, and what is left by an interruption is
// removed by the next purge.
func (p *Result) payloads(ctx context.Context, conn *pgx.Conn) error {
	upToFloor := p.Floor.Add(staging.TmdbKeep)
	for {
		rows, err := db.New(conn).ExpirePayloads(ctx, db.ExpirePayloadsParams{Now: &upToFloor, Most: payloadsAtOnce})
		if err != nil {
			return fmt.Errorf("emptying raw.payloads: %w", err)
		}
		if p.Rows["raw.payloads"] += rows; rows == 0 {
			return nil
		}
	}
}

// streams empties the source's subjects. They are counted before: the server's
// answer to a purge does not reach this far.
func (p *Result) streams(ctx context.Context, js jetstream.JetStream) error {
	for stream, subjects := range purgedSubjects {
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return fmt.Errorf("looking up stream %s: %w", stream, err)
		}
		before := s.CachedInfo().State.Msgs
		for _, subject := range subjects {
			if err := s.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
				return fmt.Errorf("purging %s of stream %s: %w", subject, stream, err)
			}
		}
		info, err := s.Info(ctx)
		if err != nil {
			return fmt.Errorf("looking at stream %s: %w", stream, err)
		}
		p.Messages[stream] = int(before) - int(info.State.Msgs)
	}
	return nil
}

const (
	titlesAtOnce   = 500
	payloadsAtOnce = 1_000
)
