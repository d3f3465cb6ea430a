package fetchertmdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
)

// A base as other clients take it would ask for /3/3/movie/…, which TMDB does not
// have: each film would be told as gone.
func TestABaseThatSaysTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	read := func(base string) error {
		_, err := service.FromMap[fetchertmdb.Config](map[string]string{"TMDB_BASE_URL": base, "TMDB_ACCESS_TOKEN": "token"})
		return err
	}
	for _, base := range []string{"https://api.themoviedb.org/3", "https://api.themoviedb.org/3/", "http://gateway/tmdb/V3//"} {
		require.ErrorContains(t, read(base), "TMDB_BASE_URL", base)
	}
	for _, base := range []string{"https://api.themoviedb.org", "http://127.0.0.1:3/", "http://gateway/3rd/tmdb"} {
		require.NoError(t, read(base), base)
	}
}
