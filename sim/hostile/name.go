package hostile

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

// NameOf is what a request asks for, and false for what is none of a job. A search
// has the key that SearchKey gives its parameters, since a request does not tell
// for which film it searches.
func NameOf(r *http.Request) (messages.Name, bool) {
	q, path := r.URL.Query(), r.URL.Path
	switch {
	case strings.HasSuffix(path, "/searchMovieList.json"):
		return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: scope(q) + "." + q.Get("curPage")}, true
	case strings.HasSuffix(path, "/searchMovieInfo.json"):
		return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: q.Get("movieCd")}, true
	case strings.HasSuffix(path, "/searchPeopleList.json"):
		return messages.Name{Source: messages.KOBIS, Kind: messages.KindPeopleList, Key: "all." + q.Get("curPage")}, true
	case strings.HasSuffix(path, "/searchPeopleInfo.json"):
		return messages.Name{Source: messages.KOBIS, Kind: messages.KindPeopleDetail, Key: q.Get("peopleCd")}, true
	case strings.HasSuffix(path, "/searchDailyBoxOfficeList.json"):
		return messages.Name{Source: messages.KOBIS, Kind: messages.KindDailyBoxOffice, Key: q.Get("targetDt")}, true
	}
	rest, ok := strings.CutPrefix(path, "/3/")
	if !ok {
		return messages.Name{}, false
	}
	return tmdbName(rest, q)
}

func tmdbName(path string, q url.Values) (messages.Name, bool) {
	name := messages.Name{Source: messages.TMDB}
	switch path {
	case "search/movie":
		params := make(map[string]string, len(q))
		for key := range q {
			params[key] = q.Get(key)
		}
		name.Kind, name.Key = messages.KindMovieSearch, SearchKey(params)
	case "discover/tv":
		name.Kind = messages.KindSeriesDiscover
		name.Key = q.Get("first_air_date.gte") + "_" + q.Get("first_air_date.lte") + "." + q.Get("page")
	case "movie/changes":
		name.Kind, name.Key = messages.KindMovieChanges, q.Get("start_date")+"."+q.Get("page")
	case "tv/changes":
		name.Kind, name.Key = messages.KindSeriesChanges, q.Get("start_date")+"."+q.Get("page")
	case "person/changes":
		name.Kind, name.Key = messages.KindPersonChanges, q.Get("start_date")+"."+q.Get("page")
	default:
		name.Kind, name.Key = tmdbDetail(path)
	}
	return name, name.Kind != ""
}

// tmdbDetail is what a path with an id asks for; no kind where it is none of ours.
func tmdbDetail(path string) (messages.Kind, string) {
	kind, id, _ := strings.Cut(path, "/")
	if series, season, ok := strings.Cut(id, "/season/"); ok && kind == "tv" {
		return messages.KindSeasonDetail, series + "." + season
	}
	return map[string]messages.Kind{
		"movie": messages.KindMovieDetail, "tv": messages.KindSeriesDetail, "person": messages.KindPersonDetail,
	}[kind], id
}

// usual are parameters that a job need not name, as services/fetcher-tmdb adds them.
var usual = map[string]string{"include_adult": "false", "language": "ko-KR"}

// SearchKey is the key of the search with these parameters, of a job or of its call.
func SearchKey(params map[string]string) string {
	h := fnv.New64a()
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if params[key] != usual[key] {
			fmt.Fprintf(h, "%s=%s\n", key, params[key])
		}
	}
	return fmt.Sprintf("%x.words", h.Sum64())
}

func scope(q url.Values) string {
	if year := q.Get("openStartDt"); year != "" {
		return "open-" + year
	}
	if year := q.Get("prdtStartYear"); year != "" {
		return "made-" + year
	}
	return "all"
}
