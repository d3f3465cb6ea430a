package fetcherkobis

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

func job(t *testing.T, tail string) messages.Job {
	t.Helper()
	name, err := messages.ParseName(tail)
	require.NoError(t, err)
	return messages.Job{Name: name}
}

func TestCallAsksForTheJob(t *testing.T) {
	t.Parallel()
	for tail, want := range map[string]string{
		"kobis.movie-list.all.3":          "/movie/searchMovieList.json?curPage=3&itemPerPage=100",
		"kobis.movie-list.open-2021.1":    "/movie/searchMovieList.json?curPage=1&itemPerPage=100&openEndDt=2021&openStartDt=2021",
		"kobis.movie-list.made-1919.12":   "/movie/searchMovieList.json?curPage=12&itemPerPage=100&prdtEndYear=1919&prdtStartYear=1919",
		"kobis.movie-detail.2023C109":     "/movie/searchMovieInfo.json?movieCd=2023C109",
		"kobis.people-list.all.2540":      "/people/searchPeopleList.json?curPage=2540&itemPerPage=100",
		"kobis.people-detail.20066385":    "/people/searchPeopleInfo.json?peopleCd=20066385",
		"kobis.daily-box-office.20250825": "/boxoffice/searchDailyBoxOfficeList.json?itemPerPage=10&targetDt=20250825",
	} {
		call, err := api{}.Call(job(t, tail))
		require.NoError(t, err, tail)
		require.Equal(t, want, call.Path+"?"+call.Query.Encode())
	}
	call, err := api{pageSize: 50}.Call(job(t, "kobis.movie-list.all.1"))
	require.NoError(t, err)
	require.Equal(t, "50", call.Query.Get("itemPerPage"))
}

func TestCallRefusesWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, tail := range []string{
		"kobis.movie-list.all.0", "kobis.movie-list.all.x", "kobis.movie-list.all.-1", "kobis.movie-list.some.1",
		"kobis.movie-list.open-21.1", "kobis.movie-list.open.1", "kobis.movie-list.made-20200.1", "kobis.movie-list.shut-2020.1",
		"kobis.people-list.all.0", "kobis.people-list.open-2020.1",
		"kobis.daily-box-office.20250230", "kobis.daily-box-office.2025", "tmdb.series-detail.1",
	} {
		_, err := api{}.Call(job(t, tail))
		require.Error(t, err, tail)
	}
}

func TestKeyTravelsApart(t *testing.T) {
	t.Parallel()
	request := upstream.Request{Query: url.Values{}}
	api{}.Authorize(&request, "k")
	require.Equal(t, map[string]string{"key": "k"}, request.SecretQuery)
	require.Empty(t, request.Query)
}

// What KOBIS has been seen to answer, and what it must never be taken for.
func TestReadClassifies(t *testing.T) {
	t.Parallel()
	const list, detail, day = "kobis.movie-list.all.1", "kobis.movie-detail.20190324", "kobis.daily-box-office.20250825"
	type want struct {
		outcome  worker.JobOutcome // "" is an answer
		payload  messages.Outcome
		permit   quota.Settlement
		attempts int
	}
	ok, notFound := want{payload: messages.OutcomeOK}, want{payload: messages.OutcomeNotFound}
	retry := want{outcome: worker.Retry, permit: quota.Spent}
	for name, tt := range map[string]struct {
		tail   string
		status int
		body   string
		want   want
	}{
		"key unknown":               {detail, 200, `{"faultInfo":{"message":"유효하지않은 키값입니다.","errorCode":"320010"}}`, want{outcome: worker.Wait, permit: quota.Invalid}},
		"key used up":               {detail, 200, `{"faultInfo":{"message":"키의 하루 이용량을 초과하였습니다.","errorCode":"320011"}}`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"key used up, on a list":    {list, 200, `{"faultInfo":{"message":"","errorCode":"320011"}}`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"parameter missing":         {day, 200, `{"faultInfo":{"message":"날짜는 필수항목입니다.[parameterName=targetDt,parameterValue=null]","errorCode":"320102"}}`, want{outcome: worker.Dead, permit: quota.Spent}},
		"date malformed":            {day, 200, `{"faultInfo":{"message":"날싸형식에 맞게 입력하십시요.(YYYYMMDD)[parameterName=targetDt,parameterValue=2025]","errorCode":"320103"}}`, want{outcome: worker.Dead, permit: quota.Spent}},
		"fault in XML":              {detail, 200, `<?xml version="1.0"?><faultInfo><message>m</message><errorCode>320011</errorCode></faultInfo>`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"fault by its code alone":   {detail, 200, `{"errorCode":320011,"message":"m"}`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"fault within the result":   {list, 200, `{"movieListResult":{"faultInfo":{"errorCode":320011.0}}}`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"fault, status 500":         {list, 500, `{"faultInfo":{"errorCode":"320011"}}`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"key unknown, status 403":   {list, 403, `{"faultInfo":{"errorCode":320010}}`, want{outcome: worker.Wait, permit: quota.Invalid}},
		"unknown fault, status 500": {list, 500, `{"faultInfo":{"errorCode":"399999"}}`, retry},
		"fault, too many requests":  {list, 429, `{"faultInfo":{"errorCode":"320011"}}`, retry},
		"film as a number's text":   {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324.0"}}}`, ok},
		"total with separators":     {list, 200, `{"movieListResult":{"totCnt":"63,069","movieList":[]}}`, ok},
		"unknown fault":             {list, 200, `{"faultInfo":{"message":"?","errorCode":"399999"}}`, want{outcome: worker.Retry, permit: quota.Spent, attempts: fewAttempts}},
		"fault without a code":      {list, 200, `{"faultInfo":{}}`, want{outcome: worker.Retry, permit: quota.Spent, attempts: fewAttempts}},
		"fault beside a list":       {list, 200, `{"faultInfo":{"errorCode":"320011"},"movieListResult":{"totCnt":0,"movieList":[]}}`, want{outcome: worker.Wait, permit: quota.Exhausted}},
		"maintenance page":          {list, 200, `<html><body>서비스 점검 중입니다.</body></html>`, retry},
		"empty body":                {list, 200, ``, retry},
		"null":                      {list, 200, `null`, retry},
		"array":                     {list, 200, `[]`, retry},
		"cut off":                   {list, 200, `{"movieListResult":{"totCnt":1,`, retry},
		"server error":              {list, 500, `{"movieListResult":{"totCnt":1,"movieList":[]}}`, retry},
		"too many":                  {list, 429, `<html/>`, retry},
		"moved":                     {list, 302, ``, retry},
		"no such page":              {detail, 404, `<html/>`, retry},
		"list":                      {list, 200, `{"movieListResult":{"totCnt":1,"source":"영화진흥위원회","movieList":[{"movieCd":"20190324"}]}}`, ok},
		"past the last page":        {list, 200, `{"movieListResult":{"totCnt":63069,"movieList":[]}}`, ok},
		"past the last page, bare":  {list, 200, `{"movieListResult":{"totCnt":63069,"source":"영화진흥위원회"}}`, ok},
		"no hits":                   {"kobis.movie-list.open-1919.1", 200, `{"movieListResult":{"totCnt":0}}`, ok},
		"no total":                  {list, 200, `{"movieListResult":{"movieList":[]}}`, retry},
		"total is a text":           {list, 200, `{"movieListResult":{"totCnt":" 1 ","movieList":[]}}`, ok},
		"total is not a number":     {list, 200, `{"movieListResult":{"totCnt":[1],"movieList":[]}}`, retry},
		"total beyond all reason":   {list, 200, `{"movieListResult":{"totCnt":20000000,"movieList":[]}}`, ok},
		"total is null":             {list, 200, `{"movieListResult":{"totCnt":null,"movieList":[]}}`, retry},
		"list is not a list":        {list, 200, `{"movieListResult":{"totCnt":1,"movieList":{}}}`, retry},
		"other operation's answer":  {list, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`, retry},
		"detail":                    {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324","movieNm":"기생충"},"source":"영화진흥위원회"}}`, ok},
		"unknown film, empty":       {detail, 200, `{"movieInfoResult":{"movieInfo":{ },"source":"영화진흥위원회"}}`, notFound},
		"unknown film, null":        {detail, 200, `{"movieInfoResult":{"movieInfo":null}}`, notFound},
		"unknown film, missing":     {detail, 200, `{"movieInfoResult":{"source":"영화진흥위원회"}}`, notFound},
		"unknown film, empty list":  {detail, 200, `{"movieInfoResult":{"movieInfo":[]}}`, notFound},
		"unknown film, blank":       {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":"","movieNm":""}}}`, notFound},
		"another film":              {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190325"}}}`, retry},
		"film with a blank code":    {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":"","movieNm":"기생충"}}}`, retry},
		"film in a wider code":      {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieCd":" 20190324 "}}}`, ok},
		"fault as a number":         {detail, 200, `{"faultInfo":{"errorCode":320010}}`, want{outcome: worker.Wait, permit: quota.Invalid}},
		"film without a code":       {detail, 200, `{"movieInfoResult":{"movieInfo":{"movieNm":"기생충"}}}`, retry},
		"film is a text":            {detail, 200, `{"movieInfoResult":{"movieInfo":"기생충"}}`, retry},
		"no film and no result":     {detail, 200, `{}`, retry},
		"result is null":            {detail, 200, `{"movieInfoResult":null}`, retry},
		"box office":                {day, 200, `{"boxOfficeResult":{"boxofficeType":"일별 박스오피스","showRange":"20250825~20250825","dailyBoxOfficeList":[{"rank":"1"}]}}`, ok},
		"box office, nothing shown": {day, 200, `{"boxOfficeResult":{"showRange":"20250825~20250825","dailyBoxOfficeList":[]}}`, ok},
		"box office without a list": {day, 200, `{"boxOfficeResult":{"showRange":"20250825~20250825"}}`, retry},
		"box office of another day": {day, 200, `{"boxOfficeResult":{"showRange":"20250824~20250824","dailyBoxOfficeList":[]}}`, retry},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outcome, err := api{}.Read(job(t, tt.tail), &upstream.Response{Status: tt.status, Body: []byte(tt.body), Header: http.Header{}, Received: time.Now()})
			if tt.want.outcome == "" {
				require.NoError(t, err)
				require.Equal(t, tt.want.payload, outcome)
				return
			}
			failure, isFailure := errors.AsType[*worker.Failure](err)
			require.True(t, isFailure, "got %v", err)
			require.Equal(t, tt.want, want{failure.Outcome, outcome, failure.Permit, failure.Attempts})
			require.NotEmpty(t, failure.Reason)
		})
	}
}

// Whatever comes, only a body of the expected shape is an answer.
func TestReadNeverTakesNoiseForAnAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.OneOf(
			rapid.SliceOf(rapid.Byte()),
			rapid.Map(rapid.StringMatching(`\{"(faultInfo|movieList|movieInfo|result)":(\{\}|\[\]|null|"x"|0)\}`), func(s string) []byte { return []byte(s) }),
		).Draw(t, "body")
		for _, kind := range []messages.Kind{messages.KindMovieList, messages.KindMovieDetail, messages.KindDailyBoxOffice} {
			_, err := api{}.Read(messages.Job{Name: messages.Name{Source: messages.KOBIS, Kind: kind, Key: "x.1"}},
				&upstream.Response{Status: 200, Body: body, Header: http.Header{}})
			if err == nil {
				t.Fatalf("%s took %q for an answer", kind, body)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`{"movieListResult":{"totCnt":1,"movieList":[{}]}}`)
	f.Add(`{"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`)
	f.Add(`{"faultInfo":{"message":"","errorCode":"320011"}}`)
	f.Add(`{"boxOfficeResult":{"dailyBoxOfficeList":[]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, kind := range []messages.Kind{messages.KindMovieList, messages.KindMovieDetail, messages.KindDailyBoxOffice} {
			outcome, err := api{}.Read(messages.Job{Name: messages.Name{Source: messages.KOBIS, Kind: kind, Key: "20190324"}},
				&upstream.Response{Status: 200, Body: []byte(body), Header: http.Header{}})
			if (err == nil) == (outcome == "") {
				t.Fatalf("%s: outcome %q with error %v", kind, outcome, err)
			}
		}
	})
}
