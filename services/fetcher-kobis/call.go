package fetcherkobis

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

// defaultPageSize is what every client of today takes for the largest page.
const defaultPageSize = 100

// boxOfficeRows is all that a day of the box office has.
const boxOfficeRows = 10

// api is the KOBIS Open API.
type api struct{ pageSize int }

// Authorize puts the key into the query, the only place where KOBIS takes it.
func (api) Authorize(request *upstream.Request, secret string) {
	request.SecretQuery = map[string]string{"key": secret}
}

// Call implements fetcher.API.
func (a api) Call(job messages.Job) (fetcher.Call, error) {
	switch job.Kind {
	case messages.KindMovieList:
		return a.movieList(job)
	case messages.KindMovieDetail:
		return fetcher.Call{Path: "/movie/searchMovieInfo.json", Query: url.Values{"movieCd": {job.Key}}}, nil
	case messages.KindDailyBoxOffice:
		return dailyBoxOffice(job)
	case messages.KindPeopleList:
		return a.peopleList(job)
	case messages.KindPeopleDetail:
		return fetcher.Call{Path: "/people/searchPeopleInfo.json", Query: url.Values{"peopleCd": {job.Key}}}, nil
	default:
		return fetcher.Call{}, fmt.Errorf("kobis has no call for a %s", job.Kind)
	}
}

// movieList asks for a page of a scope: all films, most recently modified first,
// or those opened or made in one year.
func (a api) movieList(job messages.Job) (fetcher.Call, error) {
	scope, page := job.Scope()
	query, err := a.paged(page)
	if err != nil {
		return fetcher.Call{}, err
	}
	by, year, _ := strings.Cut(scope, "-")
	switch {
	case scope == "all":
	case by == "open" && isYear(year):
		query["openStartDt"], query["openEndDt"] = []string{year}, []string{year}
	case by == "made" && isYear(year):
		query["prdtStartYear"], query["prdtEndYear"] = []string{year}, []string{year}
	default:
		return fetcher.Call{}, fmt.Errorf("scope %q: want all, open-YYYY or made-YYYY", scope)
	}
	return fetcher.Call{Path: "/movie/searchMovieList.json", Query: query}, nil
}

// peopleList asks for a page of all people: the API has no narrower list.
func (a api) peopleList(job messages.Job) (fetcher.Call, error) {
	scope, page := job.Scope()
	if scope != "all" {
		return fetcher.Call{}, fmt.Errorf("scope %q of the list of people is not all", scope)
	}
	query, err := a.paged(page)
	return fetcher.Call{Path: "/people/searchPeopleList.json", Query: query}, err
}

// paged are the parameters of a page of a list.
func (a api) paged(page string) (url.Values, error) {
	if n, err := strconv.Atoi(page); err != nil || n < 1 {
		return nil, fmt.Errorf("page %q is not a number from 1", page)
	}
	return url.Values{"curPage": {page}, "itemPerPage": {strconv.Itoa(cmp.Or(a.pageSize, defaultPageSize))}}, nil
}

func isYear(text string) bool {
	_, err := time.Parse("2006", text)
	return err == nil
}

func dailyBoxOffice(job messages.Job) (fetcher.Call, error) {
	if _, err := time.Parse("20060102", job.Key); err != nil {
		return fetcher.Call{}, fmt.Errorf("%q is not a day of the form YYYYMMDD", job.Key)
	}
	return fetcher.Call{Path: "/boxoffice/searchDailyBoxOfficeList.json", Query: url.Values{
		"targetDt": {job.Key}, "itemPerPage": {strconv.Itoa(boxOfficeRows)},
	}}, nil
}
