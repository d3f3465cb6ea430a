package main

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/sim/kobis"
)

// quirk is a peculiarity of the data, and how many films that show it are wanted.
type quirk struct {
	wanted int
	shows  func(f kobis.Film, d *kobis.Detail) bool
}

func (s *source) peculiar(films []kobis.Film, quirks []quirk) {
	for _, q := range quirks {
		s.take(films, q.wanted, func(f kobis.Film) bool { return q.shows(f, s.details[f.Code]) })
	}
}

// recentQuirks are about lists and details together.
func recentQuirks() []quirk {
	detailed := func(shows func(f kobis.Film, d *kobis.Detail) bool) func(kobis.Film, *kobis.Detail) bool {
		return func(f kobis.Film, d *kobis.Detail) bool { return d != nil && shows(f, d) }
	}
	return []quirk{
		{1, detailed(func(_ kobis.Film, d *kobis.Detail) bool { return len(d.Staff) > 1000 })},
		{8, detailed(func(_ kobis.Film, d *kobis.Detail) bool { return d.Minutes == "" && d.Status == "개봉" })},
		{5, detailed(func(_ kobis.Film, d *kobis.Detail) bool { return d.Status == "" })},
		{40, detailed(func(f kobis.Film, d *kobis.Detail) bool { return f.Title != d.Title })},
		{20, detailed(func(f kobis.Film, d *kobis.Detail) bool { return f.TitleEN != d.TitleEN })},
		{20, detailed(func(f kobis.Film, d *kobis.Detail) bool { return !sameDirectors(f, d) })},
		{10, detailed(func(_ kobis.Film, d *kobis.Detail) bool { return d.TitleOriginal != "" })},
		{15, func(f kobis.Film, _ *kobis.Detail) bool { return letterCode(f.Code) }},
		{60, func(f kobis.Film, _ *kobis.Detail) bool { return reopened(f) }},
		{20, edition},
		{20, func(f kobis.Film, _ *kobis.Detail) bool { return f.Form == "단편" }},
	}
}

func sameDirectors(f kobis.Film, d *kobis.Detail) bool {
	if len(f.Directors) != len(d.Directors) {
		return false
	}
	for i, name := range f.Directors {
		if name != d.Directors[i].Name {
			return false
		}
	}
	return true
}

func edition(f kobis.Film, _ *kobis.Detail) bool {
	for _, word := range []string{"재개봉", "특별판", "확장판", "감독판", "리마스터링", "IMAX", "4K"} {
		if strings.Contains(f.Title, word) {
			return true
		}
	}
	return false
}

func letterCode(code string) bool { return strings.ContainsFunc(code, unicode.IsLetter) }

// reopened: the film opened many years after it was made.
func reopened(f kobis.Film) bool {
	made, errMade := strconv.Atoi(f.ProductionYear)
	if errMade != nil || len(f.OpenDate) < 4 {
		return false
	}
	opened, errOpened := strconv.Atoi(f.OpenDate[:4])
	return errOpened == nil && opened-made > 8
}

// confusable are titles that stand for several films: remakes, and student shorts
// that are called like a well-known feature.
var confusable = []string{"하루", "침묵", "하녀", "유령", "감기", "박쥐", "섬", "괴물", "아가씨", "해무(海霧)", "주먹이 운다(Crying Fist)"}

// oldQuirks are about list rows. Repeated titles are known from the whole list;
// of a pair with the same title and year both are wanted, so years choose them.
func oldQuirks(list []kobis.Film) []quirk {
	titles, pairs := map[string]int{}, map[string]int{}
	longest := 0
	for _, f := range list {
		titles[f.Title]++
		pairs[f.Title+"/"+f.ProductionYear]++
		longest = max(longest, utf8.RuneCountInString(f.Title))
	}
	row := func(wanted int, shows func(kobis.Film) bool) quirk {
		return quirk{wanted, func(f kobis.Film, _ *kobis.Detail) bool { return shows(f) }}
	}
	quirks := []quirk{
		row(1, func(f kobis.Film) bool { return utf8.RuneCountInString(f.Title) == longest }),
		row(80, func(f kobis.Film) bool { return slices.Contains(confusable, f.Title) }),
		row(40, func(f kobis.Film) bool {
			return (f.ProductionYear == "2003" || f.ProductionYear == "2012") && pairs[f.Title+"/"+f.ProductionYear] > 1
		}),
		row(20, func(f kobis.Film) bool { return f.Form == "단편" && titles[f.Title] > 3 }),
		row(15, func(f kobis.Film) bool { return titles[f.Title] > 6 && f.Form == "장편" }),
	}
	quirks = append(quirks, textQuirks(row)...)
	return append(quirks, valueQuirks(row)...)
}

func textQuirks(row func(int, func(kobis.Film) bool) quirk) []quirk {
	return []quirk{
		row(25, func(f kobis.Film) bool { return strings.TrimSpace(f.Title) != f.Title }),
		row(8, func(f kobis.Film) bool { return strings.Contains(strings.TrimSpace(f.Title), "  ") }),
		row(8, func(f kobis.Film) bool { return strings.Contains(f.Title, "\t") }),
		row(9, func(f kobis.Film) bool { return !norm.NFC.IsNormalString(f.Title) }),
		row(8, func(f kobis.Film) bool { return strings.ContainsFunc(f.Title, fullWidth) }),
		row(2, func(f kobis.Film) bool { return strings.ContainsRune(f.Title+f.TitleEN, utf8.RuneError) }),
		row(25, func(f kobis.Film) bool { return f.Title != "" && strings.Trim(f.Title, "0123456789") == "" }),
		row(30, func(f kobis.Film) bool { return utf8.RuneCountInString(f.Title) == 1 }),
		row(12, func(f kobis.Film) bool { return strings.Contains(f.TitleEN, "&") && strings.Contains(f.TitleEN, ";") }),
		row(12, func(f kobis.Film) bool { return strings.ContainsAny(f.Title+f.TitleEN, "\u00a0\u200b\ufeff") }),
		row(6, func(f kobis.Film) bool { return strings.ContainsFunc(f.TitleEN, eastAsian) }),
		row(2, func(f kobis.Film) bool { return strings.ContainsAny(f.Title+f.TitleEN, "|~\\") }),
		row(10, func(f kobis.Film) bool { return strings.Contains(f.Title, "(") && strings.Contains(f.Title, ")") }),
	}
}

func fullWidth(r rune) bool { return r >= 0xff01 && r <= 0xff5e }

func eastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

func valueQuirks(row func(int, func(kobis.Film) bool) quirk) []quirk {
	quirks := []quirk{
		row(30, func(f kobis.Film) bool { return letterCode(f.Code) }),
		row(1, func(f kobis.Film) bool { return f.ProductionYear == "194" }),
		row(3, func(f kobis.Film) bool { return f.ProductionYear > "2018" && len(f.ProductionYear) == 4 }),
		row(5, func(f kobis.Film) bool { return f.ProductionYear != "" && f.ProductionYear < "1900" }),
		row(60, func(f kobis.Film) bool { return f.ProductionYear == "" && f.OpenDate == "" && plain(f) }),
		row(5, func(f kobis.Film) bool { return f.ProductionYear == "" && f.OpenDate != "" }),
		row(6, func(f kobis.Film) bool { return len(f.Directors) >= 20 }),
		row(1, func(f kobis.Film) bool { return len(f.Directors) == 34 }),
		row(8, func(f kobis.Film) bool { return repeats(f.Directors) }),
		row(1, func(f kobis.Film) bool { return len(f.Companies) == 14 }),
		row(6, func(f kobis.Film) bool { return len(f.Companies) >= 5 }),
		row(20, reopened),
		row(10, func(f kobis.Film) bool { return f.Nation != strings.Split(f.Nations, ",")[0] }),
		row(10, func(f kobis.Film) bool { return f.Genre != strings.Split(f.Genres, ",")[0] }),
		row(3, func(f kobis.Film) bool { return !plain(f) }),
	}
	for _, status := range []string{"개봉예정", "개봉준비", "후반작업", "촬영진행", "촬영준비", "기타", ""} {
		quirks = append(quirks, row(4, func(f kobis.Film) bool { return f.Status == status }))
	}
	for _, form := range []string{"단편", "옴니버스", "온라인전용", "기타", ""} {
		quirks = append(quirks, row(4, func(f kobis.Film) bool { return f.Form == form }))
	}
	return quirks
}

func repeats(names []string) bool {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}
