package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Readers keep these ids: anyone who changes one changes every reference to it.
func TestIDsAreForEver(t *testing.T) {
	t.Parallel()
	for identity, id := range map[string]string{
		"kobis:movie:20190324":   "4a5bc58d-0009-53ec-9137-991081b52657",
		"tmdb:series:93405":      "643dd423-2c34-5a5f-9e8f-4d11b42cb3cb",
		"tmdb:person:1":          "ebed90cd-51a5-529b-89f8-6b96027f784f",
		"kobis:company:20100001": "dfd3bf9f-2334-5d3d-922e-a2a0b886a16a",
		"tmdb:company:7036":      "086d59b8-42f2-5e9a-b470-3283a35998c3",
		"kobis:genre:드라마":        "4534a753-9118-5602-99ce-29c82523ebf4",
	} {
		require.Equal(t, id, Of(identity).String(), identity)
	}
	require.Equal(t, Of("tmdb:person:1"), OfNumber(TmdbPerson, 1))
	require.Equal(t, Of("kobis:genre:드라마"), OfGenre("kobis", "드라마"))
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	n, ok := ParseNumber(TmdbMovie, "tmdb:movie:496243")
	require.True(t, ok)
	require.Equal(t, int32(496243), n)
	for _, other := range []string{"tmdb:series:1", "tmdb:movie:", "tmdb:movie:x", "496243", "tmdb:movie:99999999999"} {
		_, ok := ParseNumber(TmdbMovie, other)
		require.False(t, ok, other)
	}
}
