package loader

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"github.com/cledit/pipeline/services/loader/internal/db"
)

// The kinds of what ops.suspects notes.
const (
	suspectProcess = "process"
	suspectMessage = "message"
	suspectTitle   = "title"
)

const (
	// proof is how many times in a row something must end the process while nothing
	// else is worked on, to be put away unread.
	proof = 3
	// carefulMarks is how many marks a loader that follows on a process that ended
	// without a word works off with care: as many as five workers may have had in
	// hand, twice.
	carefulMarks = 5_000
)

// quarantine is how long a process must have lived, at least, before it tries what
// another one ended with; at most twice as long. A test shortens it.
var quarantine = 5 * time.Second

// guard keeps what ends the process from ending it for ever, see suspects. It is
// one for all workers.
type guard struct {
	id    string
	seats *semaphore.Weighted
	// free is when this process may try what another one ended with while it was
	// alone. It is drawn: whatever else ends processes, at whatever age, then falls
	// into the moment of that try by chance alone.
	free time.Time
	// careful is how many more marks are worked off with care.
	careful atomic.Int64

	mu        sync.Mutex
	slow      map[string]bool // titles that took too long, alone
	condemned map[string]bool // messages that were put away; RAW may have delivered one twice
}

// seats are taken one at a time by who works beside others, and all by who must be
// alone.
const seats = 1 << 20

// newGuard is careful until it is known how the process before ended.
func newGuard() *guard {
	g := &guard{id: uuid.NewString(), slow: make(map[string]bool), condemned: make(map[string]bool), seats: semaphore.NewWeighted(seats)}
	g.free = time.Now().Add(quarantine + rand.N(quarantine))
	g.careful.Store(carefulMarks)
	return g
}

// share waits while somebody is alone.
func (g *guard) share(ctx context.Context) (leave func(), err error) { return g.take(ctx, 1) }

// alone waits until nobody else decodes, lands or derives in this process; others
// wait until leave is called.
func (g *guard) alone(ctx context.Context) (leave func(), err error) { return g.take(ctx, seats) }

func (g *guard) take(ctx context.Context, n int64) (leave func(), err error) {
	if err := g.seats.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("waiting for what is tried alone: %w", context.Cause(ctx))
	}
	return func() { g.seats.Release(n) }, nil
}

// wait is how long this process must still live before it tries again what one
// ended with; zero when it may.
func (g *guard) wait() time.Duration { return max(0, time.Until(g.free)) }

// follow reports whether the process before ended without a word.
func (g *guard) follow(silent bool) {
	if !silent {
		g.careful.Store(0)
	}
}

func (g *guard) isCareful() bool { return g.careful.Load() > 0 }

// worked counts marks that were worked off with care; none left ends it.
func (g *guard) worked(marks int) {
	if marks == 0 || g.careful.Add(-int64(marks)) < 0 {
		g.careful.Store(0)
	}
}

// firstTime notes that a title took too long by itself, and reports whether it is the
// first time.
func (g *guard) firstTime(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := !g.slow[key]
	g.slow[key] = true
	return first
}

// inTime forgets what firstTime noted.
func (g *guard) inTime(keys []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.slow) == 0 {
		return
	}
	for _, key := range keys {
		delete(g.slow, key)
	}
}

// condemn notes that a message is put away and reports whether it was before.
func (g *guard) condemn(key string) (before bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before = g.condemned[key]
	g.condemned[key] = true
	return before
}

// isCondemned reports whether a message was put away by this process.
func (g *guard) isCondemned(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.condemned[key]
}

// reprieve takes condemn back: the message could not be put away yet.
func (g *guard) reprieve(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.condemned, key)
}

// leave notes that the process ended in order. It takes a connection of its own:
// the workers' are closed.
func (g *guard) leave(ctx context.Context, database *pgx.ConnConfig, log zerolog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	err := func() error {
		conn, err := pgx.ConnectConfig(ctx, database)
		if err != nil {
			return fmt.Errorf("connecting to the database: %w", err)
		}
		defer func() { _ = conn.Close(ctx) }()
		return db.New(conn).ClearSuspects(ctx, db.ClearSuspectsParams{Kind: suspectProcess, Keys: []string{g.id}})
	}()
	if err != nil {
		log.Debug().Err(err).Msg("could not note the orderly end; the next loader starts carefully")
	}
}
