package matcheval

import (
	"fmt"
	"slices"

	"github.com/cledit/pipeline/pkg/entity"
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

// inOrder is the plain strategy to compare with: with and without a year, Korean
// and then English, whatever film it is.
func inOrder(f search.Film, answers search.Answers) (search.Question, bool) {
	title, english, year := search.Title(f.Title), search.Title(f.TitleEn), f.Year()
	for _, q := range []search.Question{
		{Variant: entity.KoreanWithYear, Query: title, Year: year, Page: 1},
		{Variant: entity.Korean, Query: title, Page: 1},
		{Variant: entity.EnglishWithYear, Query: english, Year: year, Page: 1},
		{Variant: entity.English, Query: english, Page: 1},
	} {
		narrow := q.Variant == entity.KoreanWithYear || q.Variant == entity.EnglishWithYear
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
	// Missing are records that no search finds, by the film's code.
	Missing map[string]int32
}

// Full is the trial with all facts, as the pipeline works.
var Full = Trial{Name: "all facts", Next: search.Film.Next}

// Others leave a fact out, or search in another order.
var Others = []Trial{
	{Name: "without directors", Without: func(f *match.Film) { f.Directors = nil }, Next: search.Film.Next},
	{Name: "without opening dates", Without: func(f *match.Film) { f.OpenDate = nil }, Next: search.Film.Next},
	{Name: "without running times", Without: func(f *match.Film) { f.RuntimeMinutes = nil }, Next: search.Film.Next},
	{
		Name:    "without Korean titles",
		Without: func(f *match.Film) { f.Titles = slices.DeleteFunc(slices.Clone(f.Titles), isKorean) },
		Next:    search.Film.Next,
	},
	{Name: "without titles in other scripts", Without: func(f *match.Film) {
		f.Titles = slices.DeleteFunc(slices.Clone(f.Titles), func(t string) bool { return !isKorean(t) })
	}, Next: search.Film.Next},
	{Name: "the production year one too early", Without: shifted(-1), Next: search.Film.Next},
	{Name: "the production year one too late", Without: shifted(1), Next: search.Film.Next},
	{Name: "nobody counts films of the same title", Without: func(f *match.Film) { f.Namesakes = nil }, Next: search.Film.Next},
	{Name: "searches in one order for all", Next: inOrder},
}

// Gone is the trial in which TMDB lacks the very record of each film, so that
// whatever is matched is wrong.
func (g Gold) Gone() Trial {
	t := Trial{Name: "the right record removed", Next: search.Film.Next, Missing: make(map[string]int32, len(g.Pairs))}
	for code, p := range g.Pairs {
		t.Missing[code] = p.TmdbID
	}
	return t
}

// shifted moves the production year, as sources differ in it.
func shifted(years int32) func(*match.Film) {
	return func(f *match.Film) {
		if f.ProductionYear != nil {
			f.ProductionYear = new(*f.ProductionYear + years)
		}
	}
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
	film := f.searched()
	answers := search.Answers{}
	read := make(map[int32]bool)
	for {
		q, more := t.Next(film, answers)
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
			if hit.TmdbID == t.Missing[f.code] {
				continue
			}
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
