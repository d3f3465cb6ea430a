package workertest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Logs keeps what is logged. The zero value is ready.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write keeps a line.
func (l *Logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(line)
}

// String is everything so far.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Nowhere fails the test when the secret is in the log or in a message of any
// stream, the bucket's included.
func (q *Queue) Nowhere(secret string, logs *Logs) {
	q.tb.Helper()
	require.NotContains(q.tb, logs.String(), secret)
	streams := q.JS.ListStreams(q.tb.Context())
	for info := range streams.Info() {
		stream, err := q.JS.Stream(q.tb.Context(), info.Config.Name)
		require.NoError(q.tb, err)
		for seq := max(info.State.FirstSeq, 1); seq <= info.State.LastSeq; seq++ {
			msg, err := stream.GetMsg(q.tb.Context(), seq)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue
			}
			require.NoError(q.tb, err)
			require.NotContains(q.tb, fmt.Sprint(msg.Subject, msg.Header, string(msg.Data)), secret)
		}
	}
	require.NoError(q.tb, streams.Err())
}
