package matcheval

import (
	"fmt"
	"slices"

	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/planner/search"
)

// Result is what became of a film.
type Result struct {
	film    *film
	Verdict match.Verdict
	Calls   int // of TMDB: searches and details
	seen    []match.Candidate
}

// Strategy gives the next search; false when there is none left.
type Strategy func(search.Film, search.Answers) (search.Question, bool)

// InOrder is the plain strategy to compare with: with and without a year, Korean
// and then English, whatever film it is.
func InOrder(f search.Film, answers search.Answers) (search.Question, bool) {
	title, english, year := search.Title(f.Title), search.Title(f.TitleEn), f.Year()
	for _, q := range []search.Question{
		{Variant: search.KoreanWithYear, Query: title, Year: year, Page: 1},
		{Variant: search.Korean, Query: title, Page: 1},
		{Variant: search.EnglishWithYear, Query: english, Year: year, Page: 1},
		{Variant: search.English, Query: english, Page: 1},
	} {
		narrow := q.Variant == search.KoreanWithYear || q.Variant == search.EnglishWithYear
		if _, made := answers[q.Variant]; !made && q.Query != "" && (year > 0 || !narrow) {
			return q, true
		}
	}
	return search.Question{}, false
}

// Trial is a way to run the evaluation.
type Trial struct {
	Name string
	// Without takes a fact from a film, to see what the others are worth; nil
	// takes none.
	Without func(*match.Film)
	Next    Strategy
}

// Full is the trial with all facts, as the pipeline works.
var Full = Trial{"all facts", nil, search.Film.Next}

// Others leave a fact out, or search in another order.
var Others = []Trial{
	{"without directors", func(f *match.Film) { f.Directors = nil }, search.Film.Next},
	{"without opening dates", func(f *match.Film) { f.OpenDate = nil }, search.Film.Next},
	{"without running times", func(f *match.Film) { f.RuntimeMinutes = nil }, search.Film.Next},
	{"without Korean titles", func(f *match.Film) { f.Titles = slices.DeleteFunc(slices.Clone(f.Titles), isKorean) }, search.Film.Next},
	{"without titles in other scripts", func(f *match.Film) {
		f.Titles = slices.DeleteFunc(slices.Clone(f.Titles), func(t string) bool { return !isKorean(t) })
	}, search.Film.Next},
	{"searches in one order for all", nil, InOrder},
}

func isKorean(t string) bool {
	return slices.ContainsFunc([]rune(t), func(r rune) bool { return r >= '가' && r <= '힣' })
}

// Run finds all films.
func (w *World) Run(t Trial) ([]Result, error) {
	results := make([]Result, 0, len(w.films))
	for _, f := range w.films {
		r, err := w.find(f, t)
		if err != nil {
			return nil, fmt.Errorf("finding film %s: %w", f.code, err)
		}
		results = append(results, r)
	}
	return results, nil
}

// find does what planner and loader do together: a search, a verdict, the details
// that the verdict wants, and the next search while there is no winner.
func (w *World) find(f *film, t Trial) (Result, error) {
	r := Result{film: f}
	subject := f.match
	if t.Without != nil {
		t.Without(&subject)
	}
	look := f.searched()
	answers := search.Answers{}
	read := make(map[int32]bool)
	for {
		q, more := t.Next(look, answers)
		if !more {
			return r, nil
		}
		found, err := w.search(f.code, q)
		if err != nil {
			return r, err
		}
		r.Calls++
		answers[q.Variant] = int(found.TotalResults)
		for _, hit := range found.Candidates {
			r.seen = append(r.seen, match.HitOf(hit))
		}
		if err := w.settle(&r, subject, read); err != nil {
			return r, err
		}
		if r.Verdict.Status == match.Matched {
			return r, nil
		}
	}
}

// settle decides, and reads details until none is wanted that was not read.
func (w *World) settle(r *Result, subject match.Film, read map[int32]bool) error {
	for {
		r.Verdict = match.Decide(subject, r.seen, match.Verdicts{})
		wanted := r.Verdict.Evidence.Wanted
		if r.Verdict.Status == match.Matched {
			wanted = []int32{*r.Verdict.TmdbID}
		}
		wanted = slices.DeleteFunc(slices.Clone(wanted), func(id int32) bool { return read[id] })
		if len(wanted) == 0 {
			return nil
		}
		for _, id := range wanted {
			read[id] = true
			r.Calls++
			m, err := w.movie(id)
			if err != nil {
				return err
			}
			r.seen = append(r.seen, match.DetailOf(m))
		}
	}
}
