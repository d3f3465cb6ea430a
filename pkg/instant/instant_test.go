package instant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestZeroIsTheFirstOrIsNotKnown(t *testing.T) {
	t.Parallel()
	one, two, zero := time.Unix(1, 0), time.Unix(2, 0), time.Time{}
	for _, pair := range [][2]time.Time{{one, two}, {two, one}} {
		require.Equal(t, one, Earlier(pair[0], pair[1]))
		require.Equal(t, one, EarlierKnown(pair[0], pair[1]))
	}
	for _, pair := range [][2]time.Time{{one, zero}, {zero, one}} {
		require.Equal(t, zero, Earlier(pair[0], pair[1]))
		require.Equal(t, one, EarlierKnown(pair[0], pair[1]))
	}
	require.Equal(t, zero, EarlierKnown(zero, zero))
}
