package fetchertmdb

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

func job(t *testing.T, tail string, params map[string]string) messages.Job {
	t.Helper()
	name, err := messages.ParseName(tail)
	require.NoError(t, err)
	return messages.Job{Name: name, Params: params}
}

func TestCallAsksForTheJob(t *testing.T) {
	t.Parallel()
	const details = "append_to_response=translations%2Calternative_titles%2Cexternal_ids%2Cimages%2Cvideos%2Ckeywords%2Cwatch%2Fproviders%2C"
	for tail, tt := range map[string]struct {
		params map[string]string
		want   string
	}{
		"tmdb.movie-search.20190324.ko-year": {
			map[string]string{"query": "기생충", "year": "2019", "language": "ko-KR"},
			"/3/search/movie?include_adult=false&language=ko-KR&query=%EA%B8%B0%EC%83%9D%EC%B6%A9&year=2019",
		},
		"tmdb.movie-search.20190324.en": {
			map[string]string{"query": "Parasite & co", "language": "en-US", "include_adult": "true"},
			"/3/search/movie?include_adult=true&language=en-US&query=Parasite+%26+co",
		},
		"tmdb.movie-detail.496243":         {nil, "/3/movie/496243?" + details + "credits%2Crelease_dates&include_image_language=ko%2Cen%2Cnull&language=ko-KR"},
		"tmdb.series-detail.93405":         {nil, "/3/tv/93405?" + details + "aggregate_credits%2Ccontent_ratings%2Ccredits&include_image_language=ko%2Cen%2Cnull&language=ko-KR"},
		"tmdb.season-detail.93405.2":       {nil, "/3/tv/93405/season/2?append_to_response=aggregate_credits%2Ccredits&language=ko-KR"},
		"tmdb.person-detail.21684":         {nil, "/3/person/21684?append_to_response=external_ids%2Ctranslations&language=ko-KR"},
		"tmdb.person-changes.2026-11-21.3": {nil, "/3/person/changes?end_date=2026-11-21&page=3&start_date=2026-11-21"},
		"tmdb.movie-changes.2026-11-21.2":  {nil, "/3/movie/changes?end_date=2026-11-21&page=2&start_date=2026-11-21"},
		"tmdb.series-changes.2026-11-21.1": {nil, "/3/tv/changes?end_date=2026-11-21&page=1&start_date=2026-11-21"},
		"tmdb.series-discover.2024-01-01_2024-06-30.3": {
			nil,
			"/3/discover/tv?first_air_date.gte=2024-01-01&first_air_date.lte=2024-06-30&language=ko-KR&page=3&sort_by=first_air_date.asc&with_origin_country=KR",
		},
	} {
		call, err := api{}.Call(job(t, tail, tt.params))
		require.NoError(t, err, tail)
		require.Equal(t, tt.want, call.Path+"?"+call.Query.Encode())
	}
}

func TestCallRefusesWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, tail := range []string{
		"tmdb.movie-search.20190324.ko", "tmdb.movie-detail.x", "tmdb.movie-detail.0", "tmdb.series-detail.-3",
		"tmdb.person-detail.x", "tmdb.person-detail.0", "tmdb.season-detail.x.1", "tmdb.season-detail.0.1", "tmdb.season-detail.93405.-1", "tmdb.season-detail.93405.one",
		"tmdb.series-discover.2024-01-01.1", "tmdb.series-discover.2024-01-01_2024-02-30.1", "tmdb.series-discover.2024-01-01_2024-06-30.501",
		"tmdb.movie-changes.2026-11-21.0", "tmdb.series-changes.yesterday.1", "kobis.movie-detail.20190324", "kobis.daily-box-office.20250825",
	} {
		call, err := api{}.Call(job(t, tail, nil))
		if tail == "kobis.movie-detail.20190324" { // the queue's filter keeps other sources away
			require.NoError(t, err)
			continue
		}
		require.Error(t, err, "%s gave %v", tail, call)
	}
	_, err := api{}.Call(job(t, "tmdb.movie-search.20190324.ko", map[string]string{"query": " "}))
	require.ErrorContains(t, err, "no parameter query")
	_, err = api{}.Call(job(t, "tmdb.movie-search.20190324.ko", map[string]string{"query": "x", "api_key": "y"}))
	require.ErrorContains(t, err, `"api_key"`)
}

func TestTokenTravelsInAHeader(t *testing.T) {
	t.Parallel()
	var request upstream.Request
	api{}.Authorize(&request, "k")
	require.Equal(t, upstream.Request{Bearer: "k"}, request)
}

func TestReadClassifies(t *testing.T) {
	t.Parallel()
	const detail, series, season, search, discover, changed = "tmdb.movie-detail.496243", "tmdb.series-detail.93405", "tmdb.season-detail.93405.2",
		"tmdb.movie-search.20190324.ko", "tmdb.series-discover.2024-01-01_2024-06-30.2", "tmdb.movie-changes.2026-11-21.1"
	type want struct {
		outcome worker.JobOutcome // "" is an answer
		payload messages.Outcome
		permit  quota.Settlement
	}
	ok, notFound := want{payload: messages.OutcomeOK}, want{payload: messages.OutcomeNotFound}
	retry, dead, invalid := want{worker.Retry, "", quota.Spent}, want{worker.Dead, "", quota.Spent}, want{worker.Wait, "", quota.Invalid}
	for name, tt := range map[string]struct {
		tail   string
		status int
		body   string
		want   want
	}{
		"film":                     {detail, 200, `{"id":496243,"title":"기생충"}`, ok},
		"series":                   {series, 200, `{"id":93405,"name":"오징어 게임"}`, ok},
		"season":                   {season, 200, `{"id":5,"season_number":2,"episodes":[{"show_id":93405}]}`, ok},
		"another season":           {season, 200, `{"id":5,"season_number":1}`, retry},
		"season of another":        {season, 200, `{"id":5,"season_number":2,"episodes":[{"show_id":7}]}`, retry},
		"unknown season":           {season, 404, `{"success":false,"status_code":34}`, notFound},
		"another film":             {detail, 200, `{"id":1}`, retry},
		"film without an id":       {detail, 200, `{"title":"기생충"}`, retry},
		"film with a text as id":   {detail, 200, `{"id":" 496243.0 "}`, ok},
		"film with no id":          {detail, 200, `{"id":"x"}`, retry},
		"unknown film, status 200": {detail, 200, `{"success":false,"status_code":34}`, notFound},
		"unknown film, as texts":   {detail, 200, `{"success":"false","status_code":" 34 "}`, notFound},
		"token unknown, 200":       {detail, 200, `{"success":false,"status_code":7}`, invalid},
		"no success, no code":      {detail, 200, `{"success":false,"id":496243}`, retry},
		"a gateway's refusal":      {detail, 403, `{"message":"Forbidden"}`, retry},
		"a gateway's absence":      {detail, 404, `{"message":"no Route matched"}`, retry},
		"unknown film":             {detail, 404, `{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}`, notFound},
		"unknown film, older code": {series, 404, `{"status_code":6,"status_message":"Invalid id: The pre-requisite id is invalid or not found."}`, notFound},
		"unknown film, in HTML":    {detail, 404, `<html>404 Not Found</html>`, retry},
		"unknown, other code":      {detail, 404, `{"status_code":37,"status_message":"The requested session could not be found."}`, retry},
		"a search is never absent": {search, 404, `{"status_code":34}`, retry},
		"token unknown":            {detail, 401, `{"status_code":7,"status_message":"Invalid API key: You must be granted a valid key.","success":false}`, invalid},
		"token as recorded before": {search, 401, `{"status_code":7,"status_message":"Invalid API key: You must be granted a valid key."}`, invalid},
		"token's code, another's":  {detail, 422, `{"success":false,"status_code":7}`, retry},
		"token may not":            {detail, 401, `{"status_code":3}`, invalid},
		"token suspended":          {detail, 403, `{"status_code":10}`, invalid},
		"token fails":              {discover, 401, `{"status_code":14}`, invalid},
		"refused for other causes": {detail, 401, `{"status_code":33}`, retry},
		"refused for unknown ones": {detail, 403, `{"status_code":99}`, retry},
		"account disabled":         {detail, 401, `{"status_code":31,"success":false}`, invalid},
		"address not verified":     {detail, 401, `{"status_code":32,"success":false}`, invalid},
		"invalid token":            {detail, 401, `{"status_code":35,"success":false}`, invalid},
		"account suspended":        {search, 403, `{"status_code":45,"success":false}`, invalid},
		"firewall":                 {detail, 403, `<html>Request blocked.</html>`, retry},
		"too many":                 {detail, 429, `{"status_code":25,"status_message":"Your request count (46) is over the allowed limit of 40."}`, retry},
		"too many, in HTML":        {detail, 429, `<html/>`, retry},
		"offline":                  {detail, 503, `{"status_code":9}`, retry},
		"failed":                   {detail, 500, `{"status_code":11}`, retry},
		"backend":                  {detail, 502, `<html/>`, retry},
		"backend late":             {detail, 504, `{"status_code":24}`, retry},
		"too many, status 200":     {detail, 200, `{"success":false,"status_code":25}`, retry},
		"offline, status 200":      {detail, 200, `{"success":false,"status_code":"9"}`, retry},
		"errors in a list":         {search, 422, `{"errors":["query must be provided"]}`, dead},
		"errors in a list, 200":    {search, 200, `{"errors":["query must be provided"]}`, retry},
		"unknown film, a fraction": {series, 200, `{"success":0,"status_code":34.0}`, notFound},
		"page as a text":           {discover, 200, `{"page":"2","results":[]}`, ok},
		"film with a fraction":     {detail, 200, `{"id":496243.0}`, ok},
		"page beyond":              {discover, 400, `{"status_code":22,"success":false}`, dead},
		"range too long":           {changed, 422, `{"status_code":20,"success":false}`, dead},
		"too much appended":        {detail, 400, `{"status_code":27}`, dead},
		"moved":                    {detail, 301, `{}`, retry},
		"HTML with status 200":     {detail, 200, `<html/>`, retry},
		"nothing with status 200":  {search, 200, ``, retry},
		"search":                   {search, 200, `{"page":1,"results":[{"id":1}],"total_pages":1,"total_results":1}`, ok},
		"search in vain":           {search, 200, `{"page":1,"results":[],"total_pages":1,"total_results":0}`, ok},
		"search without results":   {search, 200, `{"page":1}`, retry},
		"results are null":         {search, 200, `{"page":1,"results":null}`, retry},
		"discover":                 {discover, 200, `{"page":2,"results":[]}`, ok},
		"another page":             {discover, 200, `{"page":1,"results":[]}`, retry},
		"changes":                  {changed, 200, `{"results":[{"id":1,"adult":null}],"page":1,"total_pages":1,"total_results":1}`, ok},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outcome, err := api{}.Read(job(t, tt.tail, nil), &upstream.Response{Status: tt.status, Body: []byte(tt.body), Header: http.Header{}, Received: time.Now()})
			if tt.want.outcome == "" {
				require.NoError(t, err)
				require.Equal(t, tt.want.payload, outcome)
				return
			}
			failure, isFailure := errors.AsType[*worker.Failure](err)
			require.True(t, isFailure, "got %v", err)
			require.Equal(t, tt.want, want{failure.Outcome, outcome, failure.Permit})
			require.NotEmpty(t, failure.Reason)
		})
	}
}

// Too many requests never mean a used up budget, whatever the body says.
func TestTooManyIsNeverExhaustion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.IntRange(0, 60), func(code int) []byte {
			return fmt.Appendf(nil, `{"status_code":%d}`, code)
		})).Draw(t, "body")
		seconds := rapid.IntRange(0, 3600).Draw(t, "seconds")
		header := http.Header{"Retry-After": {strconv.Itoa(seconds)}}
		_, err := api{}.Read(messages.Job{Name: messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: "1"}},
			&upstream.Response{Status: 429, Body: body, Header: header})
		failure, ok := errors.AsType[*worker.Failure](err)
		if !ok || failure.Outcome != worker.Retry || failure.Permit != quota.Spent || failure.After != time.Duration(seconds)*time.Second {
			t.Fatalf("got %+v", failure)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(200, `{"id":496243}`)
	f.Add(200, `{"page":1,"results":[]}`)
	f.Add(404, `{"status_code":34}`)
	f.Add(401, `{"status_code":7}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		for _, kind := range []messages.Kind{messages.KindMovieDetail, messages.KindMovieSearch, messages.KindSeriesDiscover} {
			outcome, err := api{}.Read(messages.Job{Name: messages.Name{Source: messages.TMDB, Kind: kind, Key: "496243"}},
				&upstream.Response{Status: status, Body: []byte(body), Header: http.Header{}})
			if (err == nil) == (outcome == "") {
				t.Fatalf("%s: outcome %q with error %v", kind, outcome, err)
			}
		}
	})
}
