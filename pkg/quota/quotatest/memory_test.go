package quotatest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoryMatchesSubjects(t *testing.T) {
	t.Parallel()
	for filter, keys := range map[string][]string{
		">": {"a", "a.b"}, "a.>": {"a.b", "a.b.c"}, "a.*": {"a.b"}, "*.b": {"a.b"}, "a": {"a"},
	} {
		var matched []string
		for _, key := range []string{"a", "a.b", "a.b.c"} {
			if matches(filter, key) {
				matched = append(matched, key)
			}
		}
		require.Subset(t, matched, keys)
		if filter != ">" {
			require.True(t, slices.Equal(keys, matched), "%s matches %v", filter, matched)
		}
	}
}
