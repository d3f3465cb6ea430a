package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/kobis"
)

func open(t *testing.T, o sim.Options) (*sim.Sim, *httptest.Server) {
	t.Helper()
	s, err := sim.Open(o)
	require.NoError(t, err)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return s, server
}

// get asks for a path; the pairs are parameters in turn with their values.
func get(t *testing.T, server *httptest.Server, path string, pairs ...string) (int, []byte) {
	t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path+"?"+query.Encode(), nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer token")
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, body
}

func TestBothSourcesOnOneAddress(t *testing.T) {
	t.Parallel()
	s, server := open(t, sim.Options{})
	truth := s.Truth()
	require.Equal(t, 2050, truth.Films)
	require.Equal(t, 962, truth.WithDetail)
	require.Len(t, truth.BoxOfficeDays, 7)

	status, body := get(t, server, sim.KOBISPath+"/movie/searchMovieList.json", "key", "k", "itemPerPage", "100")
	require.Equal(t, http.StatusOK, status)
	var list struct {
		MovieListResult struct {
			TotCnt    int              `json:"totCnt"`
			MovieList []kobis.FilmJSON `json:"movieList"`
		} `json:"movieListResult"`
	}
	require.NoError(t, json.Unmarshal(body, &list))
	require.Equal(t, 2050, list.MovieListResult.TotCnt)
	require.Len(t, list.MovieListResult.MovieList, 100)

	status, body = get(t, server, "/3/search/movie", "query", "괴물", "language", "ko-KR")
	require.Equal(t, http.StatusOK, status, string(body))
	require.Contains(t, string(body), `"괴물"`)
}
