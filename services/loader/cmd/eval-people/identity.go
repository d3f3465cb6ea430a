package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/people"
	"github.com/cledit/pipeline/services/loader/record"
)

const mostExamples = 20

// reportIdentity tells which person of KOBIS a credit is.
func reportIdentity(out io.Writer, dir string) error {
	details, err := readKorean(dir)
	if err != nil {
		return err
	}
	reportWorld(out, details, true, "a list of people with half of the English names lost")
	reportWorld(out, details, false, "the same with all of them")
	return reportPeople(out, dir, details)
}

func reportWorld(out io.Writer, details []record.KobisMovieDetail, trouble bool, title string) {
	w := newWorld(details, trouble)
	decisions, asked := w.settle()
	shared := w.shared()
	var all, namesakes, rest sum
	reasons, wrong := map[people.Reason]int{}, []string{}
	for i := range w.films {
		f := &w.films[i]
		for n, d := range decisions[i] {
			all.add(d, f.truth[n])
			of := &rest
			if shared(f, n) {
				of = &namesakes
			}
			of.add(d, f.truth[n])
			reasons[d.Reason]++
			if d.Code != "" && d.Code != f.truth[n] {
				c := f.Credits[n]
				wrong = append(wrong, fmt.Sprintf("wrong: %s %s: %s %q %s is %s, taken for %s (%s)",
					f.MovieCd, f.Titles[0], c.Name, c.NameEn, c.Part, f.truth[n], d.Code, d.Reason))
			}
		}
	}
	fmt.Fprintf(out, "%s: %d Korean films, %d people\n  all: %s\n  namesakes: %s\n  others: %s\n  filmographies asked for: %d\n",
		title, len(w.films), len(w.people), all, namesakes, rest, len(asked))
	often := func(a, b people.Reason) int { return cmp.Or(reasons[b]-reasons[a], cmp.Compare(a, b)) }
	for _, reason := range slices.SortedFunc(maps.Keys(reasons), often) {
		fmt.Fprintf(out, "  %6d %s\n", reasons[reason], reason)
	}
	for _, line := range wrong[:min(len(wrong), mostExamples)] {
		fmt.Fprintln(out, " ", line)
	}
}

// reportPeople judges by recorded people: filmographies, and names that two have.
func reportPeople(out io.Writer, dir string, details []record.KobisMovieDetail) error {
	files, err := filepath.Glob(filepath.Join(dir, "kobis", "people", "searchPeopleInfo", "*.json"))
	if err != nil {
		return fmt.Errorf("listing filmographies: %w", err)
	}
	w := newWorld(details, false)
	var t judged
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		facts, err := read(messages.KindPeopleDetail, strings.TrimSuffix(filepath.Base(file), ".json"), body)
		if err != nil {
			return err
		}
		told := w.take(&facts.KobisPersonDetails[0])
		for i := range w.films {
			t.film(out, w, &w.films[i], told)
		}
	}
	fmt.Fprintf(out, "recorded filmographies: %d people; their credits right %d, left %d, wrong %d; others' of their names kept apart %d\n",
		len(files), t.right, t.left, t.wrong, t.apart)
	return reportNames(out, dir)
}

// judged counts credits by what a recorded filmography says of them.
type judged struct{ right, left, wrong, apart int }

// film judges the credits of a film that have a person's name.
func (t *judged) film(out io.Writer, w *world, f *credited, told *people.Person) {
	if !slices.ContainsFunc(f.Credits, func(c people.Credit) bool { return c.Name == told.Name }) {
		return
	}
	asked := map[string]bool{}
	for _, d := range w.resolve(f, asked) {
		for _, code := range d.Ask {
			asked[code] = true
		}
	}
	for n, d := range w.resolve(f, asked) {
		c := f.Credits[n]
		if c.Name != told.Name {
			continue
		}
		is := slices.Contains(told.Films, people.Part{MovieCd: f.MovieCd, Part: c.Part}) && c.NameEn == told.NameEn
		switch {
		case is && d.Code == told.Code:
			t.right++
		case is && d.Code == "":
			t.left++
		case !is && d.Code != told.Code:
			t.apart++
		default:
			t.wrong++
			fmt.Fprintf(out, "  wrong: %s %s: %s %q %s: %v\n", f.MovieCd, f.Titles[0], c.Name, c.NameEn, c.Part, d)
		}
	}
}

// take puts a recorded person in the place of the person of the same names in the list.
func (w *world) take(d *record.KobisPersonDetail) *people.Person {
	p := &people.Person{Code: d.PeopleCd, Name: d.Name, NameEn: d.NameEn, Department: d.Department}
	for _, f := range d.Filmography {
		p.Films, p.Titles = append(p.Films, people.Part{MovieCd: f.MovieCd, Part: f.Part}), append(p.Titles, f.Title)
	}
	replaced := func(other *people.Person) bool { return other.NameEn == p.NameEn }
	w.byName[p.Name] = append(slices.DeleteFunc(slices.Clone(w.byName[p.Name]), replaced), p)
	w.people[p.Code] = p
	return p
}

// reportNames has every recorded row of the list found by each of its titles, beside the
// others of its name.
func reportNames(out io.Writer, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "kobis", "people", "searchPeopleList_rows_233_merged.jsonl"))
	if err != nil {
		return err
	}
	byName := map[string][]people.Person{}
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		body := slices.Concat([]byte(`{"peopleListResult":{"totCnt":1,"peopleList":[`), bytes.TrimSpace(line), []byte(`]}}`))
		facts, err := read(messages.KindPeopleList, "all.1", body)
		if err != nil {
			return err
		}
		row := facts.KobisPeople[0]
		byName[row.Name] = append(byName[row.Name], people.Person{
			Code: row.PeopleCd, Name: row.Name, NameEn: row.NameEn, Department: row.Department, Titles: row.Titles,
		})
	}
	var right, left, wrong, names int
	for _, rows := range byName {
		if len(rows) < 2 {
			continue
		}
		names++
		for _, p := range rows {
			for _, title := range p.Titles {
				credit := people.Credit{Name: p.Name, NameEn: p.NameEn, Part: p.Department}
				film := people.Film{MovieCd: "1", Titles: []string{title}, Credits: []people.Credit{credit}}
				switch d := people.Resolve(film, rows)[0]; d.Code {
				case p.Code:
					right++
				case "":
					left++
				default:
					wrong++
				}
			}
		}
	}
	fmt.Fprintf(out, "recorded names of two people: %d; by their titles right %d, asked for %d, wrong %d\n",
		names, right, left, wrong)
	return nil
}
