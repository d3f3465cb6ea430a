package screen_test

import (
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/screen"
)

func TestATableFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(80, 200).Draw(t, "width")
		columns := rapid.IntRange(1, 5).Draw(t, "columns")
		words := rapid.Custom(func(t *rapid.T) string {
			word := rapid.SampledFrom([]string{"evidence ", "a ", "영화", "기생충 ", "20190324"}).Draw(t, "word")
			return strings.Repeat(word, rapid.IntRange(0, 30).Draw(t, "times"))
		})
		cells := rapid.SliceOfN(words, columns, columns)
		header := []any{"film", "title", "why", "released", "evidence"}[:columns]
		table := screen.NewTable(width, "", header...)
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			row := make([]any, 0, columns)
			for _, cell := range cells.Draw(t, "cells") {
				row = append(row, cell)
			}
			table.Add(row...)
		}
		for line := range strings.SplitSeq(table.Render(), "\n") {
			if n := text.StringWidthWithoutEscSequences(line); n > width {
				t.Fatalf("%d columns of %d: %s", n, width, line)
			}
		}
	})
}

func TestAHeaderAndAFooterDoNotShout(t *testing.T) {
	t.Parallel()
	table := screen.NewTable(screen.Columns, "The title", "a head")
	table.Add(1)
	table.AddFooter("and a foot")
	for _, text := range []string{"The title", "a head", "and a foot"} {
		require.Contains(t, table.Render(), text)
	}
}

func TestFoldBreaksBetweenWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "one two\nthree\n\nfour", screen.Fold("one two three\n\nfour", 8))
}

func TestTheWidthIsTheTerminals(t *testing.T) {
	t.Parallel()
	person, terminal, err := pty.Open()
	require.NoError(t, err)
	defer func() { require.NoError(t, person.Close()) }()
	defer func() { require.NoError(t, terminal.Close()) }()
	require.NoError(t, pty.Setsize(person, &pty.Winsize{Cols: 133, Rows: 40}))
	require.Equal(t, 133, screen.Width(terminal))
	require.True(t, screen.Terminal(terminal))
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	require.Equal(t, 80, screen.Width(file))
	require.Equal(t, 80, screen.Width(&strings.Builder{}))
	require.False(t, screen.Terminal(file))
	require.NoError(t, file.Close())
}

func TestACellSteersNoTerminal(t *testing.T) {
	t.Parallel()
	table := screen.NewTable(80, "", "who", "why")
	table.Add("\x1b[31mred\a", "a\u202egpj.exe")
	out := table.Render()
	require.NotContains(t, out, "\x1b")
	require.NotContains(t, out, "\a")
	require.NotContains(t, out, "\u202e")
	require.Contains(t, out, "\ufffd[31mred\ufffd")
	require.Contains(t, out, "a\ufffdgpj.exe")
}
