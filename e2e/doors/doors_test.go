// Package doors_test holds the two doors of an answer, the fetcher's and the
// loader's, to one reading of it.
package doors_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/services/loader/decode"
)

// originals are answers that mutations start from.
var originals = []messages.Payload{
	kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"source":"s","movieList":[{"movieCd":"20190001","movieNm":"외계+인 1부","prdtYear":"2022","openDt":"20220720","directors":[{"peopleNm":"최동훈"}],"companys":[]}]}}`),
	kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":{"movieCd":"20190001","movieNm":"a","movieNmEn":"","showTm":"90","prdtYear":"2019","openDt":"20190530","nations":[{"nationNm":"한국"}],"genres":[],"directors":[{"peopleNm":"a","peopleNmEn":""}],"actors":[{"peopleNm":"b","cast":"c"}],"staffs":[],"companys":[{"companyCd":"20100001","companyNm":"c"}],"audits":[]},"source":"s"}}`),
	kobis(messages.KindDailyBoxOffice, "20190530", `{"boxOfficeResult":{"showRange":"20190530~20190530","dailyBoxOfficeList":[{"rank":"1","movieCd":"20190001","movieNm":"a","openDt":"2019-05-30","salesAmt":"100.0"}]}}`),
	kobis(messages.KindPeopleList, "all.1", `{"peopleListResult":{"totCnt":1,"source":"s","peopleList":[{"peopleCd":"20066385","peopleNm":"이상용","peopleNmEn":"","repRoleNm":"감독","filmoNames":"범죄도시2|범죄도시3"}]}}`),
	kobis(messages.KindPeopleDetail, "20066385", `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066385","peopleNm":"이상용","peopleNmEn":"","sex":null,"repRoleNm":"감독","homepages":[],"filmos":[{"movieCd":"20226411","movieNm":"범죄도시3","moviePartNm":"감독"}]},"source":"s"}}`),
	tmdb(messages.KindPersonDetail, "7", `{"id":7,"name":"n","also_known_as":["이"],"gender":2,"birthday":"1969-09-14","external_ids":{"imdb_id":"nm1"},"translations":{"translations":[]}}`),
	tmdb(messages.KindPersonChanges, "2026-11-21.1", `{"results":[{"id":1,"adult":null}],"page":1,"total_pages":1,"total_results":1}`),
	tmdb(messages.KindMovieDetail, "7", `{"id":7,"title":"t","runtime":90,"credits":{"cast":[{"id":1,"name":"n","order":0}],"crew":[]},"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[]}]}}`),
	tmdb(messages.KindSeriesDetail, "7", `{"id":7,"name":"n","seasons":[{"season_number":1}],"aggregate_credits":{"cast":[{"id":1,"name":"n","roles":[{"character":"c"}]}],"crew":[]}}`),
	tmdb(messages.KindSeasonDetail, "7.2", `{"id":9,"season_number":2,"name":"n","episodes":[{"show_id":7}],"credits":{"cast":[],"crew":[]},"aggregate_credits":{"cast":[{"id":1,"name":"n","roles":[{"character":"c"}]}],"crew":[]}}`),
	tmdb(messages.KindMovieSearch, "20190001.ko", `{"page":1,"results":[{"id":1,"title":"t"}],"total_pages":1,"total_results":1}`),
	tmdb(messages.KindSeriesDiscover, "2021-01-01_2021-12-31.1", `{"page":1,"results":[{"id":1}],"total_pages":1,"total_results":1}`),
	tmdb(messages.KindMovieChanges, "2026-11-21.1", `{"results":[{"id":1,"adult":null},{"id":2,"adult":false}],"page":1,"total_pages":1,"total_results":2}`),
}

// spoils replace values, names and bytes of a body.
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
		switch random.IntN(5) {
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
		case 3: // something stands before the text
			at, end = 0, 0
			spoil = []string{"\ufeff", " \n", "\xff\xfe", ")]}'\n"}[random.IntN(4)]
		}
		body = append(append(append([]byte(nil), body[:at]...), spoil...), body[end:]...)
		if len(body) == 0 {
			return body
		}
	}
	return body
}

func kobis(kind messages.Kind, key, body string) messages.Payload {
	return payload(messages.Name{Source: messages.KOBIS, Kind: kind, Key: key}, body)
}

func tmdb(kind messages.Kind, key, body string) messages.Payload {
	return payload(messages.Name{Source: messages.TMDB, Kind: kind, Key: key}, body)
}

func payload(name messages.Name, body string) messages.Payload {
	return messages.Payload{Name: name, Outcome: messages.OutcomeOK, Body: []byte(body)}
}

// fetched is what the fetcher of the payload's source makes of the body: what it
// stores it as, or why it does not.
func fetched(p messages.Payload) (messages.Outcome, error) {
	read := fetcherkobis.Read
	if p.Source == messages.TMDB {
		read = fetchertmdb.Read
	}
	return read(messages.Job{Name: p.Name}, &upstream.Response{Status: http.StatusOK, Header: http.Header{}, Body: p.Body})
}

// Whatever comes of an answer, fetcher and loader read it as the same: what the
// one stores, the other lands or refuses as a breach, and what the one does not
// take for an answer, the other would not have either.
func TestFetcherAndLoaderReadTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := samples()[rapid.IntRange(0, len(samples())-1).Draw(t, "sample")]
		seed := rapid.Uint64().Draw(t, "seed")
		p.Body = mutated(p.Body, rand.New(rand.NewPCG(seed, 1)))
		outcome, refused := fetched(p)
		if refused == nil {
			p.Outcome = outcome
		}
		facts, findings, err := decode.Payload(p)
		if refused != nil {
			require.ErrorIs(t, err, decode.ErrUnreadable, "%v: %s", refused, p.Body)
			require.NotErrorIs(t, err, decode.ErrBreach)
			return
		}
		read := contract.Read(p.Name, p.Body)
		if err != nil {
			require.Equal(t, read.Verdict == contract.Breach, errors.Is(err, decode.ErrBreach))
			require.True(t, errors.Is(err, decode.ErrBreach) || strings.Contains(err.Error(), "another one for each reader"), "%v: %s", err, p.Body)
			return
		}
		require.Equal(t, len(read.Repaired) > 0 || read.Marked, findings.Repaired != nil || outcome == messages.OutcomeNotFound)
		requireIdentity(t, p, facts, read)
	})
}

// requireIdentity asks that facts are of what was asked for.
func requireIdentity(t *rapid.T, p messages.Payload, facts decode.Facts, read contract.Answer) {
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
}

// A mark of byte order before a body does not have it paid for again.
func TestAMarkOfByteOrderIsTakenOff(t *testing.T) {
	t.Parallel()
	for _, p := range originals {
		as := string(p.Body)
		p.Body = []byte("\ufeff" + as)
		outcome, err := fetched(p)
		require.NoError(t, err)
		require.Equal(t, messages.OutcomeOK, outcome)
		_, findings, err := decode.Payload(p)
		require.NoError(t, err)
		require.Equal(t, as, string(findings.Repaired), "the body as it came is the original")
		require.Empty(t, findings.Notes)
	}
}
