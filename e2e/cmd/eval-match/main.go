// Command eval-match measures the matching of films on a folder of recorded
// answers, or on the built-in tables, and prints the figures as Markdown.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cledit/pipeline/e2e/matcheval"
)

func main() {
	data := flag.String("data", "", "a folder of recorded answers; empty: the built-in tables")
	gold := flag.String("write-gold", "", "write the gold set that the recordings give to this file")
	worst := flag.Int("errors", 40, "how many of the worst errors to show")
	quick := flag.Bool("quick", false, "leave out the trials without a fact")
	lookalikes := flag.String(
		"draw-lookalikes", "",
		"draw films without a record that resemble one, beside those that were looked at, write them to this file and end",
	)
	flag.Parse()
	if *lookalikes != "" {
		if err := draw(*data, *lookalikes); err != nil {
			fmt.Fprintln(os.Stderr, "eval-match:", err)
			os.Exit(1)
		}
		return
	}
	trials := matcheval.Others
	if *quick {
		trials = nil
	}
	if err := run(os.Stdout, *data, *gold, *worst, trials); err != nil {
		fmt.Fprintln(os.Stderr, "eval-match:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, data, goldFile string, worst int, trials []matcheval.Trial) error {
	w, g, err := open(data)
	if err != nil {
		return err
	}
	if goldFile != "" {
		if err := write(goldFile, g.Write); err != nil {
			return err
		}
	}
	started := time.Now()
	results, err := w.Run(matcheval.Full)
	if err != nil {
		return err
	}
	report := w.Judge(results, g)
	found, again := time.Since(started), time.Now()
	candidates := matcheval.Again(results)
	fmt.Fprintf(out, "Finding %d films took %.1f s, the simulated sources included; deciding on them again, with "+
		"the %d candidates found, %.2f s.\n\n",
		len(results), found.Seconds(), candidates, time.Since(again).Seconds())
	report.Print(out)
	if err := try(out, w, g, report, trials); err != nil {
		return err
	}
	if err := temptations(out, w, g, results); err != nil {
		return err
	}
	if err := lookalikes(out, w, results); err != nil {
		return err
	}
	bins, facts, err := w.Calibrate(results, g)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	matcheval.PrintCalibration(out, bins, facts)
	fmt.Fprintln(out)
	w.PrintErrors(out, report.Errors, worst)
	return nil
}

// open reads the films, and which record of TMDB each one is.
func open(data string) (w *matcheval.World, g matcheval.Gold, err error) {
	if w, err = matcheval.Open(data); err != nil {
		return nil, g, err
	}
	decided, err := matcheval.Decided()
	if err != nil {
		return nil, g, err
	}
	g, err = w.Build(decided)
	return w, g, err
}

// try prints how well the films are found without a part of what is asked and compared.
func try(out io.Writer, w *matcheval.World, g matcheval.Gold, full matcheval.Report, trials []matcheval.Trial) error {
	fmt.Fprint(out, "\n| trial | precision | recall | wrong | of these without a record | calls a film with a "+
		"record | without |\n|---|---|---|---|---|---|---|\n")
	full.PrintLine(out, matcheval.Full.Name)
	for _, trial := range trials {
		tried, err := w.Run(trial)
		if err != nil {
			return err
		}
		w.Judge(tried, g).PrintLine(out, trial.Name)
	}
	return nil
}

// temptations prints what becomes of films whose record is not there while others
// of the title are, and what weights from one half are worth in the other.
func temptations(out io.Writer, w *matcheval.World, g matcheval.Gold, results []matcheval.Result) error {
	removed, err := w.Run(g.Gone())
	if err != nil {
		return err
	}
	folds, err := w.CrossValidate(results, g)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	w.Judge(removed, g).PrintGone(out)
	w.Swap().Print(out)
	fmt.Fprintln(out)
	matcheval.PrintFolds(out, folds)
	return nil
}

// lookalikes prints what becomes of films that look like another, and names those
// of them that were matched, but for the hidden ones.
func lookalikes(out io.Writer, w *matcheval.World, results []matcheval.Result) error {
	set, err := matcheval.Lookalikes()
	if err != nil {
		return err
	}
	t, err := w.Tempt(results, set)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	t.Print(out)
	fmt.Fprintln(out)
	w.PrintErrors(out, t.Shown.Wrong, len(t.Shown.Wrong))
	return nil
}

// draw writes the films that look like others, without labels.
func draw(data, file string) error {
	w, err := matcheval.Open(data)
	if err != nil {
		return err
	}
	decided, err := matcheval.Decided()
	if err != nil {
		return err
	}
	g, err := w.Build(decided)
	if err != nil {
		return err
	}
	looked, err := matcheval.Lookalikes()
	if err != nil {
		return err
	}
	list, err := w.Draw(g, looked)
	if err != nil {
		return err
	}
	return write(file, func(out io.Writer) error { return matcheval.WriteLookalikes(out, list) })
}

func write(path string, content func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	return content(f)
}
