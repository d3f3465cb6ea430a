package builtin_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/sim/builtin"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/table"
	"github.com/cledit/pipeline/sim/tmdb"
)

func load(t *testing.T) (*kobis.Catalogue, *tmdb.Catalogue) {
	t.Helper()
	films, movies := kobis.NewCatalogue(), tmdb.NewCatalogue(nil)
	require.NoError(t, builtin.Load(films, movies))
	return films, movies
}

// TestFilmsShowEveryQuirk: anyone who builds on this catalogue has met what the real
// data holds.
func TestFilmsShowEveryQuirk(t *testing.T) {
	t.Parallel()
	catalogue, _ := load(t)
	films := catalogue.Films()
	titles, pairs := map[string]int{}, map[string]int{}
	for _, f := range films {
		titles[f.Title]++
		pairs[f.Title+"/"+f.ProductionYear]++
	}
	for name, q := range map[string]struct {
		least int
		shows func(kobis.Film) bool
	}{
		"white space around the title": {20, func(f kobis.Film) bool { return strings.TrimSpace(f.Title) != f.Title }},
		"double space":                 {5, func(f kobis.Film) bool { return strings.Contains(f.Title, "  ") }},
		"tab":                          {5, func(f kobis.Film) bool { return strings.Contains(f.Title, "\t") }},
		"CJK compatibility":            {6, func(f kobis.Film) bool { return !norm.NFC.IsNormalString(f.Title) }},
		"full width": {5, func(f kobis.Film) bool {
			return strings.ContainsFunc(f.Title, func(r rune) bool { return r > 0xff00 && r < 0xff5f })
		}},
		"replacement character": {1, func(f kobis.Film) bool { return strings.ContainsRune(f.Title+f.TitleEN, utf8.RuneError) }},
		"all digits":            {20, func(f kobis.Film) bool { return strings.Trim(f.Title, "0123456789") == "" }},
		"one character":         {20, func(f kobis.Film) bool { return utf8.RuneCountInString(f.Title) == 1 }},
		"124 characters":        {1, func(f kobis.Film) bool { return utf8.RuneCountInString(f.Title) == 124 }},
		"HTML entity":           {5, func(f kobis.Film) bool { return strings.Contains(f.TitleEN, "&") && strings.Contains(f.TitleEN, ";") }},
		"NBSP or zero width":    {5, func(f kobis.Film) bool { return strings.ContainsAny(f.Title+f.TitleEN, "\u00a0\u200b\ufeff") }},
		"CJK in the English title": {3, func(f kobis.Film) bool {
			return strings.ContainsFunc(f.TitleEN, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hangul) })
		}},
		"code with a letter":       {20, func(f kobis.Film) bool { return strings.ContainsFunc(f.Code, unicode.IsLetter) }},
		"year 194":                 {1, func(f kobis.Film) bool { return f.ProductionYear == "194" }},
		"year of the 19th century": {1, func(f kobis.Film) bool { return f.ProductionYear > "18" && f.ProductionYear < "19" }},
		"neither year":             {50, func(f kobis.Film) bool { return f.ProductionYear == "" && f.OpenDate == "" }},
		"no English title":         {50, func(f kobis.Film) bool { return f.TitleEN == "" }},
		"no genre":                 {20, func(f kobis.Film) bool { return f.Genres == "" }},
		"no nation":                {20, func(f kobis.Film) bool { return f.Nations == "" }},
		"repeated title":           {100, func(f kobis.Film) bool { return titles[f.Title] > 1 }},
		"repeated title and year":  {10, func(f kobis.Film) bool { return f.ProductionYear != "" && pairs[f.Title+"/"+f.ProductionYear] > 1 }},
		"하루":                       {18, func(f kobis.Film) bool { return f.Title == "하루" }},
		"34 directors":             {1, func(f kobis.Film) bool { return len(f.Directors) == 34 }},
		"14 companies":             {1, func(f kobis.Film) bool { return len(f.Companies) == 14 }},
		"short film":               {50, func(f kobis.Film) bool { return f.Form == "단편" }},
		"no form":                  {4, func(f kobis.Film) bool { return f.Form == "" }},
		"no status":                {4, func(f kobis.Film) bool { return f.Status == "" }},
		"re-release": {50, func(f kobis.Film) bool {
			return len(f.OpenDate) == 8 && f.ProductionYear != "" && f.OpenDate[:3] > f.ProductionYear[:3]
		}},
		"nation that isn't the first": {5, func(f kobis.Film) bool { return f.Nation != strings.Split(f.Nations, ",")[0] }},
	} {
		n := 0
		for _, f := range films {
			if q.shows(f) {
				n++
			}
		}
		require.GreaterOrEqual(t, n, q.least, name)
	}
}

func TestDetailsShowEveryQuirk(t *testing.T) {
	t.Parallel()
	catalogue, _ := load(t)
	seen := map[string]int{}
	for _, f := range catalogue.Films() {
		d, found := catalogue.Detail(f.Code)
		if !found {
			seen["no detail"]++
			continue
		}
		for name, shows := range map[string]bool{
			"1,107 staff":              len(d.Staff) == 1107,
			"title trimmed":            f.Title != d.Title && strings.TrimSpace(f.Title) == d.Title,
			"directors in other order": len(f.Directors) > 1 && f.Directors[0] != d.Directors[0].Name,
			"no minutes":               d.Minutes == "", "no status": d.Status == "", "original title": d.TitleOriginal != "",
			"company with two parts": repeatsCompany(d),
		} {
			if shows {
				seen[name]++
			}
		}
	}
	for name, least := range map[string]int{
		"no detail": 100, "1,107 staff": 1, "title trimmed": 10, "directors in other order": 10, "no minutes": 5,
		"no status": 1, "original title": 1, "company with two parts": 100,
	} {
		require.GreaterOrEqual(t, seen[name], least, name)
	}
}

func repeatsCompany(d kobis.Detail) bool {
	seen := map[string]bool{}
	for _, c := range d.Companies {
		if seen[c.Code] {
			return true
		}
		seen[c.Code] = true
	}
	return false
}

// TestOnlyFacts: no sentences, and nothing of the generator's.
func TestOnlyFacts(t *testing.T) {
	t.Parallel()
	films, movies := load(t)
	for _, f := range films.Films() {
		require.NotContains(t, f.Title, "생성 영화")
	}
	korean := 0
	for _, id := range movies.MovieIDs() {
		m, _ := movies.Movie(id)
		require.Empty(t, m.Overview+m.Tagline+m.Poster+m.Backdrop+m.Homepage)
		require.Less(t, id, 100_000_000)
		if m.Language == "ko" {
			korean++
		}
	}
	require.Greater(t, korean, 200)
}

// TestTablesAreInTheirOwnForm: written again, they are the same bytes, so that
// remaking them shows only what changed.
func TestTablesAreInTheirOwnForm(t *testing.T) {
	t.Parallel()
	same(t, "films", func(text string, b *bytes.Buffer) error {
		films, err := table.ReadFilms(text)
		require.NoError(t, err)
		return table.WriteFilms(b, films)
	})
	same(t, "details", func(text string, b *bytes.Buffer) error {
		details, err := table.ReadDetails(text)
		require.NoError(t, err)
		return table.WriteDetails(b, details)
	})
	same(t, "boxoffice", func(text string, b *bytes.Buffer) error {
		days, err := table.ReadDays(text)
		require.NoError(t, err)
		return table.WriteDays(b, days)
	})
	same(t, "movies", func(text string, b *bytes.Buffer) error {
		movies, err := table.ReadMovies(text)
		require.NoError(t, err)
		return table.WriteMovies(b, movies)
	})
	same(t, "series", func(text string, b *bytes.Buffer) error {
		series, err := table.ReadSeries(text)
		require.NoError(t, err)
		return table.WriteSeries(b, series)
	})
}

func same(t *testing.T, name string, again func(string, *bytes.Buffer) error) {
	t.Helper()
	text, err := os.ReadFile("tables/" + name + ".tsv")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, again(string(text), &b))
	require.True(t, bytes.Equal(text, b.Bytes()), name)
}
