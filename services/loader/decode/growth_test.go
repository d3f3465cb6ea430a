package decode

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was escaped again and again, and whatever else takes Clean several passes,
// is read in proportion to its length: once took a pass for each time, and a
// megabyte of it a minute.
func TestCleaningTakesMemoryInProportion(t *testing.T) { // beside no other test: the memory of all is counted
	for name, part := range map[string]string{
		"escaped without an end": "amp;", "joiners in entities": "&#x200d\u200d;", "brackets": "(", "combining marks": "\u0301", "jamo": "\u1100\u1161\u11a8",
	} {
		bytes := func(n int) uint64 {
			text := "&" + strings.Repeat(part, n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Clean(text)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		small, large := bytes(2_000), bytes(32_000)
		t.Logf("%s: %d KiB and %d KiB", name, small>>10, large>>10)
		require.Less(t, large, 24*small, name)
	}
}
