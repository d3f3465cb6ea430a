package matcheval

import (
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/match"
)

// Count is how films of a kind fared.
type Count struct {
	Films, Right, Wrong, Review, None, Calls int
}

// Precision is the share of matches that are right; 1 without any.
func (c Count) Precision() float64 { return share(c.Right, c.Right+c.Wrong) }

// Recall is the share of films that were matched rightly, before any person looks.
func (c Count) Recall() float64 { return share(c.Right, c.Films) }

// CallsPerFilm is the mean.
func (c Count) CallsPerFilm() float64 { return float64(c.Calls) / float64(max(1, c.Films)) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

func (c *Count) add(r *Result, gold int32) {
	c.Films++
	c.Calls += r.Calls
	switch {
	case r.Verdict.TmdbID != nil && *r.Verdict.TmdbID == gold:
		c.Right++
	case r.Verdict.TmdbID != nil:
		c.Wrong++
	case r.Verdict.Status == match.None:
		c.None++
	default:
		c.Review++
	}
}

// The kinds of films that are counted apart.
const (
	all        = "all"
	korean     = "Korean"
	foreign    = "foreign"
	short      = "short"
	reissue    = "re-release"
	complete   = "directors known to both"
	incomplete = "directors unknown to one"
	sharing    = "sharing a title with a record"
)

// kinds is their order in a report.
var kinds = []string{all, korean, foreign, short, reissue, complete, incomplete, sharing}

// Report is an evaluation.
type Report struct {
	Gold   map[string]*Count // films with a record, by kind
	Nobody map[string]*Count // films without one
	// Errors are wrong matches and films that were not matched, the worst first.
	Errors   []Failure
	Doubtful int // films that nobody can judge
	Films    int
}

// Failure is a film that did not fare as it should.
type Failure struct {
	*Result
	Pair Pair // zero for a film without a record
}

// wrong reports whether it was matched to another record than its own.
func (e Failure) wrong() bool { return e.Verdict.TmdbID != nil }

// Precision is that of all matches, also of films without a record.
func (r Report) Precision() float64 {
	right, wrong := r.Gold[all].Right, r.Gold[all].Wrong+r.Nobody[all].Wrong
	return share(right, right+wrong)
}

// Judge compares results with the gold set.
func (w *World) Judge(results []Result, g Gold) Report {
	r := Report{Gold: make(map[string]*Count), Nobody: make(map[string]*Count), Films: len(results)}
	for _, kind := range kinds {
		r.Gold[kind], r.Nobody[kind] = new(Count), new(Count)
	}
	for i := range results {
		result := &results[i]
		pair, known := g.Pairs[result.film.code]
		if _, judgeable := w.movies[pair.TmdbID]; known && !judgeable && !w.has(pair.TmdbID) {
			known, pair = false, Pair{} // its record is not in this world
		}
		if _, doubtful := g.Doubtful[result.film.code]; doubtful && !known {
			r.Doubtful++
			continue
		}
		counts := r.Nobody
		if known {
			counts = r.Gold
		}
		for _, kind := range w.kinds(result, pair) {
			counts[kind].add(result, pair.TmdbID)
		}
		right := result.Verdict.TmdbID != nil && *result.Verdict.TmdbID == pair.TmdbID
		if !right && (known || result.Verdict.TmdbID != nil) {
			r.Errors = append(r.Errors, Failure{result, pair})
		}
	}
	slices.SortStableFunc(r.Errors, func(a, b Failure) int {
		switch {
		case a.wrong() != b.wrong() && a.wrong():
			return -1
		case a.wrong() != b.wrong():
			return 1
		case a.Verdict.Score > b.Verdict.Score:
			return -1
		case a.Verdict.Score < b.Verdict.Score:
			return 1
		}
		return 0
	})
	return r
}

func (w *World) has(id int32) bool {
	_, there := w.sim.TMDB.Catalogue().Movie(int(id))
	return there
}

// kinds are those that a film belongs to.
func (w *World) kinds(r *Result, p Pair) []string {
	f := &r.film.match
	list := []string{all}
	switch {
	case f.Form == "단편":
		list = append(list, short)
	case slices.Contains(f.Nations, "한국"):
		list = append(list, korean)
	default:
		list = append(list, foreign)
	}
	if p.TmdbID == 0 {
		if slices.ContainsFunc(r.Verdict.Evidence.Candidates, titled) {
			list = append(list, sharing)
		}
		return list
	}
	m := w.movies[p.TmdbID]
	if m != nil && f.OpenDate != nil && m.ReleaseDate != nil && f.OpenDate.Year()-m.ReleaseDate.Year() >= 3 {
		list = append(list, reissue)
	}
	if m != nil && len(f.Directors) > 0 && len(directorsOf(m)) > 0 {
		return append(list, complete)
	}
	return append(list, incomplete)
}

// titled reports whether the evidence names a title that agrees.
func titled(c match.Ranked) bool {
	return slices.ContainsFunc(c.Facts, func(fact string) bool {
		return strings.HasPrefix(fact, "Korean title") || strings.HasPrefix(fact, "title in another language")
	})
}
