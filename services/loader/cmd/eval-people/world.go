package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/people"
	"github.com/cledit/pipeline/services/loader/record"
)

// credited is a film with the person behind each of its credits.
type credited struct {
	people.Film
	truth []string // codes
}

// world is a list of people made from the credits of films, with the truth.
type world struct {
	films  []credited
	people map[string]*people.Person // by code
	byName map[string][]*people.Person
}

// How a world differs from the recorded credits, one of so many: what is lost, so that
// names alone are left to tell people apart.
const (
	blankOneOf  = 2   // people with an English name lose it
	splitOneOf  = 50  // people are two of KOBIS', each with some of the films
	twinOneOf   = 20  // films have two actors of one name
	absentOneOf = 200 // people are newer than the list
	untoldOneOf = 100 // films are in the detail alone, not in the person's list and filmography
)

// oneIn says whether a text is among one of so many; it always is, or never.
func oneIn(n uint64, text ...string) bool {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(text, "\n")))
	return (h.Sum64()>>9)%n == 0
}

// readKorean reads the Korean films among the recorded details.
func readKorean(dir string) ([]record.KobisMovieDetail, error) {
	lines, err := unzip(filepath.Join(dir, "kobis", "searchMovieInfo_mymovieproject_6171.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	var films []record.KobisMovieDetail
	scan := bufio.NewScanner(bytes.NewReader(lines))
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		var body struct {
			MovieInfoResult struct{ MovieInfo struct{ MovieCd string } }
		}
		if err := json.Unmarshal(scan.Bytes(), &body); err != nil {
			return nil, fmt.Errorf("reading a detail: %w", err)
		}
		facts, err := read(messages.KindMovieDetail, body.MovieInfoResult.MovieInfo.MovieCd, scan.Bytes())
		if err != nil {
			return nil, err
		}
		if d := facts.KobisMovieDetails[0]; slices.Contains(d.Nations, "한국") {
			films = append(films, d)
		}
	}
	return films, nil
}

func read(kind messages.Kind, key string, body []byte) (decode.Facts, error) {
	facts, _, err := decode.Payload(messages.Payload{
		Name: messages.Name{Source: messages.KOBIS, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, Body: body,
	})
	if err != nil {
		return facts, fmt.Errorf("reading %s %s: %w", kind, key, err)
	}
	return facts, nil
}

func creditsOf(d *record.KobisMovieDetail) (list []people.Credit) {
	add := func(name, nameEn, part string) {
		if name != "" {
			list = append(list, people.Credit{Name: name, NameEn: nameEn, Part: part})
		}
	}
	for _, p := range d.Directors {
		add(p.Name, p.NameEn, people.Director)
	}
	for _, p := range d.Actors {
		add(p.Name, p.NameEn, people.Actor)
	}
	for _, p := range d.Staff {
		add(p.Name, p.NameEn, p.Role)
	}
	return list
}

// newWorld makes a list of people of films' credits: somebody is a name with its
// English name. With trouble some of it is lost, and names are doubled.
func newWorld(details []record.KobisMovieDetail, trouble bool) *world {
	w := &world{people: map[string]*people.Person{}, byName: map[string][]*people.Person{}}
	codes := map[string]string{}
	for i := range details {
		w.film(&details[i], codes, trouble)
	}
	for _, code := range slices.Sorted(maps.Keys(w.people)) {
		p := w.people[code]
		p.Department = mostOf(p.Films)
		if !trouble || !oneIn(absentOneOf, "absent", code) {
			w.byName[p.Name] = append(w.byName[p.Name], p)
		}
	}
	return w
}

// film adds a film, and to the people it credits what is told of them.
func (w *world) film(d *record.KobisMovieDetail, codes map[string]string, trouble bool) {
	f := credited{Film: people.Film{MovieCd: d.MovieCd, Titles: []string{d.Title}, Credits: creditsOf(d)}}
	twin := -1
	if trouble && oneIn(twinOneOf, d.MovieCd) {
		twin = double(f.Credits)
	}
	for n := range f.Credits {
		c := &f.Credits[n]
		who := c.Name + "\n" + c.NameEn
		if trouble && oneIn(blankOneOf, "blank", who) {
			c.NameEn = ""
		}
		if trouble && oneIn(splitOneOf, "split", who) && oneIn(2, "half", who, d.MovieCd) {
			who += "\nsplit"
		}
		if n == twin {
			who += "\ntwin of " + d.MovieCd
		}
		p := w.person(who, c, codes)
		f.truth = append(f.truth, p.Code)
		if !trouble || !oneIn(untoldOneOf, "untold", who, d.MovieCd) {
			credit(p, d, c.Part)
		}
	}
	w.films = append(w.films, f)
}

// person is who goes by this, added where new.
func (w *world) person(who string, c *people.Credit, codes map[string]string) *people.Person {
	if codes[who] == "" {
		codes[who] = fmt.Sprint(10_000_000 + len(codes))
		w.people[codes[who]] = &people.Person{Code: codes[who], Name: c.Name, NameEn: c.NameEn}
	}
	return w.people[codes[who]]
}

// credit tells of somebody that the film is theirs.
func credit(p *people.Person, d *record.KobisMovieDetail, part string) {
	p.Films = append(p.Films, people.Part{MovieCd: d.MovieCd, Part: part})
	if !slices.Contains(p.Titles, d.Title) {
		p.Titles = append(p.Titles, d.Title)
	}
}

// double gives the last actor of a film the name of the first, and says which that is,
// -1 for none. Neither has an English name then.
func double(list []people.Credit) int {
	first, last := -1, -1
	for i := range list {
		if list[i].Part == people.Actor {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if first == last || list[first].Name == list[last].Name {
		return -1
	}
	list[last].Name, list[last].NameEn = list[first].Name, list[first].NameEn
	return last
}

func mostOf(films []people.Part) (part string) {
	count := map[string]int{}
	for _, f := range films {
		count[f.Part]++
	}
	for _, f := range films {
		if part == "" || count[f.Part] > count[part] {
			part = f.Part
		}
	}
	return part
}

// resolve decides all credits of a film; of asked people the filmographies are known.
func (w *world) resolve(f *credited, asked map[string]bool) []people.Decision {
	var list []people.Person
	seen := map[string]bool{}
	for _, c := range f.Credits {
		if seen[c.Name] {
			continue
		}
		seen[c.Name] = true
		for _, p := range w.byName[c.Name] {
			copied := *p
			if copied.Known = asked[p.Code]; !copied.Known {
				copied.Films = nil
			}
			list = append(list, copied)
		}
	}
	return people.Resolve(f.Film, list)
}

// settle asks for filmographies until no more are wanted, and counts them.
func (w *world) settle() (decisions [][]people.Decision, asked map[string]bool) {
	asked = map[string]bool{}
	for {
		before := len(asked)
		decisions = decisions[:0]
		for i := range w.films {
			decisions = append(decisions, w.resolve(&w.films[i], asked))
		}
		for _, list := range decisions {
			for _, d := range list {
				for _, code := range d.Ask {
					asked[code] = true
				}
			}
		}
		if len(asked) == before {
			return decisions, asked
		}
	}
}

// sum counts credits.
type sum struct{ credits, decided, right int }

func (s *sum) add(d people.Decision, truth string) {
	s.credits++
	if d.Code != "" {
		s.decided++
	}
	if d.Code == truth {
		s.right++
	}
}

func (s sum) String() string {
	return fmt.Sprintf("%d credits, %.4f with a person, precision %.4f", s.credits, ratio(s.decided, s.credits), ratio(s.right, s.decided))
}

// shared are the names of a film that another of its people has, and names that others
// have in ten other films or more.
func (w *world) shared() func(f *credited, i int) bool {
	films := map[string]map[string]bool{} // by name: film and code
	total := map[string]int{}
	for i := range w.films {
		f := &w.films[i]
		for n, c := range f.Credits {
			if films[c.Name] == nil {
				films[c.Name] = map[string]bool{}
			}
			if key := f.MovieCd + " " + f.truth[n]; !films[c.Name][key] {
				films[c.Name][key] = true
				total[c.Name]++
			}
		}
	}
	return func(f *credited, i int) bool {
		own := map[string]bool{}
		for _, part := range w.people[f.truth[i]].Films {
			own[part.MovieCd] = true
		}
		if total[f.Credits[i].Name]-len(own) >= 10 {
			return true
		}
		for n, c := range f.Credits {
			if c.Name == f.Credits[i].Name && f.truth[n] != f.truth[i] {
				return true
			}
		}
		return false
	}
}
