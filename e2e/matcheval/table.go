package matcheval

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// decidedTable are the pairs that a person looked at; goldTable is what Build
// makes of the recordings.
var (
	//go:embed tables/decided.tsv
	decidedTable string
	//go:embed tables/gold.tsv
	goldTable string
)

// Decided reads the pairs that were decided by hand.
func Decided() ([]Pair, error) { return readPairs(decidedTable) }

// Committed reads the gold set as it was built from the recordings. Doubtful
// pairs have the fact "?".
func Committed() (Gold, error) {
	pairs, err := readPairs(goldTable)
	if err != nil {
		return Gold{}, err
	}
	g := Gold{Pairs: make(map[string]Pair), Doubtful: make(map[string][]Pair)}
	for _, p := range pairs {
		if strings.HasPrefix(p.Facts, doubt) {
			g.Doubtful[p.MovieCd] = append(g.Doubtful[p.MovieCd], p)
			continue
		}
		g.Pairs[p.MovieCd] = p
	}
	return g, nil
}

const doubt = "?"

// Write writes the gold set as the table that Committed reads.
func (g Gold) Write(w io.Writer) error {
	lines := []string{"movie_cd\ttmdb_id\tfacts"}
	for _, code := range slices.Sorted(maps.Keys(g.Pairs)) {
		p := g.Pairs[code]
		lines = append(lines, fmt.Sprintf("%s\t%d\t%s", code, p.TmdbID, p.Facts))
	}
	for _, code := range slices.Sorted(maps.Keys(g.Doubtful)) {
		for _, p := range g.Doubtful[code] {
			lines = append(lines, fmt.Sprintf("%s\t%d\t%s%s", code, p.TmdbID, doubt, p.Facts))
		}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// readPairs reads a table of movie_cd, tmdb_id and facts, with a line of names.
func readPairs(text string) ([]Pair, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")[1:]
	pairs := make([]Pair, 0, len(lines))
	for n, line := range lines {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("%w: line %d", errTable, n+2)
		}
		id, err := strconv.ParseInt(fields[1], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", errTable, n+2, err)
		}
		pairs = append(pairs, Pair{fields[0], int32(id), fields[2]})
	}
	return pairs, nil
}
