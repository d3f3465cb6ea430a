package fetchertmdb

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

const (
	language = "ko-KR"
	// lastPage is the last one that TMDB serves of any list.
	lastPage = 500

	// What is appended to a detail; TMDB allows 20 parts.
	shared         = "translations,alternative_titles,external_ids,images,videos,keywords,watch/providers"
	movieAppended  = shared + ",credits,release_dates"
	seriesAppended = shared + ",aggregate_credits,content_ratings,credits"
	// Of a season the credits alone are wanted, and who is of its regular cast.
	seasonAppended = "aggregate_credits,credits"
	// A person's credits are those of the works.
	personAppended = "external_ids,translations"
	imageLanguages = "ko,en,null"
)

// searchParams may be in a search job, with their defaults. Those without one
// are left out where the job has none.
var searchParams = map[string]string{
	"query": "", "year": "", "primary_release_year": "", "region": "", "page": "",
	"language": language, "include_adult": "false",
}

// api is the TMDB API.
type api struct{}

// Authorize sends the token in a header: as a parameter it would be in logs.
func (api) Authorize(request *upstream.Request, secret string) { request.Bearer = secret }

// Call implements fetcher.API.
func (api) Call(job messages.Job) (fetcher.Call, error) {
	switch job.Kind {
	case messages.KindMovieSearch:
		return search(job)
	case messages.KindMovieDetail:
		return detail(job, "/3/movie/", movieAppended)
	case messages.KindSeriesDetail:
		return detail(job, "/3/tv/", seriesAppended)
	case messages.KindSeasonDetail:
		return season(job)
	case messages.KindPersonDetail:
		return person(job)
	case messages.KindSeriesDiscover:
		return discover(job)
	case messages.KindMovieChanges:
		return changes(job, "/3/movie/changes")
	case messages.KindSeriesChanges:
		return changes(job, "/3/tv/changes")
	case messages.KindPersonChanges:
		return changes(job, "/3/person/changes")
	default:
		return fetcher.Call{}, fmt.Errorf("tmdb has no call for a %s", job.Kind)
	}
}

// search asks for what the job's parameters say: the key names only the film
// that is searched for, and which way of searching this is.
func search(job messages.Job) (fetcher.Call, error) {
	if strings.TrimSpace(job.Params["query"]) == "" {
		return fetcher.Call{}, errors.New("the job has no parameter query: publish it with its parameters, as the planner does")
	}
	query := url.Values{}
	for name, value := range searchParams {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, value := range job.Params {
		if _, known := searchParams[name]; !known {
			return fetcher.Call{}, fmt.Errorf("a search has no parameter %q", name)
		}
		query.Set(name, value)
	}
	return fetcher.Call{Path: "/3/search/movie", Query: query}, nil
}

func detail(job messages.Job, path, appended string) (fetcher.Call, error) {
	if id, err := strconv.Atoi(job.Key); err != nil || id < 1 {
		return fetcher.Call{}, fmt.Errorf("%q is not an id of TMDB", job.Key)
	}
	return fetcher.Call{Path: path + job.Key, Query: url.Values{
		"language": {language}, "append_to_response": {appended}, "include_image_language": {imageLanguages},
	}}, nil
}

// person asks for what TMDB tells of somebody.
func person(job messages.Job) (fetcher.Call, error) {
	call, err := detail(job, "/3/person/", personAppended)
	call.Query.Del("include_image_language")
	return call, err
}

// season asks for a season with the credits of all its episodes.
func season(job messages.Job) (fetcher.Call, error) {
	series, number := job.Scope()
	if id, err := strconv.Atoi(series); err != nil || id < 1 {
		return fetcher.Call{}, fmt.Errorf("%q is not an id of TMDB", series)
	}
	if n, err := strconv.Atoi(number); err != nil || n < 0 {
		return fetcher.Call{}, fmt.Errorf("%q is not a number of a season", number)
	}
	return fetcher.Call{Path: "/3/tv/" + series + "/season/" + number, Query: url.Values{
		"language": {language}, "append_to_response": {seasonAppended},
	}}, nil
}

// discover asks for a page of the series of Korean origin that were first aired
// in a window, both its days included.
func discover(job messages.Job) (fetcher.Call, error) {
	window, page := job.Scope()
	from, to, _ := strings.Cut(window, "_")
	if err := errors.Join(checkPage(page), checkDate(from), checkDate(to)); err != nil {
		return fetcher.Call{}, err
	}
	return fetcher.Call{Path: "/3/discover/tv", Query: url.Values{
		"with_origin_country": {"KR"}, "first_air_date.gte": {from}, "first_air_date.lte": {to},
		"sort_by": {"first_air_date.asc"}, "language": {language}, "page": {page},
	}}, nil
}

// changes asks for a page of what changed in one day.
func changes(job messages.Job, path string) (fetcher.Call, error) {
	day, page := job.Scope()
	if err := errors.Join(checkPage(page), checkDate(day)); err != nil {
		return fetcher.Call{}, err
	}
	return fetcher.Call{Path: path, Query: url.Values{"start_date": {day}, "end_date": {day}, "page": {page}}}, nil
}

func checkPage(page string) error {
	if n, err := strconv.Atoi(page); err != nil || n < 1 || n > lastPage {
		return fmt.Errorf("page %q is not a number from 1 to %d", page, lastPage)
	}
	return nil
}

func checkDate(text string) error {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%q is not a date of the form YYYY-MM-DD", text)
	}
	return nil
}
