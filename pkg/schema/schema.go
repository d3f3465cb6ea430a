// Package schema holds the database's migrations and applies them.
//
// There is one numbered set, embedded in the binary that migrates. Migrate
// applies it under an advisory lock, so that several may be started at once; each
// migration is one transaction, and one that fails leaves the database as the one
// before left it. A migration expands first and contracts in a later release, so
// code runs before and after it: Check refuses only a database that is older than
// the program.
package schema

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var files embed.FS

// ErrOutdated is returned by Check for a database that `loader migrate` has not
// brought up to this program.
var ErrOutdated = errors.New("the database schema is older than this program: run `loader migrate`")

// undefinedTable is PostgreSQL's error code for a relation that is not there.
const undefinedTable = "42P01"

// Migrate brings the database up to this program's schema and returns the names
// of the migrations that it applied. The role of databaseURL owns what they make;
// it needs CREATE on the database and, where the group roles are missing,
// CREATEROLE.
func Migrate(ctx context.Context, databaseURL string) (applied []string, err error) {
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err)
	}
	db := stdlib.OpenDB(*cfg)
	defer func() { err = errors.Join(err, db.Close()) }()

	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	if err != nil {
		return applied, fmt.Errorf("migrating the database: %w", err)
	}
	return applied, nil
}

// URLProblem tells what is expected of a database URL that can't be used, without
// repeating any of it; "" when it can be.
func URLProblem(databaseURL string) string {
	_, err := pgx.ParseConfig(databaseURL)
	if err == nil {
		return ""
	}
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Sprintf("files that can be read: %s: %v", pathErr.Path, pathErr.Err)
	}
	if strings.Contains(err.Error(), "cert pool") {
		return "a file with certificates in PEM as sslrootcert"
	}
	return "a URL such as postgres://user:password@host:5432/database"
}

// Version is the number of the newest migration that this program knows.
func Version() int64 {
	all := versions()
	return all[len(all)-1]
}

// versions are the numbers of all migrations, ascending.
func versions() []int64 {
	entries, err := fs.Glob(files, "migrations/*.sql")
	if err != nil || len(entries) == 0 { // the pattern and the embedding are constants
		panic("schema: no migrations are embedded")
	}
	all := make([]int64, 0, len(entries))
	for _, entry := range entries {
		version, err := goose.NumericComponent(entry)
		if err != nil {
			panic(err)
		}
		all = append(all, version)
	}
	return all
}

// Querier is the part of a connection or pool that Check needs.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Check returns ErrOutdated when the database lacks a migration of this program.
// A newer database is fine.
func Check(ctx context.Context, db Querier) error {
	var have int64
	var lacks *int64
	err := db.QueryRow(ctx, `SELECT (SELECT coalesce(max(version_id), 0) FROM public.goose_db_version WHERE is_applied),
		(SELECT min(v) FROM unnest($1::bigint[]) AS v WHERE v NOT IN (SELECT version_id FROM public.goose_db_version WHERE is_applied))`,
		versions()).Scan(&have, &lacks)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == undefinedTable {
		have, lacks, err = 0, new(versions()[0]), nil
	}
	if err != nil {
		return fmt.Errorf("reading the schema version: %w", err)
	}
	switch {
	case have < Version():
		return fmt.Errorf("%w: it is at %d, the program needs %d", ErrOutdated, have, Version())
	case lacks != nil:
		return fmt.Errorf("%w: it lacks migration %d", ErrOutdated, *lacks)
	}
	return nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, fmt.Errorf("opening the embedded migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("making the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations,
		goose.WithSessionLocker(locker), goose.WithTableName("public.goose_db_version"),
		// Branches that are merged bring theirs late: what is missing is applied, whatever its number.
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, fmt.Errorf("reading the embedded migrations: %w", err)
	}
	return provider, nil
}
