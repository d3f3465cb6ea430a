package matcheval_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/matcheval"
)

func TestEachOfThe300FilmsThatLookLikeOthersWasLookedAt(t *testing.T) {
	t.Parallel()
	set, err := matcheval.Lookalikes()
	require.NoError(t, err)
	gold, err := matcheval.Committed()
	require.NoError(t, err)
	kinds, hidden, films := make(map[string]int), 0, make(map[string]bool)
	for _, l := range set {
		require.NotEmpty(t, l.Reason, l.MovieCd)
		require.Contains(t, []string{matcheval.OfOther, matcheval.OfSame, matcheval.OfDoubt}, l.Label, l.MovieCd)
		require.NotContains(t, gold.Pairs, l.MovieCd, "it has a record")
		require.False(t, films[l.MovieCd], "%s stands twice", l.MovieCd)
		films[l.MovieCd] = true
		if l.Label == matcheval.OfOther {
			kinds[l.Kind]++
		}
		if l.Hidden {
			require.Equal(t, matcheval.OfOther, l.Label, l.MovieCd)
			hidden++
		}
	}
	for _, kind := range matcheval.LookalikeKinds {
		require.Equal(t, 60, kinds[kind], kind)
	}
	require.Len(t, kinds, 5)
	require.Equal(t, 100, hidden)
}
