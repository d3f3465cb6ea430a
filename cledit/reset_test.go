package cledit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/cledit"
	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/filelock"
	"github.com/cledit/pipeline/pkg/service"
)

// reset empties a folder without a terminal and returns what it said.
func reset(t *testing.T, dir string, flags ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cfg := cledit.ResetConfig{Dir: dir, Streams: service.Streams{Stdout: &out, Stderr: &out}}
	for _, flag := range flags {
		require.Equal(t, "--yes", flag)
		cfg.Yes = true
	}
	err := cledit.Reset(t.Context(), cfg)
	return out.String(), err
}

// folder is one that a stack has left, with data from there.
func folder(t *testing.T, origin string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cledit.lock": "", "origin": origin + "\n", "log.jsonl": "{}\n", "nats/stream": "answers", "postgres/data/base": "tables", "mine.txt": "the operator's",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestResetSaysWhatItRemovesAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	dir := folder(t, "the built-in tables")
	said, err := reset(t, dir)
	require.NoError(t, err)
	for _, text := range []string{dir, "postgres", "nats", "log.jsonl", "data from the built-in tables", "Removed."} {
		require.Contains(t, said, text)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, "mine.txt", left[0].Name())

	said, err = reset(t, filepath.Join(dir, "missing"))
	require.NoError(t, err)
	require.Contains(t, said, "Nothing to remove")
	require.NoDirExists(t, filepath.Join(dir, "missing"))
}

func TestResetAsksBeforeAnswersOfTheRealSourcesGo(t *testing.T) {
	t.Parallel()
	dir := folder(t, "the real sources")
	said, err := reset(t, dir)
	require.ErrorIs(t, err, service.ErrUnasked)
	require.ErrorContains(t, err, "--yes")
	require.Contains(t, said, "postgres", "it says what would go")
	require.FileExists(t, filepath.Join(dir, "postgres", "data", "base"))
	require.FileExists(t, filepath.Join(dir, "origin"))

	_, err = reset(t, dir, "--yes")
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(dir, "postgres"))
}

func TestResetIsRefusedBesideARunningHouse(t *testing.T) {
	t.Parallel()
	for name, lock := range map[string]string{"a stack": "cledit.lock", "its database": "postgres/lock"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, "the real sources")
			held, err := filelock.Acquire(filepath.Join(dir, lock))
			require.NoError(t, err)
			_, err = reset(t, dir, "--yes")
			require.ErrorContains(t, err, "in use by another program")
			for _, file := range []string{"origin", "nats/stream", "postgres/data/base"} {
				require.FileExists(t, filepath.Join(dir, file))
			}
			require.NoError(t, held.Release())
			_, err = reset(t, dir, "--yes")
			require.NoError(t, err)
		})
	}
}

func TestResetLeavesAForeignFolderAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "nats")
	require.NoError(t, os.WriteFile(file, []byte("somebody's"), 0o600))
	_, err := reset(t, dir, "--yes")
	require.ErrorIs(t, err, stack.ErrForeign)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "not even a lock is left behind")
}

// What does not come up claims nothing: a typing error is mended by writing it right.
func TestAFolderIsClaimedByDataAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "stack")
	var out, say bytes.Buffer
	wrong := config(t, map[string]string{"CLEDIT_DIR": dir}, &out, &say)
	wrong.Data = filepath.Join(dir, "typo")
	require.ErrorContains(t, cledit.Demo(t.Context(), wrong), "typo")
	require.NoDirExists(t, dir)
}

func TestASecondHouseIsKeptOut(t *testing.T) {
	t.Parallel()
	dir := folder(t, "the built-in tables")
	held, err := filelock.Acquire(filepath.Join(dir, "cledit.lock"))
	require.NoError(t, err)
	defer func() { require.NoError(t, held.Release()) }()
	var out, say bytes.Buffer
	require.ErrorIs(t, cledit.Demo(t.Context(), config(t, map[string]string{"CLEDIT_DIR": dir}, &out, &say)), filelock.ErrHeld)
}
