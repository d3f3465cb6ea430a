package filelock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/filelock"
)

func TestOnlyOneHoldsALock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Acquire(path)
	require.NoError(t, err)
	_, err = filelock.Acquire(path)
	require.ErrorIs(t, err, filelock.ErrHeld)
	require.ErrorContains(t, err, path)
	require.NoError(t, first.Release())

	second, err := filelock.Acquire(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path), "with its folder, say")
	third, err := filelock.Acquire(path)
	require.NoError(t, err, "what is there now is another file")
	require.NoError(t, second.Release())
	_, err = filelock.Acquire(path)
	require.ErrorIs(t, err, filelock.ErrHeld)
	require.NoError(t, third.Release())
}

func TestALockNeedsItsFolder(t *testing.T) {
	t.Parallel()
	_, err := filelock.Acquire(filepath.Join(t.TempDir(), "missing", "lock"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorIs(t, err, filelock.ErrHeld)
}
