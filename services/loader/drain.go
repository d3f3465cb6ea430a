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

// deriver works off marks: it derives titles.
type deriver struct {
	base
	tries   tries
	chunk   int
	limit   int32     // titles of one derivation; smaller after a refusal
	derived time.Time // when marks were last worked off
}

// drain works off some marks and reports whether there may be more.
//
// When the database refuses what was derived, or it takes too long, fewer titles
// are tried, and one alone in the end: its mark stays with the problem, so that it
// is seen and never holds up the others.
func (d *deriver) drain(ctx context.Context) bool {
	if d.guard.isCareful() {
		return d.drainCarefully(ctx)
	}
	leave, err := d.guard.share(ctx)
	if err != nil {
		return false
	}
	defer leave()
	drained, err := d.deriveOnce(ctx, func(ctx context.Context, tx pgx.Tx) (derive.Drained, error) {
		return derive.Drain(ctx, tx, d.limit, d.now())
	})
	return d.settle(ctx, drained, err)
}

// deriveOnce runs a derivation, within its time.
func (d *deriver) deriveOnce(
	ctx context.Context, run func(context.Context, pgx.Tx) (derive.Drained, error),
) (drained derive.Drained, err error) {
	d.derived = d.now()
	err = d.session.transactInTime(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if drained, err = run(ctx, tx); onDerive != nil {
			onDerive(drained.Keys)
		}
		return err
	})
	if err == nil {
		d.drained(drained, d.derived)
	}
	return drained, err
}

// settle draws the conclusions from a derivation and reports whether there may be
// more.
func (d *deriver) settle(ctx context.Context, drained derive.Drained, err error) bool {
	keys := drained.Keys
	switch {
	case err == nil:
		d.limit = min(d.limit*2, int32(d.chunk))
		return len(keys) > 0
	case ctx.Err() != nil:
		return false
	case len(keys) > 1 && errors.Is(err, errTransaction):
		d.limit = 1 // each try takes as long
		return true
	case len(keys) > 1:
		d.limit = int32(len(keys) / 2)
		return true
	case len(keys) == 0, contended(err), errors.Is(err, errTransaction) && d.guard.firstTime(keys[0]):
		return true // it may have waited for somebody else
	}
	return d.block(ctx, keys, err, blockedFor)
}

func (d *deriver) drained(done derive.Drained, started time.Time) {
	if len(done.Keys) == 0 {
		return
	}
	d.guard.inTime(done.Keys)
	d.metrics.titles.Add(float64(len(done.Keys)))
	d.metrics.drain.Observe(d.now().Sub(started).Seconds())
	for table, rows := range done.Written {
		d.metrics.derived.WithLabelValues(table).Add(float64(rows))
	}
}

func (d *deriver) block(ctx context.Context, keys []string, problem error, wait time.Duration) bool {
	err := d.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, key := range keys {
			until, words := d.now().Add(wait), problem.Error()
			if err := db.New(tx).BlockMark(ctx, db.BlockMarkParams{Key: key, BlockedUntil: &until, Problem: &words}); err != nil {
				return fmt.Errorf("blocking a mark: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	d.metrics.blocked.Add(float64(len(keys)))
	d.log.Error().Err(problem).Strs("titles", keys).Dur("for", wait).Msg("cannot derive a title; it is put off")
	return true
}

// drainCarefully is drain in a process that follows on one that ended without a
// word, perhaps in a derivation. What is worked off is noted first, with nothing
// else going on; what was noted when a process ended is tried alone, and after three
// ends in a row its mark is blocked.
func (d *deriver) drainCarefully(ctx context.Context) bool {
	leave, err := d.guard.alone(ctx)
	if err != nil {
		return false
	}
	defer leave()
	next, err := d.nextMarks(ctx)
	switch {
	case err != nil:
		return false
	case next.deadly != "":
		blocked := d.block(ctx, []string{next.deadly}, errDeadly, deadlyFor)
		if blocked {
			d.tries.withdraw(ctx, suspectTitle, next.deadly)
		}
		return blocked
	case len(next.keys) == 0:
		if !next.waiting {
			d.guard.worked(0)
		}
		return false
	}
	if err := d.noteMarks(ctx, next); err != nil {
		return false
	}
	drained, err := d.deriveOnce(ctx, func(ctx context.Context, tx pgx.Tx) (derive.Drained, error) {
		if err := db.New(tx).ClearSuspects(ctx, db.ClearSuspectsParams{Kind: suspectTitle, Keys: next.keys}); err != nil {
			return derive.Drained{}, fmt.Errorf("taking notes back: %w", err)
		}
		return derive.DrainThese(ctx, tx, next.keys, d.now())
	})
	if err != nil {
		d.tries.withdraw(ctx, suspectTitle, next.keys...)
	} else if !next.waiting && !next.alone {
		d.guard.worked(len(next.keys))
	}
	return d.settle(ctx, drained, err)
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

func (d *deriver) nextMarks(ctx context.Context) (next marks, err error) {
	err = d.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := d.now()
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
			case s.Alone > 0 && d.guard.wait() > 0:
				next.waiting = true
			default:
				next.keys, next.alone = []string{s.Key}, true
				return nil
			}
		}
		next.keys, err = derive.Next(ctx, tx, d.limit, now)
		return err
	})
	return next, err
}

// noteMarks commits what is about to be worked off.
func (d *deriver) noteMarks(ctx context.Context, next marks) error {
	if next.alone {
		return d.tries.note(ctx, suspectTitle, next.keys[0], next.keys[0])
	}
	return d.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.NoteLightly(ctx); err != nil {
			return fmt.Errorf("noting titles: %w", err)
		}
		if err := q.NoteCompany(ctx, db.NoteCompanyParams{Kind: suspectTitle, Keys: next.keys, NotedAt: d.now()}); err != nil {
			return fmt.Errorf("noting titles: %w", err)
		}
		return nil
	})
}
