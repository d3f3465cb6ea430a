package matcheval

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cledit/pipeline/services/loader/match"
)

// Print writes the report as Markdown.
func (r Report) Print(out io.Writer) {
	fmt.Fprintf(out, "%d films: %d with a record, %d without, %d that nobody can judge. Precision of all matches: %.4f.\n\n",
		r.Films, r.Gold[all].Films, r.Nobody[all].Films, r.Doubtful, r.Precision())
	fmt.Fprintln(out, "| films with a record | films | right | wrong | review | none | precision | recall | calls a film |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for _, kind := range kinds {
		if c := r.Gold[kind]; c.Films > 0 {
			fmt.Fprintf(out, "| %s | %d | %d | %d | %d | %d | %.4f | %.4f | %.2f |\n",
				kind, c.Films, c.Right, c.Wrong, c.Review, c.None, c.Precision(), c.Recall(), c.CallsPerFilm())
		}
	}
	fmt.Fprintln(out, "\n| films without a record | films | matched | share | review | share | calls a film |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	for _, kind := range kinds {
		if c := r.Nobody[kind]; c.Films > 0 {
			fmt.Fprintf(out, "| %s | %d | %d | %.4f | %d | %.4f | %.2f |\n",
				kind, c.Films, c.Wrong, share(c.Wrong, c.Films), c.Review, share(c.Review, c.Films), c.CallsPerFilm())
		}
	}
}

// PrintLine writes a trial as a row of a table.
func (r Report) PrintLine(out io.Writer, name string) {
	g, n := r.Gold[all], r.Nobody[all]
	fmt.Fprintf(out, "| %s | %.4f | %.4f | %d | %d | %.2f | %.2f |\n",
		name, r.Precision(), g.Recall(), g.Wrong+n.Wrong, n.Wrong, g.CallsPerFilm(), n.CallsPerFilm())
}

// PrintErrors writes the worst failures with their evidence.
func (w *World) PrintErrors(out io.Writer, errors []Failure, most int) {
	fmt.Fprintln(out, "| film | title | made, opened | record | verdict | score | candidate | for it | against it |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for _, e := range errors[:min(most, len(errors))] {
		best := match.Ranked{}
		if len(e.Verdict.Evidence.Candidates) > 0 {
			best = e.Verdict.Evidence.Candidates[0]
		}
		f := e.film.match
		fmt.Fprintf(out, "| %s | %s | %s, %s | %d | %s | %.3f | %d | %s | %s |\n",
			e.film.code, strings.Join(f.Titles, " / "), number(f.ProductionYear), day(f.OpenDate), e.Pair.TmdbID, e.Verdict.Status, e.Verdict.Score,
			best.TmdbID, strings.Join(best.Facts, "; "), strings.Join(best.Against, "; "))
	}
}

// PrintCalibration writes what scores and facts are worth.
func PrintCalibration(out io.Writer, bins []Bin, facts []Fact) {
	fmt.Fprintln(out, "| score of the best candidate | films | it is the film | share | mean score |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, b := range bins {
		n := b.Right + b.Else
		if n > 0 {
			fmt.Fprintf(out, "| %.3g to %.3g | %d | %d | %.3f | %.3f |\n", b.From, min(b.To, 1), n, b.Right, share(b.Right, n), b.Mean)
		}
	}
	fmt.Fprintln(out, "\n| where a title agrees | own record | other record | weight |")
	fmt.Fprintln(out, "|---|---|---|---|")
	for _, f := range facts {
		fmt.Fprintf(out, "| %s | %d | %d | %+.2f |\n", f.Name, f.Own, f.Other, f.weight())
	}
}

func number(n *int32) string {
	if n == nil {
		return "?"
	}
	return fmt.Sprint(*n)
}

func day(t *time.Time) string {
	if t == nil {
		return "?"
	}
	return t.Format(time.DateOnly)
}

// PrintGone writes how many films were matched although their record was removed.
func (r Report) PrintGone(out io.Writer) {
	c := r.Gold[all]
	fmt.Fprintln(out, "| the right record is not there | films | matched wrongly | share |")
	fmt.Fprintln(out, "|---|---|---|---|")
	fmt.Fprintf(out, "| removed from TMDB, all else stays | %d | %d | %.4f |\n", c.Films, c.Wrong, share(c.Wrong, c.Films))
}

// Print writes the rows that follow those of PrintGone.
func (s Swapped) Print(out io.Writer) {
	fmt.Fprintf(
		out, "| another film of its title instead, with its detail | %d | %d | %.4f |\n", s.Films, s.Matched,
		share(s.Matched, s.Films),
	)
	fmt.Fprintf(
		out, "| another film of its title instead, as a bare row of a list | %d | %d | %.4f |\n", s.Films, s.Rows,
		share(s.Rows, s.Films),
	)
}

// PrintFolds writes what weights of one half of the films are worth in the other.
func PrintFolds(out io.Writer, folds [2]Fold) {
	fmt.Fprintln(
		out,
		"| weights from one half, applied to the other | films with a record | right | wrong | wrong without a record | precision | recall |",
	)
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	for i, f := range folds {
		wrong := f.Wrong + f.Other
		fmt.Fprintf(
			out, "| half %d | %d | %d | %d | %d | %.4f | %.4f |\n", i+1, f.Films, f.Right, f.Wrong, f.Other,
			share(f.Right, f.Right+wrong), share(f.Right, f.Films),
		)
	}
}
