package upstream_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/upstream"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}

func chunk(text string) string {
	return fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
}

func head(lines ...string) string {
	return "HTTP/1.1 200 OK\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// saying answers with raw bytes and closes the connection.
func saying(text string) exchange {
	return func(conn *net.TCPConn, _ *http.Request, _ int) bool {
		say(conn, text)
		return false
	}
}

func TestWholeBodies(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("x", 1000) // exactly the cap
	packed := zipped(t, full)
	length := fmt.Sprintf("Content-Length: %d", len(packed))
	tests := map[string]string{
		"length":  head("Content-Length: 1000") + full,
		"chunked": head("Transfer-Encoding: chunked") + chunk(full[:300]) + chunk(full[300:]) + "0\r\n\r\n",
		"gzip":    head(length, "Content-Encoding: gzip") + packed,
		"to end":  head("Connection: close") + full,
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, upstream.Config{BaseURL: "http://" + serveRaw(t, saying(answer)).addr, MaxBody: 1000})
			resp, err := client.Get(t.Context(), detail)
			require.NoError(t, err)
			require.Equal(t, full, string(resp.Body))
			require.False(t, resp.Redacted)
		})
	}
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 1001)
	bomb := zipped(t, strings.Repeat("x", 1<<20))
	packed := zipped(t, "some text that is long enough to be cut")
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d", n) }
	tests := map[string]struct {
		answer string
		is     error
	}{
		"too large, as it says": {head("Content-Length: 1001"), upstream.ErrTooLarge},
		"too large by length":   {head("Content-Length: 1001") + large, upstream.ErrTooLarge},
		"too large in chunks":   {head("Transfer-Encoding: chunked") + chunk(large) + "0\r\n\r\n", upstream.ErrTooLarge},
		"too large to the end":  {head("Connection: close") + large, upstream.ErrTooLarge},
		"too large when open":   {head(length(len(bomb)), "Content-Encoding: gzip") + bomb, upstream.ErrTooLarge},
		"cut in its length":     {head("Content-Length: 900") + large[:800], upstream.ErrTruncated},
		"cut in a chunk":        {head("Transfer-Encoding: chunked") + chunk(large[:300])[:200], upstream.ErrTruncated},
		"cut between chunks":    {head("Transfer-Encoding: chunked") + chunk(large[:300]), upstream.ErrTruncated},
		"cut gzip":              {head("Connection: close", "Content-Encoding: gzip") + packed[:len(packed)-9], upstream.ErrTruncated},
		"gzip without its tail": {head("Connection: close", "Content-Encoding: gzip") + packed[:len(packed)-1], upstream.ErrTruncated},
		"gzip with a bad sum":   {head("Connection: close", "Content-Encoding: gzip") + packed[:len(packed)-8] + "00000000", upstream.ErrTruncated},
		"no gzip at all":        {head("Connection: close", "Content-Encoding: gzip") + "<html>maintenance</html>", upstream.ErrTruncated},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, upstream.Config{BaseURL: "http://" + serveRaw(t, saying(tt.answer)).addr, MaxBody: 1000})
			_, err := client.Get(t.Context(), detail)
			var failed *upstream.Error
			require.ErrorAs(t, err, &failed)
			require.ErrorIs(t, err, tt.is)
			require.True(t, failed.Retryable, "the next answer may be another")
			require.Equal(t, upstream.PhaseBody, failed.Phase)
			require.Equal(t, http.StatusOK, failed.Status)
			require.True(t, failed.Sent)
		})
	}
}

// A body that is longer than is read without asking ends at the bound all the same.
func TestALargeBodyEndsAtItsBound(t *testing.T) {
	t.Parallel()
	for most, want := range map[int64]error{2 << 20: upstream.ErrTooLarge, 3 << 20: nil} {
		answer := head("Transfer-Encoding: chunked") + chunk(strings.Repeat("x", 3<<20)) + "0\r\n\r\n"
		client := newClient(t, upstream.Config{BaseURL: "http://" + serveRaw(t, saying(answer)).addr, MaxBody: most})
		_, err := client.Get(t.Context(), detail)
		require.ErrorIs(t, err, want)
	}
}

func TestWhatIsNoHTTPCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"another protocol": "220 mail.example ESMTP\r\n",
		"nothing":          "",
		"endless header":   "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 1200),
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, upstream.Config{BaseURL: "http://" + serveRaw(t, saying(answer)).addr})
			_, err := client.Get(t.Context(), detail)
			var failed *upstream.Error
			require.ErrorAs(t, err, &failed)
			require.True(t, failed.Sent)
			require.True(t, failed.Retryable)
			require.Equal(t, upstream.PhaseHeader, failed.Phase)
		})
	}
}

// Room is asked for what a body may come to, and only beyond the first megabyte.
func TestLargeBodiesAskForRoom(t *testing.T) {
	t.Parallel()
	const free, most = 1 << 20, 4 << 20
	text := func(n int) string { return strings.Repeat("x", n) }
	packed := zipped(t, text(free+1))
	tests := map[string]struct {
		answer string
		size   int
		room   int64
	}{
		"small":              {head("Connection: close") + text(free), free, 0},
		"known":              {head(fmt.Sprintf("Content-Length: %d", free+1)) + text(free+1), free + 1, free + 1},
		"unknown":            {head("Connection: close") + text(free+1), free + 1, most},
		"packed":             {head(fmt.Sprintf("Content-Length: %d", len(packed)), "Content-Encoding: gzip") + packed, free + 1, most},
		"as large as may be": {head("Connection: close") + text(most), most, most},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var room int64
			client := newClient(t, upstream.Config{
				BaseURL: "http://" + serveRaw(t, saying(tt.answer)).addr, MaxBody: most,
				Reserve: func(_ context.Context, bytes int64) error { room += bytes; return nil },
			})
			resp, err := client.Get(t.Context(), detail)
			require.NoError(t, err)
			require.Equal(t, text(tt.size), string(resp.Body))
			require.Equal(t, tt.room, room)
		})
	}
}

func TestABodyWithoutRoomIsNoAnswer(t *testing.T) {
	t.Parallel()
	answer := head("Connection: close") + strings.Repeat("x", 2<<20)
	client := newClient(t, upstream.Config{
		BaseURL: "http://" + serveRaw(t, saying(answer)).addr, Timeouts: upstream.Timeouts{Total: soon},
		Reserve: func(ctx context.Context, _ int64) error { <-ctx.Done(); return ctx.Err() },
	})
	_, err := client.Get(t.Context(), detail)
	var failed *upstream.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, upstream.ErrNoRoom)
	require.True(t, failed.Retryable)
	require.True(t, failed.Sent)
	require.Equal(t, upstream.PhaseBody, failed.Phase)
}
