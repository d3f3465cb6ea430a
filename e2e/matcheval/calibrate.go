package matcheval

import (
	"cmp"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/match"
)

// Bin counts the best candidates of a range of scores.
type Bin struct {
	From, To    float64
	Right, Else int
	Mean        float64 // of the scores
}

// bounds of the scores' ranges.
var bounds = []float64{0, 0.2, 0.4, 0.6, 0.8, 0.9, match.Accepted, 0.98, 0.99, 0.999, 1.0001}

// Fact counts how often something is found on films and their records, and on
// films and other records of that title.
type Fact struct {
	Name         string
	Own, Other   int
	ofOwn, ofAll int
}

// weight is the logarithm to base ten of how much more often it is found on a
// film's own record, with half a case added to both.
func (f Fact) weight() float64 {
	return math.Log10((float64(f.Own) + 0.5) / float64(f.ofOwn+1) / ((float64(f.Other) + 0.5) / float64(f.ofAll+1)))
}

// Calibrate decides once more with everything known, and compares scores and facts
// of candidates whose title agrees with the truth.
func (w *World) Calibrate(results []Result, g Gold) ([]Bin, []Fact, error) {
	bins := make([]Bin, len(bounds)-1)
	for i := range bins {
		bins[i].From, bins[i].To = bounds[i], bounds[i+1]
	}
	t := factTally{facts: make(map[string]*Fact)}
	for i := range results {
		r := &results[i]
		if _, doubtful := g.Doubtful[r.film.code]; doubtful || len(r.seen) == 0 {
			continue
		}
		v, err := w.decideKnowingAll(r)
		if err != nil {
			return nil, nil, err
		}
		id := g.Pairs[r.film.code].TmdbID
		for rank, c := range v.Evidence.Candidates {
			if !agreeing(c) {
				continue
			}
			right := id == c.TmdbID
			if rank == 0 {
				count(bins, float64(c.Score), right)
			}
			t.count(slices.Concat(c.Facts, c.Against), right)
		}
	}
	return bins, t.list(), nil
}

// factTally counts facts on pairs of one film and on others: m and u.
type factTally struct {
	facts      map[string]*Fact
	own, other int // pairs
}

func (t *factTally) count(names []string, right bool) {
	if right {
		t.own++
	} else {
		t.other++
	}
	for _, name := range names {
		if t.facts[name] == nil {
			t.facts[name] = &Fact{Name: name}
		}
		if right {
			t.facts[name].Own++
		} else {
			t.facts[name].Other++
		}
	}
}

// list is the facts, the weightiest first.
func (t *factTally) list() []Fact {
	list := make([]Fact, 0, len(t.facts))
	for _, name := range slices.Sorted(maps.Keys(t.facts)) {
		f := *t.facts[name]
		f.ofOwn, f.ofAll = t.own, t.other
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b Fact) int { return cmp.Compare(b.weight(), a.weight()) })
	return list
}

// agreeing reports whether a title agrees in full, but for what is known to vary.
func agreeing(c match.Ranked) bool {
	return slices.ContainsFunc(c.Facts, func(fact string) bool {
		return fact == "Korean title" || fact == "title in another language" || strings.Contains(fact, "but for its edition")
	})
}

// Again decides on all films once more, from what their searches found, and
// returns how many candidates that took.
func Again(results []Result) (candidates int) {
	for i := range results {
		match.Decide(results[i].film.match, results[i].seen, match.Verdicts{})
		candidates += len(results[i].seen)
	}
	return candidates
}

func (w *World) decideKnowingAll(r *Result) (match.Verdict, error) {
	seen := slices.Clone(r.seen)
	for _, c := range r.seen {
		m, err := w.movie(c.TmdbID)
		if err != nil {
			return match.Verdict{}, err
		}
		seen = append(seen, match.DetailOf(m))
	}
	return match.Decide(r.film.match, seen, match.Verdicts{}), nil
}

func count(bins []Bin, score float64, right bool) {
	for i := range bins {
		b := &bins[i]
		if score < b.From || score >= b.To {
			continue
		}
		if right {
			b.Right++
		} else {
			b.Else++
		}
		b.Mean += (score - b.Mean) / float64(b.Right+b.Else)
	}
}

// Fold is what weights from one half of the films say about the other half.
type Fold struct {
	Films               int // of the other half, with a record
	Right, Wrong, Other int // Other: matches of films without a record
}

// CrossValidate takes the weights of facts from one half of the films and scores
// the candidates of the other half with their sum alone, without the rule's
// conditions and rounding: what it finds is due to facts that hold in general.
func (w *World) CrossValidate(results []Result, g Gold) ([2]Fold, error) {
	var halves [2][]Result
	for _, r := range results {
		half := fnv.New32a()
		half.Write([]byte(r.film.code))
		halves[half.Sum32()%2] = append(halves[half.Sum32()%2], r)
	}
	var folds [2]Fold
	for i := range halves {
		_, facts, err := w.Calibrate(halves[1-i], g)
		if err != nil {
			return folds, err
		}
		weights := make(map[string]float64, len(facts))
		for _, f := range facts {
			weights[f.Name] = f.weight()
		}
		if folds[i], err = w.fold(halves[i], g, weights); err != nil {
			return folds, err
		}
	}
	return folds, nil
}

func (w *World) fold(results []Result, g Gold, weights map[string]float64) (Fold, error) {
	var fold Fold
	for i := range results {
		r := &results[i]
		id := g.Pairs[r.film.code].TmdbID
		if _, doubtful := g.Doubtful[r.film.code]; doubtful {
			continue
		}
		if id != 0 {
			fold.Films++
		}
		v, err := w.decideKnowingAll(r)
		if err != nil {
			return fold, err
		}
		switch best := winner(v.Evidence.Candidates, weights); {
		case best == 0:
		case best == id:
			fold.Right++
		case id != 0:
			fold.Wrong++
		default:
			fold.Other++
		}
	}
	return fold, nil
}

// winner is the candidate whose facts reach the score of a match; 0 for none.
func winner(candidates []match.Ranked, weights map[string]float64) int32 {
	best, odds, total := int32(0), 0.0, 1.0
	for _, c := range candidates {
		if !agreeing(c) {
			continue
		}
		sum := 0.0
		for _, fact := range slices.Concat(c.Facts, c.Against) {
			sum += weights[fact]
		}
		own := math.Pow(10, sum)
		total += own
		if own > odds {
			best, odds = c.TmdbID, own
		}
	}
	if odds/total < match.Accepted {
		return 0
	}
	return best
}
