package publish_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ensured is a server with the topology on it.
func ensured(t *testing.T) jetstream.JetStream {
	t.Helper()
	js := natstest.JetStream(t)
	_, err := topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	return js
}

// odd is text of all kinds and lengths.
func odd() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text := rapid.OneOf(
			rapid.String(),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"", "감", "\x1b[2J", "\u202e", "\r\n", "a b", "\x00", "\\u0000", `"`, "\u0085"}),
		).Draw(t, "text")
		return strings.Repeat(text, rapid.SampledFrom([]int{1, 1, 50, 70_000 / max(1, len(text)), 200_000 / max(1, len(text))}).Draw(t, "times"))
	})
}

func payloads(body *rapid.Generator[[]byte]) *rapid.Generator[messages.Payload] {
	return rapid.Custom(func(t *rapid.T) messages.Payload {
		return messages.Payload{
			Name:    messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: rapid.StringMatching(`[A-Za-z0-9_-]{1,200}`).Draw(t, "key")},
			Outcome: messages.OutcomeOK, FetchedAt: time.UnixMicro(1e15), ContentType: odd().Draw(t, "type"), RunID: odd().Draw(t, "run"),
			Request: rapid.MapOfN(odd(), odd(), 0, 4).Draw(t, "request"), JobTime: time.Unix(1, 0), Attempt: 1,
			Trace: messages.Trace{Parent: odd().Draw(t, "parent"), State: odd().Draw(t, "state")},
			Body:  body.Draw(t, "body"),
		}
	})
}

// bodies are of every size up to what is too large, mostly small; noise does not
// compress.
func bodies() *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		small, large := []int{0, 1, 1000, messages.CompressAbove}, []int{messages.MaxMessage - 40_000, messages.MaxMessage - 600, 1 << 20}
		noise := make([]byte, rapid.SampledFrom(slices.Concat(small, small, small, large)).Draw(t, "size"))
		_, _ = rand.NewChaCha8([32]byte{rapid.Byte().Draw(t, "noise")}).Read(noise) // never fails
		return noise
	})
}

// Whatever a source answers, RAW takes what becomes of it, the loader reads it, and
// DEAD takes it with any reason.
func TestRAWAndDEADTakeWhateverIsMade(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := payloads(bodies()).Draw(rt, "payload")
		msg, err := p.Msg()
		if err != nil {
			require.ErrorIs(rt, err, messages.ErrTooLarge)
			return
		}
		_, err = js.PublishMsg(t.Context(), msg)
		require.NoError(rt, err)
		read, err := messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
		require.NoError(rt, err)
		require.True(rt, bytes.Equal(p.Body, read.Body))
		letter := messages.DeadLetter{Subject: msg.Subject, Header: msg.Header, Body: msg.Data, Reason: odd().Draw(rt, "reason"), Error: odd().Draw(rt, "error")}.Msg()
		_, err = js.PublishMsg(t.Context(), letter)
		require.NoError(rt, err)
		require.Equal(rt, msg.Data, letter.Data, "a payload that RAW took is whole in DEAD")
	})
}

// What people have published by hand comes to DEAD too, whatever it is.
func TestDEADTakesWhateverWasPublished(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	names := rapid.OneOf(odd(), rapid.SampledFrom([]string{
		"Nats-Msg-Id", "Nats-Rollup", "Nats-TTL", "nats-expected-stream", "Nats-Expected-Last-Sequence", "Nats-Incr", "Nats-Schedule", "Nats-Batch-Id",
		messages.HeaderRequest, messages.HeaderReason, messages.HeaderContentType, "X-Of-Somebody",
	}))
	rapid.Check(t, func(rt *rapid.T) {
		subject := rapid.SampledFrom([]string{"jobs.tmdb.movie-detail.1", "raw.kobis." + strings.Repeat("a.", 1900) + "b", "jobs." + strings.Repeat("감", 1300)}).Draw(rt, "subject")
		header := nats.Header(rapid.MapOfN(names, rapid.SliceOfN(odd(), 0, 3), 0, 12).Draw(rt, "header"))
		letter := messages.DeadLetter{Subject: subject, Header: header, Body: bodies().Draw(rt, "body"), Reason: odd().Draw(rt, "reason"), Error: odd().Draw(rt, "error")}
		for _, msg := range letter.Msgs() {
			_, err := js.PublishMsg(t.Context(), msg)
			require.NoError(rt, err)
		}
	})
}

// What no repetition cures ends at once, on a server that answers for itself.
func TestPermanentErrorsEndAtOnce(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	logs := zerolog.New(zerolog.NewTestWriter(t))
	for what, alter := range map[string]func(*nats.Msg){
		"headers above 64 KiB":     func(m *nats.Msg) { m.Header.Set("Content-Type", strings.Repeat("x", 70_000)) },
		"more than the connection": func(m *nats.Msg) { m.Data = make([]byte, 2<<20) },
		"an expectation":           func(m *nats.Msg) { m.Header.Set(nats.ExpectedStreamHdr, "OTHER") },
		"a time to live":           func(m *nats.Msg) { m.Header.Set("Nats-TTL", "1h") },
	} {
		msg := nats.NewMsg("raw.tmdb.movie-detail.1")
		alter(msg)
		require.ErrorIs(t, publish.New(js, logs).Store(t.Context(), msg), publish.ErrRefused, what)
	}
	raw, err := js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	cfg := raw.CachedInfo().Config
	cfg.MaxMsgSize = 100
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	msg := nats.NewMsg("raw.tmdb.movie-detail.1")
	msg.Data = make([]byte, 1000)
	require.ErrorIs(t, publish.New(js, logs).Store(t.Context(), msg), publish.ErrRefused, "a limit of the stream")
}

// A stream that is full or away is waited for, and the wait has a name.
func TestTroubleIsWaitedOutAndNamed(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	raw, err := js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	cfg := raw.CachedInfo().Config
	full := cfg
	full.Discard, full.MaxMsgs = jetstream.DiscardNew, 1
	_, err = js.UpdateStream(t.Context(), full)
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "raw.tmdb.movie-detail.1", nil)
	require.NoError(t, err)

	p := publish.New(js, zerolog.New(zerolog.NewTestWriter(t)))
	stored := make(chan error, 1)
	go func() { stored <- p.Store(t.Context(), nats.NewMsg("raw.tmdb.movie-detail.2")) }()
	require.Eventually(t, func() bool { return p.Check(t.Context()) != nil }, time.Minute, time.Millisecond)
	require.ErrorContains(t, p.Check(t.Context()), "1 messages wait to be stored, such as raw.tmdb.movie-detail.2: ")
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, <-stored)
	require.NoError(t, p.Check(t.Context()))
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	js := natstest.JetStream(t)
	ctx, cancel := context.WithCancel(t.Context())
	p := publish.New(js, zerolog.Nop())
	stored := make(chan error, 1)
	go func() { stored <- p.Store(ctx, nats.NewMsg("raw.tmdb.movie-detail.2")) }()
	require.Eventually(t, func() bool { return p.Check(ctx) != nil }, time.Minute, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-stored, context.Canceled)
}

// A DEAD that takes less than it should keeps what it takes.
func TestALetterThatIsRefusedComesWithLess(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, &server.Options{StoreDir: t.TempDir(), MaxPayload: 100 << 10})
	js, err := jetstream.New(natstest.Connect(t, srv))
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	dead, err := js.Stream(t.Context(), topology.StreamDead)
	require.NoError(t, err)
	letter := messages.DeadLetter{
		Subject: "raw.tmdb.movie-detail.1", Body: make([]byte, 200<<10), Reason: "odd",
		Header: nats.Header{messages.HeaderRun: {"run"}, "X-Other": {"other"}},
	}
	p := publish.New(js, zerolog.New(zerolog.NewTestWriter(t)))
	last := func() *jetstream.RawStreamMsg {
		require.NoError(t, p.Bury(t.Context(), letter))
		msg, err := dead.GetLastMsgForSubject(t.Context(), "dead.raw.tmdb.movie-detail.1")
		require.NoError(t, err)
		return msg
	}
	msg := last()
	require.Equal(t, "odd (the body is cut: 65536 of 204800 bytes)", msg.Header.Get(messages.HeaderReason))
	require.Len(t, msg.Data, messages.MaxDeadJobBody)
	require.Equal(t, "run", msg.Header.Get(messages.HeaderRun))
	cfg := dead.CachedInfo().Config
	cfg.MaxMsgSize = 1000
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	msg = last()
	require.Equal(t, "odd (the body is cut: 0 of 204800 bytes)", msg.Header.Get(messages.HeaderReason))
	require.Empty(t, msg.Data)
}

// What a stream or an account refuses for its own state ends with time or a person's
// work there, though its code is of the class of errors that a client has made.
func TestWhatNoRepetitionMends(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err   error
		never bool
	}{
		{&jetstream.APIError{Code: 400, ErrorCode: 10097, Description: "header size exceeds maximum allowed of 64k"}, true},
		{&jetstream.APIError{Code: 400, ErrorCode: 10054, Description: "message size exceeds maximum allowed"}, true},
		{&jetstream.APIError{Code: 503, ErrorCode: publish.StoreFailed, Description: "message too large"}, true},
		{nats.ErrMaxPayload, true},
		{&jetstream.APIError{Code: 400, ErrorCode: 10002, Description: "resource limits exceeded for account"}, false},
		{&jetstream.APIError{Code: 400, ErrorCode: 10109, Description: "invalid operation on sealed stream"}, false},
		{&jetstream.APIError{Code: 409, ErrorCode: 10158, Description: "duplicate message id is in process"}, false},
		{&jetstream.APIError{Code: 503, ErrorCode: publish.StoreFailed, Description: "maximum bytes exceeded"}, false},
		{&jetstream.APIError{Code: 500, ErrorCode: 10023, Description: "insufficient resources"}, false},
		{nats.ErrTimeout, false},
		{context.DeadlineExceeded, false},
		{nats.ErrNoResponders, false},
	} {
		require.Equal(t, c.never, publish.Permanent(fmt.Errorf("storing: %w", c.err)), "%v", c.err)
	}
}
