package stack

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What would be a warning in the log is one on the terminal, once.
func TestWarningsAreSaid(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var said []string
	teller := newTeller(&log, func(text string) { said = append(said, text) })
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	teller.now = func() time.Time { return now }
	lines := []string{
		`{"level":"info","service":"planner","message":"planning"}`,
		`{"level":"warn","service":"fetcher-kobis","error":"no such host","message":"the source fails"}`,
		`{"level":"warn","service":"fetcher-kobis","error":"no such host","message":"the source fails"}`,
		`{"level":"error","service":"fetcher-tmdb","message":"halted"}`,
	}
	for _, line := range lines {
		_, err := teller.Write([]byte(line + "\n"))
		require.NoError(t, err)
	}
	require.Equal(t, []string{"fetcher-kobis: the source fails: no such host", "fetcher-tmdb: halted"}, said)
	require.Equal(t, 4, bytes.Count(log.Bytes(), []byte("\n")), "the log has all of them")
	now = now.Add(tellAgain)
	_, err := teller.Write([]byte(lines[1]))
	require.NoError(t, err)
	require.Len(t, said, 3)
}

func TestALowLimitOfFilesIsNamed(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, enoughFiles(64), "at most 64 files")
	require.ErrorContains(t, enoughFiles(64), "ulimit -n")
	require.NoError(t, enoughFiles(leastFiles))
	require.NoError(t, checkFiles(t.Context()), "of this machine")
}

func TestQuotedPathsAreReadBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"/a/영화": "/a/영화", "/a b": "'/a b'", "/it's": `'/it'\''s'`, "postgres://u@/d?host=x&port=1": "'postgres://u@/d?host=x&port=1'"} {
		require.Equal(t, want, Quote(text))
	}
}
