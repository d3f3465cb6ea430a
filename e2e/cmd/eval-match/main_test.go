package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRunPrintsEveryTable(t *testing.T) {
	t.Parallel()
	gold := filepath.Join(t.TempDir(), "gold.tsv")
	var out strings.Builder
	require.NoError(t, run(&out, "", gold, 5, nil))
	for _, table := range []string{"films with a record", "films without a record", "score of the best candidate", "where a title agrees", "verdict"} {
		require.Contains(t, out.String(), "| "+table)
	}
	written, err := os.ReadFile(gold)
	require.NoError(t, err)
	require.Greater(t, strings.Count(string(written), "\n"), 500)
	require.Error(t, run(&out, t.TempDir(), "", 5, nil), "a folder without recordings")
}
