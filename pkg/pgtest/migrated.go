package pgtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/cledit/pipeline/pkg/localpg"
	"github.com/cledit/pipeline/pkg/schema"
)

// template is the database that [Migrated] copies.
const template = "migrated"

var migrated = sync.OnceValue(migrateTemplate)

// Migrated returns the URL of a database of the test's own with the current
// schema and no rows. It is dropped when the test ends, whichever session is still
// connected.
func Migrated(tb testing.TB) string {
	tb.Helper()
	leaveOut(tb)
	if err := migrated(); err != nil {
		tb.Fatalf("preparing the test database: %v", err)
	}
	return create(tb, template)
}

// migrateTemplate makes the template, once for each test binary.
func migrateTemplate() error {
	c, err := shared()
	if err != nil {
		return err
	}
	ctx, cancel := setUp()
	defer cancel()
	if err := migrate(ctx, c.server); err != nil {
		return err
	}
	// A session in the template would make every copy of it fail.
	return c.exec(ctx, "ALTER DATABASE "+template+" WITH ALLOW_CONNECTIONS false IS_TEMPLATE true")
}

// migrate makes the template of a server, or brings up to date the one that was copied
// with its cluster.
func migrate(ctx context.Context, server *localpg.Server) error {
	if err := server.EnsureDatabase(ctx, template); err != nil {
		return err
	}
	if _, err := schema.Migrate(ctx, server.URL(template)); err != nil {
		return fmt.Errorf("migrating the template database: %w", err)
	}
	return nil
}
