package clocktest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBegin(t *testing.T) {
	t.Parallel()
	late := time.Date(2027, 12, 31, 15, 30, 0, 0, time.UTC) // 2028 in Seoul
	for moved, want := range map[string]string{
		"": "2028-01-01T03:00:00Z", "59d": "2028-02-29T03:00:00Z", "-1d": "2027-12-31T03:00:00Z", "-181m": "2027-12-31T23:59:00Z",
		"2028-02-29T23:59:00+09:00": "2028-02-29T14:59:00Z",
	} {
		at, err := begin(late, moved)
		require.NoError(t, err, moved)
		require.Equal(t, want, at.Format(time.RFC3339), moved)
	}
	for _, moved := range []string{"d", "400", "tomorrow", "2028-02-29", "1.5d"} {
		_, err := begin(late, moved)
		require.ErrorContains(t, err, variable, moved)
	}
	require.Equal(t, At(), Start(t))
}
