package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/cledit/pipeline/pkg/schema"
)

const (
	answerTimeout      = 10 * time.Second
	transactionTimeout = 5 * time.Minute
	closeTimeout       = 2 * time.Second

	retryFirst   = 100 * time.Millisecond
	retryLongest = 10 * time.Second
	// mostConflicts ends the hope that a conflict resolves itself; smaller
	// transactions, which a refusal leads to, have fewer.
	mostConflicts = 8
)

// session is a worker's one connection.
type session struct {
	worker  int
	config  *pgx.ConnConfig
	conn    *pgx.Conn
	health  *health
	metrics *metrics
	log     zerolog.Logger
	answer  time.Duration // within which a server that works connects, or begins a transaction
	limit   time.Duration // of a transaction
}

// transact runs a transaction until it commits, ctx ends, or the database refuses
// the data; the latter two are its only errors. A refusal leaves the session
// usable.
func (s *session) transact(ctx context.Context, run func(context.Context, pgx.Tx) error) error {
	return s.repeat(ctx, run, false)
}

// transactInTime is transact for what may take longer than a transaction may for
// what it is about: then it ends with errTransaction.
func (s *session) transactInTime(ctx context.Context, run func(context.Context, pgx.Tx) error) error {
	return s.repeat(ctx, run, true)
}

func (s *session) repeat(ctx context.Context, run func(context.Context, pgx.Tx) error, inTime bool) error {
	delays := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(retryFirst), backoff.WithMaxInterval(retryLongest), backoff.WithMaxElapsedTime(0))
	conflicts := 0
	return backoff.RetryNotify(func() error {
		err := s.attemptFresh(ctx, run)
		if err == nil {
			s.health.set(s.worker, nil)
			return nil
		}
		if ctx.Err() != nil {
			return backoff.Permanent(context.Cause(ctx))
		}
		if inTime && errors.Is(err, errTransaction) {
			s.drop(ctx)
			return backoff.Permanent(err)
		}
		switch classify(err, s.conn != nil && !s.conn.IsClosed()) {
		case refused:
			s.health.set(s.worker, nil)
			return backoff.Permanent(err)
		case conflict:
			if conflicts++; conflicts > mostConflicts {
				return backoff.Permanent(err)
			}
			delays.Reset()
			s.metrics.retries.WithLabelValues(inConflict).Inc()
			s.log.Debug().Err(err).Str("detail", detail(err)).Msg("conflict with another session; retrying")
			return err
		}
		s.metrics.retries.WithLabelValues(causeOf(err)).Inc()
		s.health.set(s.worker, err)
		// The next session may find another server, or another setting of its role:
		// the one at hand would be read-only for ever, say.
		s.drop(ctx)
		return err
	}, backoff.WithContext(delays, ctx), nil)
}

// open connects before there is anything to do, so that the loader is ready as
// soon as the database is. It ends early with ctx.
func (s *session) open(ctx context.Context) {
	_ = s.transact(ctx, func(context.Context, pgx.Tx) error { return nil }) // the health knows why not
}

// attemptFresh runs the transaction, and once more on a new connection where the
// old one turns out to be broken: anyone who was idle while the server restarted
// learns of it only now, and that is not an outage any more.
func (s *session) attemptFresh(ctx context.Context, run func(context.Context, pgx.Tx) error) error {
	old := s.conn
	err := s.attempt(ctx, run)
	if err != nil && old != nil && old.IsClosed() && ctx.Err() == nil && !errors.Is(err, errTransaction) {
		return s.attempt(ctx, run)
	}
	return err
}

// attempt connects where needed and runs the transaction once.
func (s *session) attempt(ctx context.Context, run func(context.Context, pgx.Tx) error) error {
	s.health.begin(s.worker)
	defer s.health.end(s.worker)
	if err := s.connect(ctx); err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, errTransaction)
	defer cancel()
	if err := run(ctx, tx); err != nil {
		if back := tx.Rollback(ctx); back != nil {
			s.drop(ctx) // a connection in an unknown state is of no use
		}
		return overTime(ctx, err)
	}
	if err := tx.Commit(ctx); err != nil {
		return overTime(ctx, fmt.Errorf("committing: %w", err))
	}
	return nil
}

// begin is answered at once by any server that works. One that is frozen, or gone
// behind a network that says nothing, is noticed here.
func (s *session) begin(ctx context.Context) (pgx.Tx, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.answer, errSilent)
	defer cancel()
	tx, err := s.conn.Begin(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		s.drop(ctx)
		return nil, errSilent
	}
	return tx, err
}

// overTime tells a transaction that took too long from one that failed.
func overTime(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errTransaction) {
		return fmt.Errorf("%w: %w", errTransaction, err)
	}
	return err
}

func (s *session) connect(ctx context.Context) error {
	if s.conn != nil && !s.conn.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.answer, errSilent)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	if err != nil {
		return err
	}
	s.conn = conn
	pgxuuid.Register(conn.TypeMap())
	if err := schema.Check(ctx, conn); err != nil {
		s.drop(ctx)
		return err
	}
	return nil
}

// drop closes the connection, without waiting for a server that may be gone.
func (s *session) drop(ctx context.Context) {
	if s.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := s.conn.Close(ctx); err != nil {
		s.log.Debug().Err(err).Msg("closing a database connection")
	}
	s.conn = nil
}
