package search

import (
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Brackets in brackets are taken away from within, a pair each time: what that asks
// of memory must not grow with the square of their number.
func TestTitlesOfBracketsTakeMemoryInProportion(t *testing.T) { // beside no other test: the memory of all is counted
	bytes := func(n int) uint64 {
		title := "영화" + strings.Repeat("(가", n) + strings.Repeat(")", n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Title(title)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := bytes(1_000), bytes(4_000)
	t.Logf("%d KiB and %d KiB", small>>10, large>>10)
	require.Less(t, large, 6*small)
}

func TestALongTitleIsSearchedForByItsBeginning(t *testing.T) {
	t.Parallel()
	require.Equal(t, longest, utf8.RuneCountInString(Title(strings.Repeat("가", 10*longest))))
	require.Equal(t, "해무", Title("해무"+strings.Repeat("(海霧)", 20)))
}
