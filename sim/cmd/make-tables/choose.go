package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/recorded"
	"github.com/cledit/pipeline/sim/tmdb"
)

// How many records the built-in catalogue holds.
const (
	recentFilms   = 1080 // opened from 2021 on
	withoutDetail = 110  // of these
	totalFilms    = 2050
	usualStaff    = 25  // films with more staff are taken for a reason only: they make up most of the text
	oldMatched    = 430 // films of the 2018 catalogue that TMDB has
	soloMovies    = 450 // movies without a film among the chosen
)

// source is the folder, and what has been chosen from it.
type source struct {
	films   *kobis.Catalogue
	movies  *tmdb.Catalogue
	list    []kobis.Film // all, most recent first
	recent  map[string]bool
	byTitle map[string][]int // movie ids by normalised title
	chosen  map[string]bool
	details map[string]*kobis.Detail
}

func open(dir string) (*source, error) {
	s := &source{
		films: kobis.NewCatalogue(), movies: tmdb.NewCatalogue(nil),
		recent: map[string]bool{}, byTitle: map[string][]int{}, chosen: map[string]bool{},
		details: map[string]*kobis.Detail{},
	}
	if err := recorded.Load(dir, recorded.All, s.films, s.movies); err != nil {
		return nil, err
	}
	recent := kobis.NewCatalogue()
	if err := recorded.Load(dir, recorded.Recent, recent, tmdb.NewCatalogue(nil)); err != nil {
		return nil, err
	}
	for _, code := range recent.Codes() {
		s.recent[code] = true
	}
	s.list = append(s.ranked(), s.films.Films()...)
	for _, f := range s.list {
		if d, found := s.films.Detail(f.Code); found {
			s.details[f.Code] = &d
		}
	}
	for _, id := range s.movies.MovieIDs() {
		m, _ := s.movies.Movie(id)
		for _, title := range []string{m.Original, m.TitleKO} {
			if key := normal(title); key != "" {
				s.byTitle[key] = append(s.byTitle[key], id)
			}
		}
	}
	return s, nil
}

// ranked gives the films of the box office days that no list has, by their
// details; the last to open first.
func (s *source) ranked() []kobis.Film {
	var films []kobis.Film
	seen := map[string]bool{}
	for _, day := range s.films.BoxOfficeDays() {
		for _, row := range s.films.BoxOffice(day) {
			d, found := s.films.Detail(row.Code)
			if _, listed := s.films.Film(row.Code); listed && found {
				s.chosen[row.Code] = true
			}
			if _, listed := s.films.Film(row.Code); listed || !found || seen[row.Code] {
				continue
			}
			seen[row.Code], s.recent[row.Code], s.chosen[row.Code] = true, true, true
			films = append(films, d.Listed())
		}
	}
	slices.SortFunc(films, func(a, b kobis.Film) int {
		return cmp.Or(strings.Compare(b.OpenDate, a.OpenDate), strings.Compare(a.Code, b.Code))
	})
	return films
}

// choose fills the catalogue: films with a peculiarity first, then those that
// TMDB has, then any.
func (s *source) choose() selection {
	recent, old := s.parted()
	s.peculiar(recent, recentQuirks())
	s.peculiar(old, oldQuirks(s.list))
	hasMovie := func(f kobis.Film) bool { return len(s.counterparts(f)) > 0 }
	hasDetail := func(f kobis.Film) bool { return s.details[f.Code] != nil }
	usual := func(f kobis.Film) bool { return hasDetail(f) && len(s.details[f.Code].Staff) <= usualStaff && plain(f) }
	s.take(recent, math.MaxInt, hasMovie)
	s.take(recent, withoutDetail, func(f kobis.Film) bool { return !hasDetail(f) && plain(f) })
	s.fill(recent, recentFilms, usual)
	s.take(old, oldMatched, hasMovie)
	s.fill(old, totalFilms-recentFilms, plain)
	return s.selected()
}

// parted gives the recent and the other films, each shuffled in a way that
// depends on nothing but the codes.
func (s *source) parted() (recent, old []kobis.Film) {
	places := make(map[string]string, len(s.list))
	for _, f := range s.list {
		places[f.Code] = draw(f.Code)
	}
	shuffled := slices.Clone(s.list)
	slices.SortFunc(shuffled, func(a, b kobis.Film) int { return strings.Compare(places[a.Code], places[b.Code]) })
	for _, f := range shuffled {
		if s.recent[f.Code] {
			recent = append(recent, f)
		} else {
			old = append(old, f)
		}
	}
	return recent, old
}

func draw(code string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(code))) }

// take chooses up to n films that want says; those chosen before count.
func (s *source) take(films []kobis.Film, n int, want func(kobis.Film) bool) {
	for _, f := range films {
		if n == 0 {
			return
		}
		if want(f) {
			s.chosen[f.Code] = true
			n--
		}
	}
}

// fill chooses films until total of these are chosen.
func (s *source) fill(films []kobis.Film, total int, want func(kobis.Film) bool) {
	for _, f := range films {
		if s.chosen[f.Code] {
			total--
		}
	}
	s.take(films, max(0, total), func(f kobis.Film) bool { return !s.chosen[f.Code] && want(f) })
}

func plain(f kobis.Film) bool { return !strings.Contains(f.Genres, "성인물") }

// counterparts are the movies with the film's title and about its year. It only
// chooses what is worth having; no pair is written down.
func (s *source) counterparts(f kobis.Film) []int {
	if f.Form == "단편" {
		return nil
	}
	var ids []int
	for _, title := range []string{f.Title, f.TitleEN} {
		for _, id := range s.byTitle[normal(title)] {
			m, _ := s.movies.Movie(id)
			if near(m.Released, f.OpenDate) || near(m.Released, f.ProductionYear) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func near(a, b string) bool {
	if len(a) < 4 || len(b) < 4 {
		return false
	}
	x, errX := strconv.Atoi(a[:4])
	y, errY := strconv.Atoi(b[:4])
	return errX == nil && errY == nil && x-y <= 1 && y-x <= 1
}

func normal(title string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(title))
}
