// Package database opens the loader's sessions, and those of the commands beside it.
// It fails as the database does: a URL that can't be read, a server that is away for
// longer than a command waits, a schema that is not this program's.
package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
)

// closeTimeout is how long a session that ends waits for its server.
const closeTimeout = 2 * time.Second

// Snapshot is a transaction that only reads, and sees one moment.
var Snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// Config says where the tables are.
type Config struct {
	URL string `env:"DATABASE_URL,required" secret:"url" help:"Postgres"`
}

// Validate checks that the driver can read the URL, and the files that it names.
func (c Config) Validate() []error {
	if expected := schema.URLProblem(c.URL); expected != "" {
		return []error{&service.Problem{Variable: "DATABASE_URL", Expected: expected}}
	}
	return nil
}

// Parse reads the URL. Dates and times are taken as the database has them, whatever
// zone its server or role defaults to.
func Parse(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "cledit-loader"
	}
	config.RuntimeParams["timezone"] = "UTC"
	return config, nil
}

// Open connects to a database that has this program's schema, and waits for one that
// is away.
func Open(ctx context.Context, url string, wait time.Duration) (*pgx.Conn, error) {
	config, err := Parse(url)
	if err != nil {
		return nil, err
	}
	conn, err := schema.Connect(ctx, config, wait)
	if err != nil {
		return nil, err
	}
	pgxuuid.Register(conn.TypeMap())
	if err := schema.Check(ctx, conn); err != nil {
		return nil, errors.Join(err, Close(ctx, conn))
	}
	return conn, nil
}

// Close ends a session, also when ctx has ended.
func Close(ctx context.Context, conn *pgx.Conn) error {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return conn.Close(bound)
}

// Use opens a session for a command that needs nothing else.
func Use(ctx context.Context, url string, wait time.Duration, use func(*pgx.Conn) error) (err error) {
	conn, err := Open(ctx, url, wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, Close(ctx, conn)) }()
	return use(conn)
}
