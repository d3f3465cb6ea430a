// Package lead holds the lead among several planners: a lease in the form of an
// advisory lock, which the database takes back from a session that ends or falls
// silent.
//
// It fails by saying that another leads, or that the database cannot tell. A planner
// that wrongly believes to lead for some seconds only offers jobs twice, and JOBS
// refuses the second.
package lead

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockKey is the advisory lock of the leading planner: "planner" in ASCII.
const lockKey = 0x706c616e6e6572

// Silence is how long the lock outlives a leader that does not end its
// session: a frozen process, a machine that is gone.
const Silence = 10 * time.Second

// Beat is how often a leader shows between ticks that it lives, whatever their
// interval: so a second planner takes over within 15 s.
const Beat = Silence / 4

// ErrLost ends what runs under a lease that is lost.
var ErrLost = errors.New("lost the lead during a tick")

// Lost reports whether a context ended because the lead was lost. That is not a fault of
// what it did: whichever planner leads next does it again.
func Lost(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrLost) }

// ErrElsewhere is the state of a planner that waits for another to end.
var ErrElsewhere = errors.New("another planner leads")

// Lease is the lead, held or not, through a session of its own. The server ends a session
// that has been silent for too long, so a leader keeps asking.
type Lease struct {
	url     string
	silence time.Duration
	conn    *pgx.Conn
	held    bool
}

// New makes a lease that is not held. silence is how long it outlives a session that
// says nothing; Silence outside of tests.
func New(url string, silence time.Duration) *Lease { return &Lease{url: url, silence: silence} }

// Held reports whether the lease was held when it was last asked for.
func (l *Lease) Held() bool { return l.held }

// Hold reports whether this planner leads: it returns ErrElsewhere while another
// does, and the database's error when it cannot know.
func (l *Lease) Hold(ctx context.Context) error {
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
		l.Drop(ctx)
		return fmt.Errorf("taking the planner's lock: %w", err)
	}
	if !l.held {
		return ErrElsewhere
	}
	return nil
}

// Keep shows that the leader lives as long as something takes, however long: the
// context that it returns ends should the lead be lost all the same. The function
// stops it, and must be called before the leader is used otherwise.
func (l *Lease) Keep(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		beat := time.NewTicker(min(Beat, l.silence/4))
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
				if err := l.beat(ctx); err != nil && ctx.Err() == nil {
					cancel(fmt.Errorf("%w: %w", ErrLost, err))
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
func (l *Lease) beat(parent context.Context) error {
	ctx, cancel := context.WithTimeoutCause(
		context.WithoutCancel(parent), l.silence,
		errors.New("timed out waiting for the database for as long as the lead lasts"),
	)
	defer cancel()
	stop := context.AfterFunc(parent, func() { time.AfterFunc(beatGrace, cancel) })
	defer stop()
	return l.Hold(ctx)
}

func (l *Lease) connect(ctx context.Context) error {
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

// Drop gives the lock up.
func (l *Lease) Drop(ctx context.Context) {
	if l.conn != nil {
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), time.Second, errors.New("timed out ending the leader's session"))
		defer cancel()
		_ = l.conn.Close(ctx) // the server ends the session by itself otherwise
	}
	l.conn, l.held = nil, false
}
