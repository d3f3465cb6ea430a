package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// However many pages a change list claims, no more are asked for than TMDB answers.
func TestAChangeListHasNoMorePagesThanTMDBAnswers(t *testing.T) {
	t.Parallel()
	for claim, want := range map[string]int{"3": 3, "1000": 1000, "400000": 1000, `"2147483647"`: 1000, "1e400": 0, "-1": 0, "1.5": 0} {
		require.Equal(t, want, readChangeList(`{"page":1,"total_pages":`+claim+`,"results":[]}`).total, claim)
	}
}
