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

// errLeadLost ends a tick whose planner leads no more.
var errLeadLost = errors.New("the lead was lost meanwhile")

// leadLost tells whether a tick ended because its planner leads no more. That is no
// fault of what it did: who leads next looks at all of it again.
func leadLost(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errLeadLost) }

// leader holds the lock through a session of its own. The server ends a session
// that has been silent for too long, so a leader keeps asking.
type leader struct {
	url     string
	silence time.Duration
	conn    *pgx.Conn
	held    bool
}

// lead reports whether this planner leads: it returns errNotALeader while another
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

// keep shows that the leader lives as long as something takes, however long: the
// context that it returns ends should the lead be lost all the same. The function
// stops it, and must be called before the leader is used otherwise.
func (l *leader) keep(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		beat := time.NewTicker(min(leaseBeat, l.silence/4))
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
				if err := l.beat(ctx); err != nil && ctx.Err() == nil {
					cancel(fmt.Errorf("%w: %w", errLeadLost, err))
				}
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

// beatGrace is how long a beat under way may take when nobody waits for it any more:
// a query that is broken off ends its session, and with it the lead.
const beatGrace = time.Second

// beat asks for the lead within the time after which it would be gone.
func (l *leader) beat(parent context.Context) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(parent), l.silence, errors.New("the database did not answer for as long as the lead lasts"))
	defer cancel()
	stop := context.AfterFunc(parent, func() { time.AfterFunc(beatGrace, cancel) })
	defer stop()
	return l.lead(ctx)
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
