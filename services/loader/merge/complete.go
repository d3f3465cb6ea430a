package merge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
)

// Complete fills the gaps of a work's main edition from its others, in their order: what
// KOBIS leaves out of one re-release it has in another. What the main edition says
// stands. Every edition's own facts are left alone.
func Complete(main FilmRecord, others []FilmRecord) FilmRecord {
	list, detail, _ := main.Present()
	main.Plain = plain(main, others)
	main.OtherAdult = main.TmdbID == nil && slices.ContainsFunc(others, func(o FilmRecord) bool { return Film(o).Adult })
	if main.Detail != nil && detail == nil {
		return main // lost: its source withdraws what it said
	}
	var fullList record.KobisMovie
	if list != nil {
		fullList = *list
	}
	fullDetail := record.KobisMovieDetail{Found: true}
	if detail != nil {
		fullDetail = *detail
	}
	said, filled := fullDetail, false
	for _, o := range others {
		otherList, otherDetail, _ := o.parts()
		if list != nil {
			filled = fillList(&fullList, &otherList, &said) || filled
		}
		filled = fillDetail(&fullDetail, &otherDetail) || filled
	}
	if !filled {
		return main
	}
	if list != nil {
		main.List = &fullList
	}
	if detail != nil || len(fullDetail.Directors)+len(fullDetail.Actors)+len(fullDetail.Staff) > 0 {
		main.Detail = &fullDetail
	}
	return main
}

// plain is the title of the first edition that the main one's differs from by the name of
// an edition alone.
func plain(main FilmRecord, others []FilmRecord) string {
	list, detail, _ := main.parts()
	named := cmp.Or(list.Title, detail.Title)
	for _, o := range others {
		list, detail, _ := o.parts()
		title := cmp.Or(list.Title, detail.Title)
		if without, _ := match.PlainTitle(named); title != "" && match.SameButEdition(named, title) {
			if other, edition := match.PlainTitle(title); other == without && !edition {
				return title
			}
		}
	}
	return ""
}

// fill takes a list for one that says nothing.
func fill[T any](into *[]T, from []T) bool {
	if len(*into) > 0 || len(from) == 0 {
		return false
	}
	*into = from
	return true
}

// Contradict notes what the editions of a work say otherwise: the year of production,
// the countries, the directors. Each field that is in dispute has what every edition
// says that says something.
func Contradict(editions []FilmRecord) map[string]map[string]any {
	said := map[string]map[string]any{"production_year": {}, "countries": {}, "directors": {}}
	for _, e := range editions {
		list, detail, _ := e.parts()
		if list.ProductionYear != nil {
			said["production_year"][e.MovieCd] = *list.ProductionYear
		}
		if codes := countries(list.Nations); len(codes) > 0 {
			slices.Sort(codes)
			said["countries"][e.MovieCd] = codes
		}
		names := slices.Clone(list.Directors)
		if len(names) == 0 {
			for _, d := range detail.Directors {
				names = append(names, d.Name)
			}
		}
		if len(names) > 0 {
			slices.Sort(names)
			said["directors"][e.MovieCd] = names
		}
	}
	for field, values := range said {
		var first string
		differ := false
		for _, v := range values {
			text := strings.ReplaceAll(fmt.Sprint(v), " ", "")
			differ = differ || first != "" && text != first
			first = text
		}
		if !differ {
			delete(said, field)
		}
	}
	if len(said) == 0 {
		return nil
	}
	return said
}

// fillList reports whether the row of a list has gained what neither it nor the detail
// said by itself.
func fillList(list, other *record.KobisMovie, detail *record.KobisMovieDetail) (filled bool) {
	if len(countries(list.Nations)) == 0 && len(countries(detail.Nations)) == 0 {
		filled = fill(&list.Nations, other.Nations)
	}
	filled = len(detail.Genres) == 0 && fill(&list.Genres, other.Genres) || filled
	filled = len(detail.Directors) == 0 && fill(&list.Directors, other.Directors) || filled
	if detail.ProductionYear == nil && list.ProductionYear == nil && other.ProductionYear != nil {
		list.ProductionYear, filled = other.ProductionYear, true
	}
	return filled
}

// fillDetail reports whether a detail has gained what it lacked.
func fillDetail(detail, other *record.KobisMovieDetail) bool {
	filled := fill(&detail.Directors, other.Directors)
	filled = fill(&detail.Actors, other.Actors) || filled
	filled = fill(&detail.Staff, other.Staff) || filled
	if detail.RuntimeMinutes == nil && other.RuntimeMinutes != nil {
		detail.RuntimeMinutes, filled = other.RuntimeMinutes, true
	}
	return filled
}
