package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

const (
	// blockedFor is how long a title that can't be derived is left alone.
	blockedFor = 15 * time.Minute
	// deadlyFor is the same for one that ends the process. New facts about it, or a
	// person, let it be tried sooner.
	deadlyFor = 7 * 24 * time.Hour
)

// drain works off some marks and reports whether there may be more.
//
// When the database refuses what was derived, or it takes too long, fewer titles
// are tried, and one alone in the end: its mark stays with the problem, so that it
// is seen and never holds up the others.
func (w *worker) drain(ctx context.Context) bool {
	if w.guard.isCareful() {
		return w.drainCarefully(ctx)
	}
	leave, err := w.guard.share(ctx)
	if err != nil {
		return false
	}
	defer leave()
	drained, err := w.deriveOnce(ctx, func(ctx context.Context, tx pgx.Tx) (derive.Drained, error) {
		return derive.Drain(ctx, tx, w.limit, w.now())
	})
	return w.settle(ctx, drained, err)
}

// deriveOnce runs a derivation, within its time.
func (w *worker) deriveOnce(ctx context.Context, run func(context.Context, pgx.Tx) (derive.Drained, error)) (drained derive.Drained, err error) {
	w.derived = w.now()
	err = w.session.transactInTime(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if drained, err = run(ctx, tx); onDerive != nil {
			onDerive(drained.Keys)
		}
		return err
	})
	if err == nil {
		w.drained(drained, w.derived)
	}
	return drained, err
}

// settle draws the conclusions from a derivation and reports whether there may be
// more.
func (w *worker) settle(ctx context.Context, drained derive.Drained, err error) bool {
	keys := drained.Keys
	switch {
	case err == nil:
		w.limit = min(w.limit*2, int32(w.chunk))
		return len(keys) > 0
	case ctx.Err() != nil:
		return false
	case len(keys) > 1 && errors.Is(err, errTransaction):
		w.limit = 1 // each try takes as long
		return true
	case len(keys) > 1:
		w.limit = int32(len(keys) / 2)
		return true
	case len(keys) == 0, contended(err), errors.Is(err, errTransaction) && w.guard.firstTime(keys[0]):
		return true // it may have waited for somebody else
	}
	return w.block(ctx, keys, err, blockedFor)
}

func (w *worker) drained(d derive.Drained, started time.Time) {
	if len(d.Keys) == 0 {
		return
	}
	w.guard.inTime(d.Keys)
	w.metrics.titles.Add(float64(len(d.Keys)))
	w.metrics.drain.Observe(w.now().Sub(started).Seconds())
	for table, rows := range d.Written {
		w.metrics.derived.WithLabelValues(table).Add(float64(rows))
	}
}

func (w *worker) block(ctx context.Context, keys []string, problem error, wait time.Duration) bool {
	err := w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, key := range keys {
			until, words := w.now().Add(wait), problem.Error()
			if err := db.New(tx).BlockMark(ctx, db.BlockMarkParams{Key: key, BlockedUntil: &until, Problem: &words}); err != nil {
				return fmt.Errorf("blocking a mark: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	w.metrics.blocked.Add(float64(len(keys)))
	w.log.Error().Err(problem).Strs("titles", keys).Dur("for", wait).Msg("a title can't be derived and waits")
	return true
}

// drainCarefully is drain in a process that follows on one that ended without a
// word, perhaps in a derivation. What is worked off is noted first, with nothing
// else going on; what was noted when a process ended is tried alone, and after three
// ends in a row its mark is blocked.
func (w *worker) drainCarefully(ctx context.Context) bool {
	leave, err := w.guard.alone(ctx)
	if err != nil {
		return false
	}
	defer leave()
	next, err := w.nextMarks(ctx)
	switch {
	case err != nil:
		return false
	case next.deadly != "":
		blocked := w.block(ctx, []string{next.deadly}, errDeadly, deadlyFor)
		if blocked {
			w.withdraw(ctx, suspectTitle, next.deadly)
		}
		return blocked
	case len(next.keys) == 0:
		if !next.waiting {
			w.guard.worked(0)
		}
		return false
	}
	if err := w.noteMarks(ctx, next); err != nil {
		return false
	}
	drained, err := w.deriveOnce(ctx, func(ctx context.Context, tx pgx.Tx) (derive.Drained, error) {
		if err := db.New(tx).ClearSuspects(ctx, db.ClearSuspectsParams{Kind: suspectTitle, Keys: next.keys}); err != nil {
			return derive.Drained{}, fmt.Errorf("taking notes back: %w", err)
		}
		return derive.DrainThese(ctx, tx, next.keys, w.now())
	})
	if err != nil {
		w.withdraw(ctx, suspectTitle, next.keys...)
	} else if !next.waiting && !next.alone {
		w.guard.worked(len(next.keys))
	}
	return w.settle(ctx, drained, err)
}

// marks are what is worked off next with care.
type marks struct {
	keys    []string
	alone   bool   // one that was being worked off when a process ended
	deadly  string // one that ended the process too often
	waiting bool   // there are others that this process is too young for
}

// mostSuspects is how many titles may have been in hand when a process ended.
const mostSuspects = 2 * carefulMarks

func (w *worker) nextMarks(ctx context.Context) (next marks, err error) {
	err = w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := w.now()
		suspects, err := db.New(tx).SuspectTitles(ctx, db.SuspectTitlesParams{Now: &now, Most: mostSuspects})
		if err != nil {
			return fmt.Errorf("looking for titles that were being derived: %w", err)
		}
		next = marks{}
		for _, s := range suspects {
			switch {
			case s.Alone >= proof:
				next = marks{deadly: s.Key}
				return nil
			case s.Alone > 0 && w.guard.wait() > 0:
				next.waiting = true
			default:
				next.keys, next.alone = []string{s.Key}, true
				return nil
			}
		}
		next.keys, err = derive.Next(ctx, tx, w.limit, now)
		return err
	})
	return next, err
}

// noteMarks commits what is about to be worked off.
func (w *worker) noteMarks(ctx context.Context, next marks) error {
	if next.alone {
		return w.note(ctx, suspectTitle, next.keys[0], next.keys[0])
	}
	return w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.NoteLightly(ctx); err != nil {
			return fmt.Errorf("noting titles: %w", err)
		}
		if err := q.NoteCompany(ctx, db.NoteCompanyParams{Kind: suspectTitle, Keys: next.keys, NotedAt: w.now()}); err != nil {
			return fmt.Errorf("noting titles: %w", err)
		}
		return nil
	})
}
