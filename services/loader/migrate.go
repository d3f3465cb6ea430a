package loader

import (
	"context"
	"fmt"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
)

// MigrateConfig is what migrating takes. The role of the URL owns the tables.
type MigrateConfig struct {
	Database
	service.Streams
}

// Migrate applies the migrations that the database lacks and prints their names.
func Migrate(ctx context.Context, cfg MigrateConfig) error {
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
	return nil
}
