package pull_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pull"
)

// queue is a stream with a consumer that has been made after its messages: what it
// counts as pending is right at once, while the server counts what is published
// later in its own time.
func queue(t *testing.T, bodies ...string) (jetstream.JetStream, jetstream.Consumer) {
	t.Helper()
	js := natstest.JetStream(t)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "Q", Subjects: []string{"q.>"}})
	require.NoError(t, err)
	for i, body := range bodies {
		_, err := js.Publish(t.Context(), fmt.Sprintf("q.%d", i), []byte(body))
		require.NoError(t, err)
	}
	consumer, err := js.CreateConsumer(t.Context(), "Q", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour})
	require.NoError(t, err)
	return js, consumer
}

func fetch(t *testing.T, js jetstream.JetStream, consumer jetstream.Consumer, r pull.Request) []string {
	t.Helper()
	msgs, err := pull.Fetch(js, consumer, r)
	require.NoError(t, err)
	bodies := make([]string, 0, len(msgs))
	for _, msg := range msgs {
		bodies = append(bodies, string(msg.Data()))
	}
	return bodies
}

func TestTakesWhatIsThere(t *testing.T) {
	t.Parallel()
	js, consumer := queue(t, "a", "b", "c", "d")
	require.Equal(t, []string{"a", "b"}, fetch(t, js, consumer, pull.Request{Batch: 2, Wait: time.Minute}))
	require.Equal(t, []string{"c", "d"}, fetch(t, js, consumer, pull.Request{Batch: 3}))
	require.Empty(t, fetch(t, js, consumer, pull.Request{Batch: 3}))
	require.Empty(t, fetch(t, js, consumer, pull.Request{Batch: 3, Wait: 10 * time.Millisecond}))
}

func TestBytesBoundABatch(t *testing.T) {
	t.Parallel()
	large := string(make([]byte, 1000))
	js, consumer := queue(t, large, large, large)
	require.Len(t, fetch(t, js, consumer, pull.Request{Batch: 3, MaxBytes: 2500, Wait: time.Minute}), 2)
	require.Empty(t, fetch(t, js, consumer, pull.Request{Batch: 3, MaxBytes: 500, Wait: 10 * time.Millisecond}))
	require.Len(t, fetch(t, js, consumer, pull.Request{Batch: 1, Wait: time.Minute}), 1)
}

// A message is what can be acknowledged, whatever it looks like.
func TestWordsInAMessageAreItsOwn(t *testing.T) {
	t.Parallel()
	js, consumer := queue(t)
	statuses := []string{"100", "404", "408", "409", "503"}
	for _, status := range statuses {
		_, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "q.x", Header: nats.Header{"Status": {status}, "Description": {"Consumer Deleted"}}})
		require.NoError(t, err)
	}
	msgs, err := pull.Fetch(js, consumer, pull.Request{Batch: len(statuses), Wait: time.Minute})
	require.NoError(t, err)
	require.Len(t, msgs, len(statuses))
	for i, msg := range msgs {
		require.Equal(t, statuses[i], msg.Headers().Get("Status"))
		require.Equal(t, "q.x", msg.Subject())
	}
}

func TestMessagesAreSettledOnce(t *testing.T) {
	t.Parallel()
	js, consumer := queue(t, "a", "b", "c", "d", "e")
	msgs, err := pull.Fetch(js, consumer, pull.Request{Batch: 5, Wait: time.Minute})
	require.NoError(t, err)
	meta, err := msgs[1].Metadata()
	require.NoError(t, err)
	require.Equal(t, "Q c 2 1 3", fmt.Sprint(meta.Stream, " ", meta.Consumer, " ", meta.Sequence.Stream, meta.NumDelivered, meta.NumPending))
	require.NoError(t, msgs[0].InProgress())
	require.NoError(t, msgs[0].Ack())
	require.ErrorIs(t, msgs[0].Ack(), jetstream.ErrMsgAlreadyAckd)
	require.ErrorIs(t, msgs[0].InProgress(), jetstream.ErrMsgAlreadyAckd)
	require.NoError(t, msgs[1].DoubleAck(t.Context()))
	require.NoError(t, msgs[2].TermWithReason("why"))
	require.NoError(t, msgs[3].NakWithDelay(time.Hour))
	require.NoError(t, msgs[4].Nak())
	require.Equal(t, []string{"e"}, fetch(t, js, consumer, pull.Request{Batch: 1, Wait: time.Minute}))
	require.Empty(t, fetch(t, js, consumer, pull.Request{Batch: 1, Wait: 50 * time.Millisecond}))
	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, info.NumAckPending)
}

func TestSaysThatTheConsumerIsGone(t *testing.T) {
	t.Parallel()
	js, consumer := queue(t, "a")
	require.NoError(t, js.DeleteConsumer(t.Context(), "Q", "c"))
	_, err := pull.Fetch(js, consumer, pull.Request{Batch: 1, Wait: time.Minute})
	require.ErrorIs(t, err, nats.ErrNoResponders)

	js, consumer = queue(t)
	failed := make(chan error, 1)
	go func() {
		_, err := pull.Fetch(js, consumer, pull.Request{Batch: 1, Wait: time.Minute})
		failed <- err
	}()
	require.Eventually(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumWaiting == 1
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, js.DeleteConsumer(t.Context(), "Q", "c"))
	require.ErrorIs(t, <-failed, jetstream.ErrConsumerDeleted)
}
