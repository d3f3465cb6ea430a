package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockKey is the advisory lock of the leading planner: "planner" in ASCII.
const lockKey = 0x706c616e6e6572

// leaseLeast is how long the lock outlives a leader that does not end its
// session: a frozen process, a machine that is gone.
const leaseLeast = 10 * time.Second

// leaseBeat is how often a leader shows between ticks that it lives, whatever their
// interval: so a second planner takes over within 15 s.
const leaseBeat = leaseLeast / 4

// leader holds the lock through a session of its own. The server ends a session
// that has been silent for too long, so a leader keeps asking.
type leader struct {
	url     string
	silence time.Duration
	conn    *pgx.Conn
	held    bool
}

// lead tells whether this planner leads: it returns errNotALeader while another
// does, and the database's error when it cannot know.
func (l *leader) lead(ctx context.Context) error {
	if l.conn == nil {
		if err := l.connect(ctx); err != nil {
			return err
		}
	}
	query := "SELECT pg_try_advisory_lock($1)"
	if l.held {
		query = "SELECT $1::bigint IS NOT NULL" // the session lives, so the lock is held
	}
	if err := l.conn.QueryRow(ctx, query, int64(lockKey)).Scan(&l.held); err != nil {
		l.drop(ctx)
		return fmt.Errorf("asking for the lead: %w", err)
	}
	if !l.held {
		return errNotALeader
	}
	return nil
}

func (l *leader) connect(ctx context.Context) error {
	cfg, err := pgx.ParseConfig(l.url)
	if err != nil {
		return fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	cfg.RuntimeParams["application_name"] = "planner leader"
	cfg.RuntimeParams["idle_session_timeout"] = fmt.Sprintf("%dms", l.silence.Milliseconds())
	if l.conn, err = pgx.ConnectConfig(ctx, cfg); err != nil {
		l.conn = nil
		return fmt.Errorf("opening the leader's session: %w", err)
	}
	return nil
}

// drop gives the lock up.
func (l *leader) drop(ctx context.Context) {
	if l.conn != nil {
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), time.Second, errors.New("the database did not end the session"))
		defer cancel()
		_ = l.conn.Close(ctx) // the server ends the session by itself otherwise
	}
	l.conn, l.held = nil, false
}
