package sim_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/tmdb"
)

// shape is the keys of an object in their order, read from a recording where
// there is one at hand.
type shape struct {
	keys string
	// file of CLEDIT_DATA, and the way to the object in it, as in find.
	file, way string
}

var shapes = map[string]shape{
	"daily": {
		"boxofficeType showRange dailyBoxOfficeList",
		"kobis/searchDailyBoxOfficeList_20250904.json", "boxOfficeResult",
	},
	"daily row": {
		"rnum rank rankInten rankOldAndNew movieCd movieNm openDt salesAmt salesShare salesInten salesChange salesAcc audiCnt audiInten audiChange audiAcc scrnCnt showCnt",
		"kobis/searchDailyBoxOfficeList_20250904.json", "boxOfficeResult.dailyBoxOfficeList.0",
	},
	"weekly": {
		"boxofficeType showRange yearWeekTime weeklyBoxOfficeList",
		"kobis/searchWeeklyBoxOfficeList_20120101.json", "boxOfficeResult",
	},
	"list": {"totCnt source movieList", "kobis/searchMovieList_2023-04_p1_10rows.json", "movieListResult"},
	"list row": {
		"movieCd movieNm movieNmEn prdtYear openDt typeNm prdtStatNm nationAlt genreAlt repNationNm repGenreNm directors companys",
		"kobis/searchMovieList_2023-04_p1_10rows.json", "movieListResult.movieList.0",
	},
	"detail": {
		"movieCd movieNm movieNmEn movieNmOg showTm prdtYear openDt prdtStatNm typeNm nations genres directors actors showTypes companys audits staffs",
		"kobis/searchMovieInfo_20209343.json", "movieInfoResult.movieInfo",
	},
	"staff":   {"peopleNm peopleNmEn staffRoleNm", "kobis/searchMovieInfo_20209343.json", "movieInfoResult.movieInfo.staffs.0"},
	"actor":   {"peopleNm peopleNmEn cast castEn", "kobis/searchMovieInfo_20209343.json", "movieInfoResult.movieInfo.actors.0"},
	"company": {"companyCd companyNm companyNmEn companyPartNm", "kobis/searchMovieInfo_20209343.json", "movieInfoResult.movieInfo.companys.0"},
	"audit":   {"auditNo watchGradeNm", "kobis/searchMovieInfo_20209343.json", "movieInfoResult.movieInfo.audits.0"},
	"show":    {"showTypeGroupNm showTypeNm", "kobis/searchMovieInfo_20209343.json", "movieInfoResult.movieInfo.showTypes.0"},
	"movie": {
		"adult backdrop_path belongs_to_collection budget genres homepage id imdb_id origin_country original_language original_title overview popularity poster_path production_companies production_countries release_date revenue runtime spoken_languages status tagline title video vote_average vote_count",
		"tmdb/recorded_2025/movie_348_details.json", "",
	},
	"cast": {
		"adult gender id known_for_department name original_name popularity profile_path cast_id character credit_id order",
		"tmdb/recorded_2025/movie_550_append_credits_release_dates_external_ids_keywords_images.json", "credits.cast.0",
	},
	"crew": {
		"adult gender id known_for_department name original_name popularity profile_path credit_id department job",
		"tmdb/recorded_2025/movie_550_append_credits_release_dates_external_ids_keywords_images.json", "credits.crew.0",
	},
	"external ids": {
		"imdb_id wikidata_id facebook_id instagram_id twitter_id",
		"tmdb/recorded_2025/movie_550_append_credits_release_dates_external_ids_keywords_images.json", "external_ids",
	},
	"translation": {"iso_3166_1 iso_639_1 name english_name data", "tmdb/recorded_2022/movie_translations.json", "translations.0"},
	"search":      {"page results total_pages total_results", "tmdb/recorded_2025/search_movie_inception.json", ""},
	"search item": {
		"adult backdrop_path genre_ids id original_language original_title overview popularity poster_path release_date title video vote_average vote_count",
		"tmdb/recorded_2025/search_movie_inception.json", "results.0",
	},
	"series": {
		"adult backdrop_path created_by episode_run_time first_air_date genres homepage id in_production languages last_air_date last_episode_to_air name next_episode_to_air networks number_of_episodes number_of_seasons origin_country original_language original_name overview popularity poster_path production_companies production_countries seasons spoken_languages status tagline type vote_average vote_count",
		"tmdb/recorded_2022/tv_detail.json", "",
	},
	"aggregate cast": {
		"adult gender id known_for_department name original_name popularity profile_path roles total_episode_count order",
		"tmdb/official_examples/tv-series-aggregate-credits.json", "cast.0",
	},
	"aggregate crew": {
		"adult gender id known_for_department name original_name popularity profile_path jobs department total_episode_count",
		"tmdb/official_examples/tv-series-aggregate-credits.json", "crew.0",
	},
	"series item": {
		"adult backdrop_path genre_ids id origin_country original_language original_name overview popularity poster_path first_air_date name vote_average vote_count",
		"tmdb/recorded_2025/search_tv_breaking_bad.json", "results.0",
	},
	"changes": {"results page total_pages total_results", "tmdb/recorded_2022/change_movie.json", ""},
	"change":  {"id adult", "tmdb/recorded_2022/change_movie.json", "results.0"},
}

// keys of the shape: of the recording where there is one, which also proves what
// stands here.
func (s shape) read(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("CLEDIT_DATA"); dir != "" {
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(s.file)))
		require.NoError(t, err)
		require.Equal(t, keysOf(t, body, s.way), s.keys, s.file)
	}
	return s.keys
}

// keysOf gives the keys of the object at the end of the way: names of members,
// and 0 for the first item of an array, joined by dots.
func keysOf(t *testing.T, body []byte, way string) string {
	t.Helper()
	value := json.RawMessage(body)
	for step := range strings.SplitSeq(way, ".") {
		switch step {
		case "":
		case "0":
			var items []json.RawMessage
			require.NoError(t, json.Unmarshal(value, &items))
			require.NotEmpty(t, items, way)
			value = items[0]
		default:
			var object map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(value, &object))
			require.Contains(t, object, step)
			value = object[step]
		}
	}
	members, err := tmdb.ParseMembers(bytes.TrimSpace(value))
	require.NoError(t, err)
	var keys []string
	for _, m := range members {
		keys = append(keys, m.Name)
	}
	return strings.Join(keys, " ")
}

// answers says where the simulators show each shape.
func answers(t *testing.T, s *sim.Sim) map[string][]byte {
	t.Helper()
	get := func(path string, pairs ...string) []byte {
		_, body := simtest.Get(t, s, path, append(pairs, "key", "k")...)
		return body
	}
	detail := get("/movie/searchMovieInfo.json", "movieCd", "20209343")
	list := get("/movie/searchMovieList.json")
	daily := get("/boxoffice/searchDailyBoxOfficeList.json", "targetDt", "20250904")
	movie := get("/3/movie/496243", "append_to_response", appended)
	search := get("/3/search/movie", "query", "기생충")
	series := get("/3/tv/206693", "append_to_response", "aggregate_credits")
	discover := get("/3/discover/tv")
	changes := get("/3/movie/changes")
	return map[string][]byte{
		"daily": daily, "daily row": daily, "list": list, "list row": list, "detail": detail, "staff": detail,
		"actor": detail, "company": detail, "audit": detail, "show": detail,
		"weekly": get("/boxoffice/searchWeeklyBoxOfficeList.json", "targetDt", "20120101"),
		"movie":  movie, "cast": movie, "crew": movie, "external ids": movie, "translation": get("/3/movie/1091", "append_to_response", "translations"),
		"search": search, "search item": search, "series": series, "aggregate cast": series, "aggregate crew": series,
		"series item": discover, "changes": changes, "change": changes,
	}
}

// ways that differ from those in the recordings: what was recorded alone is
// appended here.
var ways = map[string]string{
	"translation": "translations.translations.0", "aggregate cast": "aggregate_credits.cast.0", "aggregate crew": "aggregate_credits.crew.0",
}

func TestShapesAreThoseOfTheSources(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		s.TMDB.Catalogue().EditMovie(496243, func(m *tmdb.Movie) {
			m.Directors, m.Cast = []string{"봉준호"}, []tmdb.Role{{Name: "송강호"}}
		})
		for name, body := range answers(t, s) {
			want := shapes[name]
			way, differs := ways[name]
			if !differs {
				way = want.way
			}
			got := keysOf(t, body, way)
			if name == "movie" || name == "series" {
				got, _, _ = strings.Cut(got, " aggregate_credits")
				got, _, _ = strings.Cut(got, " alternative_titles")
			}
			require.Equal(t, want.read(t), got, name)
		}
	})
}

// TestOnlyTotalsAreNumbers: in KOBIS everything else is a string, an array or an
// object, never null.
func TestOnlyTotalsAreNumbers(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	for name, body := range answers(t, s) {
		if !strings.Contains(shapes[name].file, "kobis/") {
			continue
		}
		var v any
		require.NoError(t, json.Unmarshal(body, &v))
		onlyStrings(t, "", v)
	}
}

func onlyStrings(t *testing.T, key string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			onlyStrings(t, k, inner)
		}
	case []any:
		for _, inner := range v {
			onlyStrings(t, key, inner)
		}
	case float64:
		require.Equal(t, "totCnt", key)
	default:
		require.IsType(t, "", v, key)
	}
}
