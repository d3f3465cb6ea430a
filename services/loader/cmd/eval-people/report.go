package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// tally counts merged credits.
type tally struct {
	merged                       map[string]int // by rule
	agree, disagree, uncompared  int            // parts of merged actors
	gold, goldMerged, goldOthers int            // pairs whose parts agree alone
	examples                     []string
}

func report(w io.Writer, films, directed []film) {
	actors, otherCasts, others := tally{merged: map[string]int{}}, control(films), control(directed)
	cast := 0
	for i := range films {
		cast += len(films[i].movie.Cast)
		actors.film(films[i].title, &films[i].detail, &films[i].movie)
	}
	fmt.Fprintf(w, "actors: %d films, %d credits of TMDB\n", len(films), cast)
	fmt.Fprintf(w, "  merged: %v\n", actors.byRule())
	fmt.Fprintf(
		w, "  parts of the merged: %d agree, %d are written otherwise, %d not given by both\n", actors.agree, actors.disagree,
		actors.uncompared,
	)
	fmt.Fprintf(w, "  pairs whose parts agree: %d, merged %d (recall %.4f), merged with another %d (precision "+
		"%.4f)\n", actors.gold, actors.goldMerged,
		ratio(actors.goldMerged, actors.gold), actors.goldOthers, ratio(actors.goldMerged, actors.goldMerged+actors.goldOthers))
	fmt.Fprintf(w, "  control, each cast with that of %d other films: %v\n", shifts, otherCasts.byRule())

	directors := tally{merged: map[string]int{}}
	for i := range directed {
		directors.film(directed[i].title, &directed[i].detail, &directed[i].movie)
	}
	n, hangul := 0, 0
	for _, c := range directors.merged {
		n += c
	}
	for i := range directed {
		if spelling.HasHangul(directed[i].detail.Directors[0].Name) && spelling.HasHangul(directed[i].movie.Crew[0].Name) {
			hangul++
		}
	}
	fmt.Fprintf(w, "directors: %d films with one director at either source, %d in Hangul at both\n", len(directed), hangul)
	fmt.Fprintf(w, "  merged: %v (%.4f of those in Hangul)\n", directors.byRule(), ratio(n, hangul))
	fmt.Fprintf(w, "  control, each with those of %d other films: %v\n", shifts, others.byRule())
	for _, line := range slices.Concat(actors.examples, directors.examples, otherCasts.examples, others.examples) {
		fmt.Fprintln(w, " ", line)
	}
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (t *tally) byRule() string {
	rules := make([]string, 0, len(t.merged))
	for _, rule := range slices.Sorted(maps.Keys(t.merged)) {
		rules = append(rules, fmt.Sprintf("%s %d", rule, t.merged[rule]))
	}
	return strings.Join(rules, ", ")
}

func (t *tally) film(title string, detail *record.KobisMovieDetail, movie *record.TmdbMovie) {
	list := credits.Film(uuid.Nil, nil, detail, movie)
	partner := make(map[string]string) // part at KOBIS and name: part at TMDB
	for i := range list {
		c := &list[i]
		if c.MergedBy == "" {
			if c.Source == "tmdb" {
				t.examples = append(t.examples, fmt.Sprintf("left: %s: %s %s %q", title, c.NameKo, c.NameEn, c.CharacterEn))
			}
			continue
		}
		t.merged[c.MergedBy]++
		if c.MergedBy != "name" {
			t.examples = append(t.examples, fmt.Sprintf("%s: %s: %s %s %q %q", c.MergedBy, title, c.NameKo, c.NameEn, c.CharacterKo, c.CharacterEn))
		}
		if c.Department == credits.Acting {
			t.part(title, c)
			partner[c.CharacterKo] = c.CharacterEn
		}
	}
	t.golden(title, detail, movie, partner)
}

// part counts whether both sources name an actor's part alike.
func (t *tally) part(title string, c *credits.Credit) {
	switch {
	case c.CharacterKo == "":
		t.uncompared++
	case credits.CharactersAgree(c.CharacterKo, c.CharacterEn):
		t.agree++
	default:
		t.disagree++
		t.examples = append(t.examples, fmt.Sprintf("otherwise: %s: %s %q %q", title, c.NameKo, c.CharacterKo, c.CharacterEn))
	}
}

// golden counts the pairs whose parts agree, each with no other, and what became of
// them.
func (t *tally) golden(title string, detail *record.KobisMovieDetail, movie *record.TmdbMovie, partner map[string]string) {
	kobis, tmdb := map[string]int{}, map[string]int{}
	var pairs [][2]string
	for _, a := range detail.Actors {
		for _, c := range movie.Cast {
			if credits.CharactersAgree(a.Character, c.Character) {
				kobis[a.Character]++
				tmdb[c.Character]++
				pairs = append(pairs, [2]string{a.Character, c.Character})
			}
		}
	}
	for _, p := range pairs {
		if kobis[p[0]] != 1 || tmdb[p[1]] != 1 {
			continue
		}
		t.gold++
		switch got, merged := partner[credits.Part(p[0])]; {
		case merged && got == credits.Part(p[1]):
			t.goldMerged++
		case merged:
			t.goldOthers++
			t.examples = append(t.examples, fmt.Sprintf("wrong: %s: %q is %q, merged with %q", title, p[0], p[1], got))
		default:
			t.examples = append(t.examples, fmt.Sprintf("missed: %s: %q %q", title, p[0], p[1]))
		}
	}
}

// shifts is how many other films each is merged with in the control.
const shifts = 20

func control(films []film) *tally {
	t := &tally{merged: map[string]int{}}
	for shift := 1; shift <= shifts; shift++ {
		for i := range films {
			other := films[(i+shift)%len(films)]
			for _, c := range credits.Film(uuid.Nil, nil, &films[i].detail, &other.movie) {
				if c.MergedBy == "" {
					continue
				}
				t.merged[c.MergedBy]++
				if c.MergedBy != "name" {
					t.examples = append(
						t.examples,
						fmt.Sprintf("control: %s: %s and %s: %s %s", c.MergedBy, films[i].title, other.title, c.NameKo, c.NameEn),
					)
				}
			}
		}
	}
	return t
}
