package search_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/entity"
	"github.com/cledit/pipeline/services/planner/search"
)

func film() search.Film {
	return search.Film{Title: "기생충", TitleEn: "PARASITE", ProductionYear: 2019, OpenYear: 2019, Nation: "한국"}
}

// asked are the variants in the order in which they are asked, each answered with
// so many hits as hits says.
func asked(f search.Film, hits search.Answers) []entity.Variant {
	answers := search.Answers{}
	var list []entity.Variant
	for {
		q, more := f.Next(answers)
		if !more {
			return list
		}
		list = append(list, q.Variant)
		answers[q.Variant] = hits[q.Variant]
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	foreign := film()
	foreign.Nation, foreign.TitleOriginal = "일본", "パラサイト"
	undated := film()
	undated.ProductionYear, undated.OpenYear = 0, 0
	same := film()
	same.TitleEn = " 기생충 "
	for name, c := range map[string]struct {
		film search.Film
		hits search.Answers
		want []entity.Variant
	}{
		"a Korean film":                   {film(), nil, []entity.Variant{"ko-year", "ko", "en"}},
		"a foreign film":                  {foreign, nil, []entity.Variant{"ko", "en", "og"}},
		"a film without years":            {undated, nil, []entity.Variant{"ko", "en"}},
		"the same title twice":            {same, nil, []entity.Variant{"ko-year", "ko"}},
		"many hits of a Korean film":      {film(), search.Answers{"ko-year": 21}, []entity.Variant{"ko-year", "ko-year-2", "ko", "en"}},
		"many hits of a foreign film":     {foreign, search.Answers{"ko": 21, "en": 21}, []entity.Variant{"ko", "ko-year", "en", "en-year", "og"}},
		"many hits even with the year":    {foreign, search.Answers{"ko": 300, "ko-year": 40}, []entity.Variant{"ko", "ko-year", "ko-year-2", "en", "og"}},
		"many hits, but no year to say":   {undated, search.Answers{"ko": 300}, []entity.Variant{"ko", "en"}},
		"exactly a page leaves none over": {film(), search.Answers{"ko-year": 20, "ko": 20, "en": 20}, []entity.Variant{"ko-year", "ko", "en"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, asked(c.film, c.hits))
		})
	}
}

func TestYear(t *testing.T) {
	t.Parallel()
	f := search.Film{ProductionYear: 2017, OpenYear: 2019, Nation: "한국"}
	require.Equal(t, 2019, f.Year(), "a Korean film by its opening")
	f.Nation = "미국"
	require.Equal(t, 2017, f.Year(), "a foreign film by its production")
	f.ProductionYear = 194
	require.Equal(t, 2019, f.Year(), "a slip is not a year")
	f.OpenYear = 0
	require.Zero(t, f.Year())
}

func TestEveryQuestionIsAskedOnce(t *testing.T) {
	t.Parallel()
	title := rapid.SampledFrom([]string{"", "기생충", "PARASITE", "Ｐarasite", "해무(海霧)"})
	year := rapid.SampledFrom([]int{0, 194, 2019})
	rapid.Check(t, func(t *rapid.T) {
		f := search.Film{
			Title: title.Draw(t, "title"), TitleEn: title.Draw(t, "English"), TitleOriginal: title.Draw(t, "original"),
			ProductionYear: year.Draw(t, "made"), OpenYear: year.Draw(t, "opened"), Nation: rapid.SampledFrom([]string{"", "한국", "미국"}).Draw(t, "nation"),
		}
		hits := search.Answers{}
		for _, v := range []entity.Variant{entity.KoreanWithYear, entity.Korean, entity.KoreanMore, entity.EnglishWithYear, entity.English, entity.Original} {
			hits[v] = rapid.IntRange(0, 60).Draw(t, string(v))
		}
		seen := map[entity.Variant]bool{}
		for _, v := range asked(f, hits) {
			require.False(t, seen[v], "%s is asked again", v)
			seen[v] = true
		}
	})
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"기생충":                 "기생충",
		"해무(海霧)":              "해무",
		"주먹이 운다(Crying Fist)": "주먹이 운다",
		"  전망  좋은\t방 ":        "전망 좋은 방",
		"(500)일의 썸머":          "(500)일의 썸머",
		"이터널 선샤인 재개봉":         "이터널 선샤인",
		"라라랜드 (재개봉) IMAX":     "라라랜드",
		"반지의 제왕 : 두 개의 탑 확장판": "반지의 제왕 : 두 개의 탑",
		"재개봉":                 "재개봉",
		"IMAX":                "IMAX",
		"강철중: 공공의 적 1-1":      "강철중: 공공의 적 1-1",
		"올드보이 [디지털 리마스터링]":    "올드보이",
		"":                  "",
		"스파이더맨 3D":          "스파이더맨",
		"잘하는옆집누나-무삭제":       "잘하는옆집누나",
		"1987":              "1987",
		"영화(감독판)(IMAX) 특별판": "영화",
	} {
		require.Equal(t, want, search.Title(title), "of %q", title)
	}
}

func TestTitleIsIdempotentAndNeverEmpties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.StringOf(rapid.SampledFrom([]rune("가나 ()[]<>재개봉IMAX3D海霧:"))).Draw(t, "title")
		short := search.Title(title)
		require.Equal(t, strings.TrimSpace(title) == "", short == "")
		require.Equal(t, short, search.Title(short))
	})
}
