package derive

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type pair struct{ key, value int }

// Writing and dropping what difference says turns any rows into the wanted ones,
// and nothing is written that is there.
func TestDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pair {
			return pair{rapid.IntRange(0, 6).Draw(t, "key"), rapid.IntRange(0, 2).Draw(t, "value")}
		}), 0, 8)
		have := make(map[int]pair)
		for _, row := range rows.Draw(t, "have") {
			have[row.key] = row
		}
		want := make(map[int]pair)
		wanted := rows.Draw(t, "want")
		for _, row := range wanted {
			if _, known := want[row.key]; !known {
				want[row.key] = row
			}
		}
		write, drop := difference(have, wanted, func(p *pair) int { return p.key })
		for _, key := range drop {
			delete(have, key)
		}
		for _, row := range write {
			old, there := have[row.key]
			require.False(t, there && old == row, "it is there already")
			have[row.key] = row
		}
		require.Equal(t, want, have)
	})
}
