package sim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
)

// wholeCatalogue is about the size of the real one in 2018.
const wholeCatalogue = 63_000

func BenchmarkRequests(b *testing.B) {
	s, err := sim.Open(sim.Options{Generate: generate.Options{Films: wholeCatalogue, Series: 5000, Seed: 1}})
	require.NoError(b, err)
	handler := s.Handler()
	for name, path := range map[string]func(n int) string{
		"page": func(n int) string {
			return "/movie/searchMovieList.json?key=k&itemPerPage=100&curPage=" + strconv.Itoa(n%600+1)
		},
		"window": func(n int) string {
			return "/movie/searchMovieList.json?key=k&itemPerPage=100&openStartDt=2010&openEndDt=2010&curPage=" + strconv.Itoa(n%10+1)
		},
		"years": func(n int) string {
			return "/movie/searchMovieList.json?key=k&itemPerPage=100&openStartDt=2000&openEndDt=2010&curPage=" + strconv.Itoa(n%100+1)
		},
		"detail": func(n int) string {
			return "/movie/searchMovieInfo.json?key=k&movieCd=" + strconv.Itoa(90000000+n%wholeCatalogue)
		},
		"movie": func(n int) string {
			return "/3/movie/" + strconv.Itoa(900000001+n%wholeCatalogue/3*3) + "?language=ko-KR&append_to_response=" + appended
		},
		"search": func(n int) string {
			return "/3/search/movie?query=" + url.QueryEscape("생성 영화 푸른 바다 "+strconv.Itoa(n%wholeCatalogue))
		},
		"discover": func(n int) string {
			return "/3/discover/tv?with_origin_country=KR&first_air_date.gte=2010-01-01&first_air_date.lte=2010-06-30&page=" + strconv.Itoa(n%4+1)
		},
	} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path(n), nil)
				request.Header.Set("Authorization", "Bearer token")
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				if recorder.Code != http.StatusOK {
					b.Fatal(recorder.Code, recorder.Body)
				}
				n++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
