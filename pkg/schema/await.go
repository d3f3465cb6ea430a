package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// awaitPause is the time between two attempts to connect.
const awaitPause = 200 * time.Millisecond

// SQLSTATE codes of a server that is there and takes no session just now.
var passing = []string{"57P03", "57P01", "53300"}

var errAway = errors.New("the database does not answer")

// Connect opens a session, for a command that is done once. A database that is away
// is waited for, so long and no longer; with 0 it is tried once. One that answers
// and refuses is refused at once. The error is one line.
func Connect(ctx context.Context, cfg *pgx.ConnConfig, wait time.Duration) (*pgx.Conn, error) {
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if wait > 0 {
		bounded, cancel = context.WithTimeoutCause(ctx, wait, errAway)
	}
	defer cancel()
	var last error
	for {
		conn, err := pgx.ConnectConfig(bounded, cfg.Copy())
		if err == nil {
			return conn, nil
		}
		if last == nil || bounded.Err() == nil {
			last = oneLine{err}
		}
		if wait == 0 || !passes(err) {
			return nil, fmt.Errorf("connecting to the database: %w", last)
		}
		select {
		case <-time.After(awaitPause):
		case <-bounded.Done():
			if ctx.Err() != nil {
				return nil, fmt.Errorf("connecting to the database: %w", context.Cause(ctx))
			}
			return nil, fmt.Errorf("connecting to the database: %w within %s (--wait): %w", errAway, wait, last)
		}
	}
}

// passes tells an error of connecting that may pass by itself.
func passes(err error) bool {
	if refusal(err) != nil {
		return false
	}
	code := sqlState(err)
	return code == "" || slices.Contains(passing, code)
}

// Await returns when the database has this program's schema to work with. Errors:
// those of [Connect] and [Check].
func Await(ctx context.Context, databaseURL string, wait time.Duration) (err error) {
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	conn, err := Connect(ctx, cfg, wait)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it was only looked through
	return Check(ctx, conn)
}

// oneLine is an error of the driver, which has a line for each address that it
// tried, and often the same one twice, with TLS and without.
type oneLine struct{ error }

// Unwrap gives errors.As the error itself.
func (e oneLine) Unwrap() error { return e.error }

// Error says each thing once.
func (e oneLine) Error() string {
	lines := strings.FieldsFunc(e.error.Error(), func(r rune) bool { return r == '\n' })
	var said []string
	for _, line := range lines {
		if line = strings.TrimSpace(line); !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}
