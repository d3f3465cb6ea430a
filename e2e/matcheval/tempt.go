package matcheval

import (
	"fmt"
	"io"
	"slices"

	"github.com/cledit/pipeline/services/loader/match"
)

// Tempted counts what became of films that look like another.
type Tempted struct {
	Films, Matched, Review, None int
	Wrong                        []Failure // the matched ones; none of the hidden are named
}

// Temptation is Tempted for the films that rules may be tried on, for the hidden
// ones, and for those whose record it turned out to be.
type Temptation struct{ Shown, Hidden, Same Tempted }

// Tempt decides on the films of the set twice: as their searches ended, and with
// the record that they look like among the candidates, its detail read. A match of
// a film that has no record is wrong whichever record it is; it is counted once.
func (w *World) Tempt(results []Result, set []Lookalike) (Temptation, error) {
	byCode := make(map[string]*Result, len(results))
	for i := range results {
		byCode[results[i].film.code] = &results[i]
	}
	var t Temptation
	for _, l := range set {
		r := byCode[l.MovieCd]
		if r == nil || !w.has(l.TmdbID) || l.Label == OfDoubt {
			continue
		}
		v, err := w.before(r, l.TmdbID)
		if err != nil {
			return t, err
		}
		switch {
		case l.Label == OfSame:
			t.Same.add(&Result{film: r.film, Verdict: v}, true)
		case l.Hidden:
			t.Hidden.add(&Result{film: r.film, Verdict: v}, false)
		default:
			t.Shown.add(&Result{film: r.film, Verdict: v}, true)
		}
	}
	return t, nil
}

// before is the verdict with a record among the candidates, or that of the
// searches where that is a match.
func (w *World) before(r *Result, id int32) (match.Verdict, error) {
	if r.Verdict.TmdbID != nil {
		return r.Verdict, nil
	}
	m, err := w.movie(id)
	if err != nil {
		return match.Verdict{}, err
	}
	return w.decideKnowingAll(&Result{film: r.film, seen: append(slices.Clone(r.seen), match.DetailOf(m))})
}

func (t *Tempted) add(r *Result, named bool) {
	t.Films++
	switch {
	case r.Verdict.TmdbID != nil:
		t.Matched++
		if named {
			t.Wrong = append(t.Wrong, Failure{Result: r})
		}
	case r.Verdict.Status == match.None:
		t.None++
	default:
		t.Review++
	}
}

// Print writes the counts as Markdown.
func (t Temptation) Print(out io.Writer) {
	fmt.Fprintln(out, "| films that look like the film of a record | films | matched | review | none |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, row := range []struct {
		name string
		Tempted
	}{
		{"another film's, rules may be tried on them", t.Shown},
		{"another film's, hidden", t.Hidden},
		{"its own, as looking at them showed", t.Same},
	} {
		fmt.Fprintf(out, "| %s | %d | %d | %d | %d |\n", row.name, row.Films, row.Matched, row.Review, row.None)
	}
}
