// Package migrate brings the database up to this program's schema. A migration that fails
// changes nothing, and those before it stay.
package migrate

import (
	"context"
	"fmt"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/database"
)

// Config is what migrating takes. The role of the URL owns the tables.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
}

// Run applies the migrations that the database lacks and prints their names.
func Run(ctx context.Context, cfg Config) error {
	config, err := database.Parse(cfg.URL)
	if err != nil {
		return err
	}
	conn, err := schema.Connect(ctx, config, cfg.Wait)
	if err != nil {
		return err
	}
	if err := conn.Close(ctx); err != nil {
		return fmt.Errorf("closing the first session: %w", err)
	}
	applied, err := schema.Migrate(ctx, cfg.URL)
	for _, name := range applied {
		fmt.Fprintln(cfg.Stdout, "applied", name)
	}
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	if len(applied) == 0 {
		fmt.Fprintln(cfg.Stdout, "the database is up to date")
	}
	if err := warn(ctx, cfg); err != nil {
		fmt.Fprintln(cfg.Stderr, "whether names can be searched is not known:", err)
	}
	return nil
}

// warn says what the database lacks without which something is slower.
func warn(ctx context.Context, cfg Config) error {
	config, err := database.Parse(cfg.URL)
	if err != nil {
		return err
	}
	conn, err := schema.Connect(ctx, config, cfg.Wait)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written
	var problem *string
	if err := conn.QueryRow(ctx, "SELECT production.search_problem()").Scan(&problem); err != nil {
		return err
	}
	if problem != nil {
		fmt.Fprintln(cfg.Stderr, "searching for the middle of a name reads all names:", *problem)
	}
	return nil
}
