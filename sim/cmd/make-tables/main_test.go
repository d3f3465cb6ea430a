package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/table"
)

func makeTables(t *testing.T, data string) map[string][]byte {
	t.Helper()
	out := t.TempDir()
	cmd := command()
	var report bytes.Buffer
	cmd.SetOut(&report)
	cmd.SetArgs([]string{"--data", data, "--out", out})
	require.NoError(t, cmd.Execute())
	require.Contains(t, report.String(), "films")
	tables := map[string][]byte{}
	for _, name := range []string{"films", "details", "boxoffice", "movies", "series"} {
		text, err := os.ReadFile(filepath.Join(out, name+".tsv"))
		require.NoError(t, err)
		tables[name] = text
	}
	return tables
}

// TestTheSameFolderGivesTheSameTables: and the real folder gives the tables that
// are built in.
func TestTheSameFolderGivesTheSameTables(t *testing.T) {
	t.Parallel()
	data := simtest.Folder(t)
	tables := makeTables(t, data)
	require.Equal(t, tables, makeTables(t, data))
	films, err := table.ReadFilms(string(tables["films"]))
	require.NoError(t, err)
	require.Greater(t, len(films), 1500)
	if os.Getenv("CLEDIT_DATA") == "" {
		return
	}
	for name, text := range tables {
		builtIn, err := os.ReadFile(filepath.Join("..", "..", "builtin", "tables", name+".tsv"))
		require.NoError(t, err)
		require.True(t, bytes.Equal(builtIn, text), "%s is out of date: go generate ./builtin", name)
	}
}

func TestWithoutAFolder(t *testing.T) {
	t.Parallel()
	cmd := command()
	cmd.SetArgs([]string{"--data", t.TempDir(), "--out", t.TempDir()})
	require.ErrorContains(t, cmd.Execute(), "no recordings found")
}
