// Command eval-editions measures which films of KOBIS are told to be editions of one
// work by title, director and year, on recorded lists (--data).
//
// The control takes each work's other films away: an edition that is joined with a film
// then, which it was not joined with before, was told by likeness alone.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/services/loader/editions"
	"github.com/cledit/pipeline/services/loader/match"
)

type row struct {
	MovieCd, MovieNm, PrdtYear, OpenDt, TypeNm, NationAlt string
	Directors                                             []struct{ PeopleNm string }
}

func main() {
	data := flag.String("data", "", "folder of recorded answers")
	sample := flag.Int("sample", 0, "how many works to print, drawn with a seed of 1; -1: all")
	flag.Parse()
	if *data == "" {
		fmt.Fprintln(os.Stderr, "eval-editions: --data: the folder of recorded answers is missing")
		os.Exit(2)
	}
	rows, err := read(*data)
	if err != nil {
		fmt.Fprintln(os.Stderr, "eval-editions:", err)
		os.Exit(1)
	}
	report(os.Stdout, rows, *sample)
}

// read gives the rows of all recorded lists, the later files standing above the earlier.
func read(dir string) (map[string]row, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "kobis", "searchMovieList_*.json.gz"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no recorded lists in %s: %w", dir, os.ErrNotExist)
	}
	rows := make(map[string]row)
	for _, path := range paths {
		zipped, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		var body struct {
			MovieListResult struct{ MovieList []row }
			MovieList       []row
		}
		if err := json.NewDecoder(z).Decode(&body); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		for _, r := range slices.Concat(body.MovieListResult.MovieList, body.MovieList) {
			rows[r.MovieCd] = r
		}
	}
	return rows, nil
}

func showing(r row) editions.Showing {
	s := editions.Showing{MovieCd: r.MovieCd, Title: r.MovieNm, Form: r.TypeNm}
	if year, err := strconv.ParseInt(r.PrdtYear, 10, 32); err == nil {
		s.Year = new(int32(year))
	}
	for _, d := range r.Directors {
		s.Directors = append(s.Directors, d.PeopleNm)
	}
	if r.NationAlt != "" {
		s.Nations = strings.Split(r.NationAlt, ",")
	}
	return s
}

func report(w io.Writer, rows map[string]row, sample int) {
	groups, named := make(map[string][]editions.Showing), make(map[string]int)
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		s := showing(rows[code])
		plain, edition := match.PlainTitle(s.Title)
		groups[plain] = append(groups[plain], s)
		if edition {
			named[plain]++
		}
	}
	t := tally{counts: make(map[string]int)}
	for _, plain := range slices.Sorted(maps.Keys(named)) {
		if films := groups[plain]; len(films) > 1 {
			t.join(plain, films)
		}
	}
	fmt.Fprintln(w, "films:", len(rows))
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(w, "%s: %d\n", what, t.counts[what])
	}
	t.shuffle()
	if sample < 0 {
		sample = len(t.works)
	}
	for i, work := range t.works[:min(sample, len(t.works))] {
		fmt.Fprintf(w, "\njoined %d\n", i+1)
		show(w, rows, work)
	}
	for i, plain := range t.apart[:min(sample, len(t.apart))] {
		fmt.Fprintf(w, "\napart %d\n", i+1)
		show(w, rows, groups[plain])
	}
}

// tally is what became of the titles that have an edition.
type tally struct {
	counts map[string]int
	works  [][]editions.Showing
	apart  []string // plain titles
}

func (t *tally) join(plain string, films []editions.Showing) {
	t.counts["titles with an edition and another film"]++
	joints := editions.Join(films)
	if len(joints) == 0 {
		t.counts["of these left apart"]++
		t.apart = append(t.apart, plain)
	}
	for _, work := range joined(films, joints) {
		t.works = append(t.works, work)
		t.counts["works joined"]++
		t.counts["films in them"] += len(work)
	}
	t.counts["control: joined with another film once the right ones are gone"] += control(films, joints)
}

// shuffle puts both lists into an order that is the same each time.
func (t *tally) shuffle() {
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(t.works), func(i, j int) { t.works[i], t.works[j] = t.works[j], t.works[i] })
	random.Shuffle(len(t.apart), func(i, j int) { t.apart[i], t.apart[j] = t.apart[j], t.apart[i] })
}

func show(w io.Writer, rows map[string]row, films []editions.Showing) {
	for _, f := range films {
		r := rows[f.MovieCd]
		fmt.Fprintf(
			w, "  %s | %s | %s | %s | %s | %s | %s\n", f.MovieCd, f.Title, r.PrdtYear, r.OpenDt, r.TypeNm, r.NationAlt,
			strings.Join(f.Directors, ", "),
		)
	}
}

// joined are the works of a title.
func joined(films []editions.Showing, joints map[string]editions.Joint) [][]editions.Showing {
	byCode := make(map[string]editions.Showing, len(films))
	for _, f := range films {
		byCode[f.MovieCd] = f
	}
	var works [][]editions.Showing
	seen := make(map[string]bool)
	for _, f := range films {
		if _, ok := joints[f.MovieCd]; !ok || seen[f.MovieCd] {
			continue
		}
		work := []editions.Showing{}
		for _, code := range joints[f.MovieCd].Films {
			seen[code] = true
			work = append(work, byCode[code])
		}
		works = append(works, work)
	}
	return works
}

// control takes the films away that an edition was joined with, and counts whether it
// joins another then.
func control(films []editions.Showing, joints map[string]editions.Joint) (wrong int) {
	for code, joint := range joints {
		rest := slices.DeleteFunc(slices.Clone(films), func(f editions.Showing) bool {
			return f.MovieCd != code && slices.Contains(joint.Films, f.MovieCd)
		})
		if _, still := editions.Join(rest)[code]; still {
			wrong++
		}
	}
	return wrong
}
