package matcheval

import (
	"cmp"
	_ "embed"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
)

// Lookalike is a film without a record that resembles the record of another one.
type Lookalike struct {
	MovieCd string
	TmdbID  int32
	Kind    string
	Score   float32 // of the record for the film, when it was drawn
	Hidden  bool    // its verdict is not looked at while rules change
	// Label says what looking at it found; it and the reason are empty until
	// somebody has looked.
	Label, Reason string
}

// The kinds of resemblance. A pair is of the first kind that holds.
const (
	making       = "documentary" // KOBIS calls it one, TMDB doesn't; it has the record's title in its own, or its director
	shortFilm    = "short"       // a short whose title is the record's, or begins like it
	sameTitle    = "remake"      // a feature of the record's title
	part         = "sequel"      // a feature whose title begins like the record's: its number or subtitle differs
	sameDirector = "director"    // another title by the record's director, within a year
)

// LookalikeKinds is the order in which they are drawn: those that have the fewest
// films first, as a film is drawn once.
var LookalikeKinds = []string{making, shortFilm, sameDirector, part, sameTitle}

const (
	perKind     = 60 // films that are drawn of a kind
	hiddenFilms = 100
	// leastHangul and leastLatin are how many letters a beginning that two titles
	// share has at least.
	leastHangul, leastLatin = 2, 5
)

// Draw takes of each kind the films without a record that score best for a record
// which resembles them, everything about both known, until the kind has as many as
// it should of other films: those that somebody has looked at and found to be the
// record's own, or beyond telling, stay and don't count. The hidden ones are those
// of other films whose codes have the lowest hashes.
func (w *World) Draw(g Gold, looked []Lookalike) ([]Lookalike, error) {
	best, err := w.resembling(g)
	if err != nil {
		return nil, err
	}
	drawn, count := make(map[string]bool), make(map[string]int)
	for _, l := range looked {
		drawn[l.MovieCd] = true
		if l.others() {
			count[l.Kind]++
		}
	}
	var list []Lookalike
	for _, kind := range LookalikeKinds {
		list = append(list, slices.DeleteFunc(slices.Clone(looked), func(l Lookalike) bool { return l.Kind != kind })...)
		films := slices.SortedFunc(maps.Values(best[kind]), func(a, b Lookalike) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.MovieCd, b.MovieCd))
		})
		films = slices.DeleteFunc(films, func(l Lookalike) bool { return drawn[l.MovieCd] })
		for _, l := range films[:min(max(perKind-count[kind], 0), len(films))] {
			drawn[l.MovieCd] = true
			list = append(list, l)
		}
	}
	hide(list)
	return list, nil
}

// hide chooses the hidden ones again.
func hide(list []Lookalike) {
	var codes []string
	for _, l := range list {
		if l.others() {
			codes = append(codes, l.MovieCd)
		}
	}
	slices.SortFunc(codes, func(a, b string) int { return cmp.Compare(hashOf(a), hashOf(b)) })
	hidden := codes[:min(hiddenFilms, len(codes))]
	for i := range list {
		list[i].Hidden = slices.Contains(hidden, list[i].MovieCd)
	}
}

// What a label says of the record.
const (
	OfOther = "other" // it is another film's
	OfSame  = "same"  // it is the film's own
	OfDoubt = "doubt" // nobody can tell
)

// others reports whether the record is another film's, as far as anybody has looked.
func (l Lookalike) others() bool { return l.Label == "" || l.Label == OfOther }

func hashOf(code string) uint64 {
	h := fnv.New64a()
	h.Write([]byte("lookalike " + code))
	return h.Sum64()
}

// resembling finds, by kind and film, the record that scores best.
func (w *World) resembling(g Gold) (map[string]map[string]Lookalike, error) {
	best := make(map[string]map[string]Lookalike)
	for _, kind := range LookalikeKinds {
		best[kind] = make(map[string]Lookalike)
	}
	index := w.lookIndex(g)
	for _, id := range w.sim.TMDB.Catalogue().MovieIDs() {
		m, err := w.movie(int32(id))
		if err != nil {
			return nil, err
		}
		theirs := lookOf(titlesOf(m), directorsOf(m))
		seen := make(map[*film]bool)
		for _, key := range theirs.keys() {
			for _, f := range index[key] {
				if seen[f] {
					continue
				}
				seen[f] = true
				kind := resemblance(f, m, theirs)
				if kind == "" {
					continue
				}
				score := match.Decide(f.match, []match.Candidate{match.DetailOf(m)}, match.Verdicts{}).Score
				if old, there := best[kind][f.code]; !there || score > old.Score {
					best[kind][f.code] = Lookalike{MovieCd: f.code, TmdbID: m.TmdbID, Kind: kind, Score: score}
				}
			}
		}
	}
	return best, nil
}

// lookIndex finds films without a record by the keys of what they look like.
func (w *World) lookIndex(g Gold) map[string][]*film {
	index := make(map[string][]*film)
	for _, f := range w.films {
		_, has := g.Pairs[f.code]
		if _, doubtful := g.Doubtful[f.code]; has || doubtful {
			continue
		}
		for _, key := range lookOf(f.match.Titles, f.match.Directors).keys() {
			index[key] = append(index[key], f)
		}
		if isDocumentary(f) {
			for _, t := range f.match.Titles {
				for word := range strings.FieldsSeq(t) {
					index["w"+match.Normalise(word)] = append(index["w"+match.Normalise(word)], f)
				}
			}
		}
	}
	return index
}

// look is what a film or a record is recognised by: its titles, how they begin,
// and its directors.
type look struct {
	titles, stems, directors []string
}

func lookOf(titles, directors []string) look {
	var l look
	for _, t := range titles {
		for _, s := range []string{match.Normalise(t), match.Normalise(unbracketed(t))} {
			if s != "" && !slices.Contains(l.titles, s) {
				l.titles = append(l.titles, s)
			}
		}
		if s := stem(t); !slices.Contains(l.stems, s) && longEnough(s) {
			l.stems = append(l.stems, s)
		}
	}
	for _, d := range directors {
		if n := match.Normalise(d); n != "" && !slices.Contains(l.directors, n) {
			l.directors = append(l.directors, n)
		}
	}
	return l
}

func (l look) keys() []string {
	var keys []string
	for _, s := range slices.Concat(l.titles, l.stems) {
		keys = append(keys, "t"+s, "w"+s)
	}
	for _, d := range l.directors {
		keys = append(keys, "d"+d, "w"+d)
	}
	return slices.Compact(slices.Sorted(slices.Values(keys)))
}

func longEnough(s string) bool {
	if isKorean(s) {
		return len([]rune(s)) >= leastHangul
	}
	return len(s) >= leastLatin
}

var (
	subtitle = regexp.MustCompile(`[:(\[~|].*|\s[-–—].*|[-–—]\s.*`)
	numeral  = regexp.MustCompile(
		`(?i)[\s,]*(\b(part|chapter|vol|episode)\b\.?|제)?\s*([0-9]+|\b[ivx]+\b|\b(one|two|three|four|five)\b|[上下])\s*(편|부|탄|기|화|장)?\s*$`,
	)
)

// stem is a title without its subtitle and its number.
func stem(t string) string {
	head := subtitle.ReplaceAllString(t, "")
	return match.Normalise(numeral.ReplaceAllString(strings.TrimSpace(head), ""))
}

// resemblance is the kind of a pair; empty where it is of none.
func resemblance(f *film, m *record.TmdbMovie, theirs look) string {
	ours := lookOf(f.match.Titles, f.match.Directors)
	same, begins := shares(ours.titles, theirs.titles), shares(ours.stems, theirs.stems)
	directed := shares(ours.directors, theirs.directors)
	switch documented := slices.ContainsFunc(m.Genres, func(g record.TmdbGenre) bool { return g.ID == 99 }); {
	case isDocumentary(f) && !documented && (same || begins || names(f, theirs)):
		return making
	case isDocumentary(f):
		return ""
	case f.match.Form == "단편" && (same || begins):
		return shortFilm
	case f.match.Form == "단편":
		return ""
	case same:
		return sameTitle
	case begins:
		return part
	}
	if _, year := dates(f, m); directed && year {
		return sameDirector
	}
	return ""
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func isDocumentary(f *film) bool { return slices.Contains(f.match.Genres, "다큐멘터리") }

// names reports whether a word of a documentary's title is the record's title or its director.
func names(f *film, theirs look) bool {
	for _, t := range f.match.Titles {
		for word := range strings.FieldsSeq(t) {
			if n := match.Normalise(word); longEnough(n) && (slices.Contains(theirs.titles, n) || slices.Contains(theirs.directors, n)) {
				return true
			}
		}
	}
	return false
}

//go:embed tables/lookalikes.tsv
var lookalikeTable string

// Lookalikes reads the set as it was drawn and looked at.
func Lookalikes() ([]Lookalike, error) { return readLookalikes(lookalikeTable) }

const lookalikeColumns = "movie_cd\ttmdb_id\tkind\tscore\thidden\tlabel\treason"

// WriteLookalikes writes the table that Lookalikes reads.
func WriteLookalikes(w io.Writer, list []Lookalike) error {
	lines := []string{lookalikeColumns}
	for _, l := range list {
		lines = append(lines, fmt.Sprintf("%s\t%d\t%s\t%.4f\t%t\t%s\t%s", l.MovieCd, l.TmdbID, l.Kind, l.Score, l.Hidden, l.Label, l.Reason))
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func readLookalikes(text string) ([]Lookalike, error) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")[1:]
	list := make([]Lookalike, 0, len(lines))
	for n, line := range lines {
		fields := strings.Split(line, "\t")
		if len(fields) != strings.Count(lookalikeColumns, "\t")+1 {
			return nil, fmt.Errorf("%w: line %d", errTable, n+2)
		}
		id, err := strconv.ParseInt(fields[1], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", errTable, n+2, err)
		}
		score, err := strconv.ParseFloat(fields[3], 32)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", errTable, n+2, err)
		}
		list = append(list, Lookalike{fields[0], int32(id), fields[2], float32(score), fields[4] == "true", fields[5], fields[6]})
	}
	return list, nil
}
