package worker_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

// notes are the keys that remember waits.
func (b *bench) notes() []string {
	b.t.Helper()
	bucket, err := topology.Bucket(b.t.Context(), b.JS, nil)
	require.NoError(b.t, err)
	lister, err := bucket.ListKeysFiltered(b.t.Context(), "kobis.waits.>")
	require.NoError(b.t, err)
	var keys []string
	for key := range lister.Keys() {
		keys = append(keys, key)
	}
	return keys
}

func TestWaitsSpendNoAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	supply := newStingy(b.ledger(), 4)
	b.run(supply, (&answers{list: []error{wait(), wait(), retry(), nil}}).handle, impatient)
	require.Equal(t, 2, b.Payload(tail, 1).Attempt, "two waits and one retry")
	b.Drained()
	b.Until("the note is removed", func() bool { return len(b.notes()) == 0 })
}

// What is left of a removed note goes by itself, where the bucket's stream allows
// that; where it does not yet, the note is removed as well.
func TestNothingIsLeftOfANote(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{true, false} {
		t.Run(fmt.Sprintf("markers end: %t", ends), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			const bucket, key = "KV_" + topology.BucketQuota, "$KV." + topology.BucketQuota + ".kobis.waits.movie-detail.20190324"
			stream, err := b.JS.Stream(t.Context(), bucket)
			require.NoError(t, err)
			if !ends {
				cfg := stream.CachedInfo().Config
				cfg.AllowMsgTTL = false
				require.NoError(t, b.JS.DeleteStream(t.Context(), bucket))
				stream, err = b.JS.CreateStream(t.Context(), cfg)
				require.NoError(t, err)
			}
			b.Publish(workertest.Job(tail))
			b.run(newStingy(b.ledger(), 2), (&answers{list: []error{wait(), nil}}).handle, impatient)
			b.Drained()
			b.Until("the note is removed", func() bool {
				msg, err := stream.GetLastMsgForSubject(t.Context(), key)
				return err == nil && len(msg.Data) == 0 && (msg.Header.Get(jetstream.MsgTTLHeader) != "") == ends
			})
			require.Empty(t, b.notes())
		})
	}
}

// What one replica noted counts on every other, and what an earlier job of the
// same name left behind does not.
func TestWaitsAreCountedAcrossReplicas(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ledger := b.ledger()
	b.Publish(workertest.Job(tail))
	first := b.run(newStingy(ledger, 1), (&answers{list: []error{wait()}}).handle, impatient)
	b.Until("the wait is noted", func() bool { return len(b.notes()) == 1 })
	require.Equal(t, []string{"kobis.waits.movie-detail.20190324"}, b.notes())
	first.stop()
	second := b.run(newStingy(ledger, 2), (&answers{list: []error{retry(), nil}}).handle, another)
	require.Equal(t, 2, b.Payload(tail, 1).Attempt)
	second.stop()

	bucket, err := topology.Bucket(t.Context(), b.JS, nil)
	require.NoError(t, err)
	_, err = bucket.Put(t.Context(), "kobis.waits.movie-detail.20190324", []byte(`{"job":1,"waits":7}`))
	require.NoError(t, err)
	b.Publish(workertest.Job(tail))
	b.run(newStingy(ledger, 2), (&answers{list: []error{retry(), nil}}).handle, another)
	require.Equal(t, 2, b.Payload(tail, 2).Attempt)
}

func TestFirstDeliveryReadsNoNote(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reads := b.Spy("$JS.API.STREAM.MSG.GET.KV_QUOTA")
	b.Publish(workertest.Job(tail))
	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)
	b.Payload(tail, 1)
	b.Drained()
	for _, read := range reads.All() {
		require.NotContains(t, string(read.Data), "waits")
	}
}

// exhausted makes a handler whose source refuses one key as used up.
func exhausted(key string, as quota.Settlement, used *sync.Map) worker.Handler {
	return func(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
		if err := permit.Start(); err != nil {
			return messages.Payload{}, &worker.Failure{Outcome: worker.Wait, Permit: quota.Cancelled, Reason: "lapsed", Err: err}
		}
		used.Store(permit.Secret(), true)
		if key == "" || permit.Secret() == key {
			return messages.Payload{}, &worker.Failure{Outcome: worker.Wait, Permit: as, Reason: "the source refuses the key"}
		}
		return answer(`{}`), nil
	}
}

func TestJobGoesOnWithAnotherKey(t *testing.T) {
	t.Parallel()
	for _, as := range []quota.Settlement{quota.Exhausted, quota.Invalid} {
		t.Run(as.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			deliveries := b.Spy("$JS.ACK.JOBS.>")
			var used sync.Map
			// Enough jobs that the refused key is met, wherever the ledger begins.
			for page := range 20 {
				b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1)))
			}
			b.run(b.ledger(firstKey, otherKey), exhausted(firstKey, as, &used))
			for page := range 20 {
				require.Equal(t, 1, b.Payload(fmt.Sprintf("kobis.movie-list.all.%d", page+1), 1).Attempt)
			}
			b.Drained()
			for _, ack := range deliveries.All() {
				require.NotContains(t, string(ack.Data), "-NAK", "every job was answered in its first handling")
			}
			require.Empty(t, b.notes())
		})
	}
}

// halted is what the metric of that name says.
func (b *bench) halted() float64 {
	families, err := b.registry.Gather()
	require.NoError(b.t, err)
	for _, family := range families {
		if family.GetName() == "cledit_worker_halted" {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	require.Fail(b.t, "there is no metric cledit_worker_halted")
	return 0
}

// revivable is a supply whose halt ends when the test configures a key again.
type revivable struct {
	mu      sync.Mutex
	ledger  *quota.Ledger
	revived chan *quota.Ledger
}

func (r *revivable) current() *quota.Ledger {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ledger
}

func (r *revivable) Acquire(ctx context.Context, most int) ([]*quota.Permit, error) {
	return r.current().Acquire(ctx, most)
}

func (r *revivable) WaitRevived(ctx context.Context) error {
	select {
	case ledger := <-r.revived:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ledger = ledger
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestHaltsWithEveryKeyRefusedAndGoesOnWithANewOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for page := range 10 {
		b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1)))
	}
	var used sync.Map
	supply := &revivable{ledger: b.ledger(firstKey), revived: make(chan *quota.Ledger)}
	b.run(supply, exhausted(firstKey, quota.Invalid, &used))
	b.Until("the source is halted", func() bool { return b.halted() == 1 })
	require.Equal(t, 10, b.Count(topology.StreamJobs, ">"), "jobs stay queued")

	supply.revived <- b.ledger(otherKey)
	for page := range 10 {
		require.Equal(t, 1, b.Payload(fmt.Sprintf("kobis.movie-list.all.%d", page+1), 1).Attempt)
	}
	require.Zero(t, b.halted())
	logged := b.logs.String()
	require.Equal(t, 1, strings.Count(logged, quota.Fingerprint(firstKey)), logged)
	require.NotContains(t, logged, firstKey)
	require.NotContains(t, logged, otherKey)
}

// A permit that lapsed while it was held is replaced without the job noticing.
func TestLapsedPermitIsReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	closed := b.ledger()
	held, err := closed.Acquire(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	b.run(&lapsing{Ledger: b.ledger(), held: held}, (&answers{list: []error{nil}}).handle)
	require.Equal(t, 1, b.Payload(tail, 1).Attempt)
	require.Empty(t, b.notes())
}

// lapsing grants what it holds first.
type lapsing struct {
	*quota.Ledger
	held []*quota.Permit
}

func (l *lapsing) Acquire(ctx context.Context, most int) ([]*quota.Permit, error) {
	if held := l.held; len(held) > 0 {
		l.held = nil
		return held, nil
	}
	return l.Ledger.Acquire(ctx, most)
}

func TestNoteOfAnotherMakeIsNotCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bucket, err := topology.Bucket(t.Context(), b.JS, nil)
	require.NoError(t, err)
	_, err = bucket.Put(t.Context(), "kobis.waits.movie-detail.20190324", []byte(`no JSON`))
	require.NoError(t, err)
	b.Publish(workertest.Job(tail))
	b.run(b.ledger(), (&answers{list: []error{retry(), nil}}).handle)
	require.Equal(t, 2, b.Payload(tail, 1).Attempt)
	_, err = bucket.Get(t.Context(), "kobis.waits.movie-detail.20190324")
	require.NotErrorIs(t, err, jetstream.ErrKeyNotFound, "what was not read as ours is left alone")
}
