package fetcherkobis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
)

// A base that goes on into a resource would ask for what KOBIS does not have.
func TestABaseThatSaysTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	read := func(base string) error {
		_, err := service.FromMap[fetcherkobis.Config](map[string]string{"KOBIS_BASE_URL": base, "KOBIS_API_KEYS": "key"})
		return err
	}
	for _, base := range []string{"http://host/webservice/rest/movie", "http://host/webservice/rest/movie/searchMovieInfo.json", "http://host/rest/boxoffice/"} {
		require.ErrorContains(t, read(base), "KOBIS_BASE_URL", base)
	}
	for _, base := range []string{"http://www.kobis.or.kr/kobisopenapi/webservice/rest", "http://127.0.0.1:3/", "http://gateway/movies"} {
		require.NoError(t, read(base), base)
	}
}
