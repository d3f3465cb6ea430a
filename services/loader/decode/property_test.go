package decode

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
)

// originals are answers that mutations start from.
var originals = []messages.Payload{
	kobis(messages.KindMovieList, "all.1", listBody),
	kobis(messages.KindMovieDetail, "20190001", fullFilm),
	kobis(messages.KindDailyBoxOffice, "20190530", `{"boxOfficeResult":{"showRange":"20190530~20190530","dailyBoxOfficeList":[{"rank":"1","movieCd":"20190001","movieNm":"a","openDt":"2019-05-30","salesAmt":"100.0"}]}}`),
	tmdb(messages.KindMovieDetail, "7", `{"id":7,"title":"t","runtime":90,"credits":{"cast":[{"id":1,"name":"n","order":0}],"crew":[]},"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[]}]}}`),
	tmdb(messages.KindSeriesDetail, "7", `{"id":7,"name":"n","seasons":[{"season_number":1}],"aggregate_credits":{"cast":[{"id":1,"name":"n","roles":[{"character":"c"}]}],"crew":[]}}`),
	tmdb(messages.KindMovieSearch, "20190001.ko", `{"page":1,"results":[{"id":1,"title":"t"}],"total_pages":1,"total_results":1}`),
	tmdb(messages.KindSeriesDiscover, "2021-01-01_2021-12-31.1", `{"page":1,"results":[{"id":1}],"total_pages":1,"total_results":1}`),
	tmdb(messages.KindMovieChanges, "2026-11-21.1", changesBody),
}

// spoils stand in for values, names and bytes of a body.
var spoils = []string{
	`null`, `{}`, `[]`, `""`, `0`, `-1`, `1.5`, `1e999999`, `5000000000`, `"x"`, `true`, `[{},{},5,null]`, `"2019 0324"`, `"\u0000"`, `"\ud800"`, "\"\xb0\"", `" 7 "`, `7.0`, `"20190001"`,
	`{`, `]`, `,`, `"`, "\x00", "\x1b", `\`, `{"id":7}`, `{"faultInfo":{"errorCode":1}}`, `"status_code":34`, `"success":false,`,
}

// mutated changes some places of a body.
func mutated(body []byte, random *rand.Rand) []byte {
	for range 1 + random.IntN(4) {
		at := random.IntN(len(body))
		end := min(len(body), at+random.IntN(12))
		spoil := spoils[random.IntN(len(spoils))]
		switch random.IntN(4) {
		case 0: // a whole value
			for at > 0 && body[at-1] != ':' {
				at--
			}
			for end = max(at, end); end < len(body) && body[end] != ',' && body[end] != '}'; end++ {
			}
		case 1: // a part is repeated
			spoil = string(body[at:end]) + string(body[at:end])
		case 2: // a part is missing
			spoil = ""
		}
		body = append(append(append([]byte(nil), body[:at]...), spoil...), body[end:]...)
		if len(body) == 0 {
			return body
		}
	}
	return body
}

// Whatever comes of an answer, fetcher and loader read it as the same: what the
// one stores, the other lands or refuses with a reason, and it refuses nothing as
// no answer that the fetcher took for one.
func TestFetcherAndLoaderReadTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := originals[rapid.IntRange(0, len(originals)-1).Draw(t, "original")]
		seed := rapid.Uint64().Draw(t, "seed")
		p.Body = mutated(p.Body, rand.New(rand.NewPCG(seed, 1)))
		read := contract.Read(p.Name, p.Body)
		facts, findings, err := Payload(p)
		switch read.Verdict {
		case contract.OK:
			if err != nil {
				require.ErrorContains(t, err, "another one for each reader", "%s", p.Body)
				return
			}
			require.Equal(t, len(read.Repaired) > 0, findings.Repaired != nil)
			for _, detail := range facts.KobisMovieDetails {
				require.Equal(t, p.Key, detail.MovieCd)
			}
			for _, movie := range facts.KobisMovies {
				code, ok := contract.MovieCd(movie.MovieCd)
				require.True(t, ok && code == movie.MovieCd, movie.MovieCd)
			}
			for _, page := range facts.KobisListPages {
				require.Equal(t, read.Total, page.TotalCount)
			}
		case contract.Breach:
			require.ErrorIs(t, err, ErrBreach)
		default:
			require.ErrorIs(t, err, ErrUnreadable)
			require.NotErrorIs(t, err, ErrBreach)
		}
	})
}
