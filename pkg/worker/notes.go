package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	// lookup bounds one question to NATS.
	lookup = 5 * time.Second
	// markerTTL is how long it is remembered that a note was removed: as long as
	// somebody may still look for it. Else each name that ever waited would leave a
	// marker, and a full bucket stops all sending.
	markerTTL = time.Hour
	// noTTL is JetStream's error where the bucket's stream does not allow an end to a
	// message, as one of an earlier version.
	noTTL jetstream.ErrorCode = 10166
)

var (
	errSlowBucket = errors.New("the bucket did not answer in time")
	errSlowQueue  = errors.New("the queue did not answer in time")
)

// note remembers the deliveries of a job that were waits. The server counts them
// like every other; nothing is written for a job that never waits.
type note struct {
	// Job is when JOBS stored the job, in Unix nanoseconds: what an earlier job of
	// the same name left behind does not count.
	Job   int64  `json:"job"`
	Waits uint64 `json:"waits"`
}

func noteKey(n messages.Name) string {
	return fmt.Sprintf("%s.waits.%s.%s", n.Source, n.Kind, n.Key)
}

// waitsOf reads how many deliveries of a job were waits, asking until there is an
// answer or ctx ends. A first delivery costs no request.
func (s *settler) waitsOf(ctx context.Context, d *delivery) (uint64, error) {
	if d.delivered <= 1 {
		return 0, nil
	}
	defer s.waiting.begin("count the attempts of "+d.job.Name.String(), s.cfg.Now())()
	return backoff.RetryWithData(func() (uint64, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, lookup, errSlowBucket)
		defer cancel()
		return d.readNote(ctx)
	}, backoff.WithContext(steady(), ctx))
}

func (d *delivery) readNote(ctx context.Context) (uint64, error) {
	entry, err := d.queue.notes.Get(ctx, noteKey(d.job.Name))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the note of its waits: %w", err)
	}
	var n note
	if json.Unmarshal(entry.Value(), &n) == nil && n.Job == d.meta.Timestamp.UnixNano() {
		return n.Waits, nil
	}
	return 0, nil // of an earlier job, or not of ours
}

// noteWait counts this delivery as a wait. The value follows from what was read
// when the delivery began, so that writing it twice changes nothing.
func (d *delivery) noteWait(ctx context.Context) error {
	value, err := json.Marshal(note{Job: d.meta.Timestamp.UnixNano(), Waits: d.waits + 1})
	if err != nil {
		return fmt.Errorf("encoding the note of a wait: %w", err)
	}
	if _, err := d.queue.notes.Put(ctx, noteKey(d.job.Name), value); err != nil {
		return fmt.Errorf("noting a wait: %w", err)
	}
	return nil
}

// forget removes the note of a job that is over. One that stays does no harm: it
// does not count for a later job of the name.
func (s *settler) forget(ctx context.Context, d *delivery) {
	if d.waits == 0 {
		return
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), releaseTime, errSlowBucket)
	defer cancel()
	err := d.queue.notes.Purge(ctx, noteKey(d.job.Name), jetstream.PurgeTTL(markerTTL))
	if refused, ok := errors.AsType[*jetstream.APIError](err); ok && refused.ErrorCode == noTTL {
		err = d.queue.notes.Delete(ctx, noteKey(d.job.Name))
	}
	if err != nil {
		s.cfg.Log.Debug().Ctx(ctx).Err(err).Stringer("job", d.job.Name).Msg("could not remove the job's wait note")
	}
}
