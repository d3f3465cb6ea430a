package derive

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A statement that is given a key twice fails: of rows with one key the first counts.
func TestOfAKeyTheFirstRowCounts(t *testing.T) {
	t.Parallel()
	type pair struct{ key, value int }
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.Custom(func(t *rapid.T) pair {
			return pair{rapid.IntRange(0, 5).Draw(t, "key"), rapid.Int().Draw(t, "value")}
		})).Draw(t, "rows")
		want := map[int]pair{}
		for _, row := range rows {
			if _, known := want[row.key]; !known {
				want[row.key] = row
			}
		}
		got := map[int]pair{}
		for _, row := range firsts(rows, func(p *pair) int { return p.key }) {
			require.NotContains(t, got, row.key)
			got[row.key] = row
		}
		require.Equal(t, want, got)
	})
}
