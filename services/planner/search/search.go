package search

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/pkg/entity"
)

// PageSize is how many hits a page of TMDB has at most.
const PageSize = 20

// FirstYear and LastYear bound the years of films; others are slips of the source.
const FirstYear, LastYear = 1880, 2099

// korea is KOBIS's word.
const korea = "한국"

// Film is what a search is made of. Absent texts are empty, absent years 0.
type Film struct {
	Title, TitleEn, TitleOriginal string
	ProductionYear, OpenYear      int
	Nation                        string // KOBIS's word for the main one
}

// Question is one call.
type Question struct {
	Variant entity.Variant
	Query   string
	Year    int // 0: without
	Page    int // from 1
}

// Differs reports whether another question was asked under the same name.
func (q Question) Differs(query string, year int) bool {
	return q.Year != year || fold(q.Query) != fold(query)
}

// Answers are how many hits each answered variant has in all, also beyond its page.
type Answers map[entity.Variant]int

func (a Answers) overflows(v entity.Variant) bool { return a[v] > PageSize }

func (a Answers) has(v entity.Variant) bool {
	_, ok := a[v]
	return ok
}

// Questions are the variants that are worth a call, given the answers, in order.
// Those that were answered stay among them.
func (f Film) Questions(answers Answers) []Question {
	title, english, original := Title(f.Title), Title(f.TitleEn), Title(f.TitleOriginal)
	year := f.Year()
	var list []Question
	add := func(v entity.Variant, query string, year, page int) {
		if query != "" {
			list = append(list, Question{v, query, year, page})
		}
	}
	withYear := func(wide, narrow, more entity.Variant, query string) {
		if year > 0 && (answers.overflows(wide) || answers.has(narrow)) {
			add(narrow, query, year, 1)
			if more != "" && answers.overflows(narrow) {
				add(more, query, year, 2)
			}
		}
	}
	if year > 0 && f.Nation == korea {
		add(entity.KoreanWithYear, title, year, 1)
		if answers.overflows(entity.KoreanWithYear) {
			add(entity.KoreanMore, title, year, 2)
		}
		add(entity.Korean, title, 0, 1)
	} else {
		add(entity.Korean, title, 0, 1)
		withYear(entity.Korean, entity.KoreanWithYear, entity.KoreanMore, title)
	}
	if fold(english) != fold(title) {
		add(entity.English, english, 0, 1)
		withYear(entity.English, entity.EnglishWithYear, "", english)
	}
	if fold(original) != fold(title) && fold(original) != fold(english) {
		add(entity.Original, original, 0, 1)
	}
	return list
}

// Next is the question to ask now; false when there is none left.
func (f Film) Next(answers Answers) (Question, bool) {
	for _, q := range f.Questions(answers) {
		if !answers.has(q.Variant) {
			return q, true
		}
	}
	return Question{}, false
}

// Year is the year by which TMDB most likely knows the film: a Korean film by its
// opening (the production year lags up to five years), a foreign one by its
// production (it may open in Korea decades later). 0: none is known.
func (f Film) Year() int {
	first, second := f.ProductionYear, f.OpenYear
	if f.Nation == korea {
		first, second = second, first
	}
	if plausible(first) {
		return first
	}
	if plausible(second) {
		return second
	}
	return 0
}

// plausible leaves out slips such as 194, which no film of TMDB has.
func plausible(year int) bool { return year >= FirstYear && year <= LastYear }

// fold is a text without what two spellings of one query may differ in.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
}
