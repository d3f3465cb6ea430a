package loader

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// A message that RAW delivers again was in the hands of a loader that did not say
// what became of it. Perhaps it ended the process. So it is a suspect and is tried
// alone: nothing else is decoded, landed or derived meanwhile, and a note of the
// try is committed first. Whatever the try comes to, the note goes; only a process
// that ends in the middle of it leaves it behind. Three of those in a row send the
// message to DEAD, unread.
//
// A good message is alone for some milliseconds. A process that is killed by
// something else at that very moment leaves a note too, and so the second and the
// third try come only at a moment that each process draws by lot.

// suspect is a message that was delivered before.
type suspect struct {
	jetstream.Msg
	key       string // of its note
	delivered uint64
	alone     int32 // tries in which the process ended
}

// newSuspect reports whether a message was delivered before. Its key holds the time
// at which RAW stored it: a stream that is created again counts from one again.
func newSuspect(msg jetstream.Msg) (*suspect, bool) {
	metadata, err := msg.Metadata()
	if err != nil || metadata.NumDelivered < 2 {
		return nil, false
	}
	return &suspect{Msg: msg, key: keyOf(metadata), delivered: metadata.NumDelivered}, true
}

func keyOf(metadata *jetstream.MsgMetadata) string {
	return fmt.Sprintf("%d@%s", metadata.Sequence.Stream, metadata.Timestamp.UTC().Format(time.RFC3339Nano))
}

// tryAlone tries suspects one by one, the most suspected first. What it can't try
// now it hands back.
func (w *worker) tryAlone(ctx context.Context, suspects []*suspect) {
	if err := w.tries.recall(ctx, suspects); err != nil {
		handBack(w, suspects)
		return
	}
	slices.SortStableFunc(suspects, func(a, b *suspect) int {
		return cmp.Or(cmp.Compare(b.alone, a.alone), cmp.Compare(b.delivered, a.delivered))
	})
	for i, s := range suspects {
		wait := w.guard.wait()
		switch {
		case ctx.Err() != nil:
			handBack(w, suspects[i:])
			return
		case s.alone >= proof, w.guard.isCondemned(s.key): // the note of the latter may be gone
			w.condemn(ctx, s)
		case s.alone > 0 && wait > 0:
			_ = s.NakWithDelay(wait) // else it comes again sooner, and waits then
		default:
			w.try(ctx, s)
		}
	}
}

// tries keeps the notes of what is tried alone, and of the processes that try.
type tries struct{ base }

// recall reads the notes of suspects.
func (t *tries) recall(ctx context.Context, suspects []*suspect) error {
	keys := make([]string, 0, len(suspects))
	for _, s := range suspects {
		keys = append(keys, s.key)
	}
	noted := make(map[string]int32)
	err := t.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).SuspectsOf(ctx, db.SuspectsOfParams{Kind: suspectMessage, Keys: keys})
		for _, r := range rows {
			noted[r.Key] = r.Alone
		}
		return err
	})
	for _, s := range suspects {
		s.alone = noted[s.key]
	}
	return err
}

// try decodes and lands a suspect while nothing else goes on.
func (w *worker) try(ctx context.Context, s *suspect) {
	leave, err := w.guard.alone(ctx)
	if err != nil {
		handBack(w, []*suspect{s})
		return
	}
	if err := w.tries.note(ctx, suspectMessage, s.key, fmt.Sprintf("%q", s.Subject())); err != nil {
		leave()
		handBack(w, []*suspect{s})
		return
	}
	m := open(s.Msg, w.now)
	if m.problem == nil {
		var end func()
		ctx, end = w.span(ctx, []*message{m}) // to what becomes of it
		defer end()
	}
	err = w.tryNoted(ctx, m, s)
	leave()
	switch {
	case err == nil:
		w.metrics.suspects.WithLabelValues("landed").Inc()
	case ctx.Err() != nil, contended(err):
		handBack(w, []*suspect{s})
	case errors.Is(err, errTransaction):
		w.putOff(ctx, m, err)
	default:
		w.metrics.suspects.WithLabelValues("refused").Inc()
		w.bury(ctx, m, err)
	}
}

// tryNoted lands a suspect in a chunk of its own, after the note and to its end.
func (w *worker) tryNoted(ctx context.Context, m *message, s *suspect) error {
	err := m.problem
	if err == nil {
		if err = w.write(ctx, []*message{m}, s.key); err == nil {
			return nil
		}
	}
	w.tries.withdraw(ctx, suspectMessage, s.key)
	return err
}

// note commits that something is about to be tried alone.
func (t *tries) note(ctx context.Context, kind, key, what string) error {
	return t.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.NoteLightly(ctx); err != nil {
			return fmt.Errorf("noting a try: %w", err)
		}
		if _, err := q.NoteSuspect(ctx, db.NoteSuspectParams{Kind: kind, Key: key, What: what, NotedAt: t.now()}); err != nil {
			return fmt.Errorf("noting a try: %w", err)
		}
		return nil
	})
}

// withdraw takes notes back, also while the loader stops: the try has ended.
func (t *tries) withdraw(ctx context.Context, kind string, keys ...string) {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
	}
	err := t.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).ClearSuspects(ctx, db.ClearSuspectsParams{Kind: kind, Keys: keys})
	})
	if err != nil {
		t.log.Debug().Err(err).Strs("suspects", keys).Msg("could not remove a note; its message counts as suspect once more")
	}
}

// condemn puts a message away that nobody has read.
func (w *worker) condemn(ctx context.Context, s *suspect) {
	m := &message{Msg: s.Msg}
	if w.guard.condemn(s.key) {
		w.ack(m)
		return
	}
	if !w.bury(ctx, m, errDeadly) {
		w.guard.reprieve(s.key)
		return
	}
	w.metrics.suspects.WithLabelValues("condemned").Inc()
	w.tries.withdraw(ctx, suspectMessage, s.key) // it is tried again after a replay
}

// enter notes that this process runs, and finds out how the one before ended.
func (t *tries) enter(ctx context.Context) {
	host, _ := os.Hostname() // for a person alone
	what := fmt.Sprintf("loader %s at %q", t.guard.id, host)
	var silent int64
	err := t.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		if silent, err = q.TakeProcesses(ctx); err != nil {
			return fmt.Errorf("looking for processes that ended: %w", err)
		}
		if err := q.ForgetSuspects(ctx, t.now().Add(-topology.RawMaxAge)); err != nil {
			return fmt.Errorf("removing old notes: %w", err)
		}
		_, err = q.NoteSuspect(ctx, db.NoteSuspectParams{Kind: suspectProcess, Key: t.guard.id, What: what, NotedAt: t.now()})
		return err
	})
	if err == nil {
		t.guard.follow(silent > 0)
	}
}
