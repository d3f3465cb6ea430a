package loader

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/database"
)

// worker is the only one of a loader that does nothing by itself.
func (w *world) worker(t *testing.T) *worker {
	t.Helper()
	log, metrics := zerolog.New(zerolog.NewTestWriter(t)), newMetrics(prometheus.NewRegistry())
	database, err := database.Parse(w.url)
	require.NoError(t, err)
	guard := newGuard()
	session := &session{
		config: database, health: newHealth("the database", 1, log), metrics: metrics, log: log,
		answer: answerTimeout, limit: transactionTimeout,
	}
	one := newWorker(base{session, guard, now, metrics, log}, &puller{js: w.js, guard: guard, now: now}, 100, new(kinds))
	one.notes, one.publisher, one.tracer = newNoteLog(metrics, log), publish.New(w.js, log), noop.NewTracerProvider().Tracer("")
	t.Cleanup(func() { one.session.drop(context.Background()) })
	return one
}

// delivered is a message that RAW has delivered twice.
func (w *world) delivered(t *testing.T) jetstream.Msg {
	t.Helper()
	consumer, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	first, err := consumer.Next()
	require.NoError(t, err)
	require.NoError(t, first.Nak())
	second, err := consumer.Next()
	require.NoError(t, err)
	return second
}

// What was put away is not tried again for another copy of it that RAW had handed
// out before: that would end the process once more, for nothing.
func TestASecondCopyOfWhatWasPutAwayIsNotTried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.worker(t)
	w.publish(films(1, 1)...)
	msg := w.delivered(t)
	s, suspected := newSuspect(msg)
	require.True(t, suspected)
	w.exec("INSERT INTO ops.suspects (kind, key, what, alone, noted_at) VALUES ('message', '" + s.key + "', 'a test', 3, now())")
	for range 2 {
		one.tryAlone(t.Context(), []*suspect{s})
		require.Zero(t, w.count("staging.kobis_movies"), "nobody reads it")
		require.Zero(t, w.count("ops.suspects"))
	}
	require.Len(t, w.deadLetters(), 1)
	require.Eventually(t, w.loaded, patience, poll)
}

// A note outlives neither its message nor its mark.
func TestNotesOfWhatIsSettledGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.worker(t)
	pages := films(2, 1)
	w.publish(pages[0])
	msg := w.delivered(t)
	w.publish(pages[1])
	s, suspected := newSuspect(msg)
	require.True(t, suspected)
	w.exec(`INSERT INTO ops.stale_titles (key, marked_at) VALUES ('kobis:movie:20190001', now())`)
	w.exec(`INSERT INTO ops.suspects (kind, key, what, alone, noted_at) VALUES
		('process', 'p', 'a test', 1, now()), ('message', '` + s.key + `', 'a test', 1, now()), ('message', '2@then', 'a test', 1, now()),
		('title', 'kobis:movie:20190001', 'a test', 0, now()), ('title', 'kobis:movie:20190002', 'a test', 0, now())`)
	require.NoError(t, one.housekeeping.forgetSettled(t.Context()))
	require.Equal(t, 4, w.count("ops.suspects"), "all but the title without a mark may still be tried")
	require.NoError(t, msg.DoubleAck(t.Context()))
	require.NoError(t, one.housekeeping.forgetSettled(t.Context()))
	require.Equal(t, 3, w.count("ops.suspects"))
	require.Zero(t, w.count("ops.suspects WHERE key = '"+s.key+"'"))
}

// A mark whose key is longer than a note's may be is worked off with care, too, and
// keeps no other waiting.
func TestAMarkThatCannotBeNotedHoldsUpNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.worker(t)
	w.exec(`INSERT INTO ops.stale_titles (key, marked_at) VALUES ('kobis:movie:20190001', now()), ('kobis:movie:' || repeat('x', 1500), now())`)
	require.True(t, one.guard.isCareful())
	for one.deriver.drain(t.Context()) {
	}
	require.Zero(t, w.count("ops.stale_titles"))
	require.Zero(t, w.count("ops.suspects"))
	require.False(t, one.guard.isCareful(), "nothing is left that asks for it")
}

// Who is alone has no company, and none is alone beside somebody.
func TestWhoIsAloneHasNoCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuard()
		enter := map[bool]func(context.Context) (func(), error){true: g.alone, false: g.share}
		for _, first := range []bool{true, false} {
			leave, err := enter[first](t.Context())
			require.NoError(t, err)
			second := make(chan func(), 1)
			go func() {
				leave, err := enter[!first](t.Context())
				assert.NoError(t, err)
				second <- leave
			}()
			synctest.Wait()
			require.Empty(t, second, "alone first: %t", first)
			leave()
			(<-second)()
		}
	})
}

// Processes that end at the same age try at different ages what they ended with.
func TestTheMomentOfATryIsDrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waits := map[time.Duration]bool{}
		for range 100 {
			wait := newGuard().wait()
			require.GreaterOrEqual(t, wait, quarantine)
			require.Less(t, wait, 2*quarantine)
			waits[wait] = true
		}
		require.Greater(t, len(waits), 50)
	})
}
