package matcheval

import (
	"time"

	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/nation"
)

// Swapped counts films whose searches would find nothing but a namesake.
type Swapped struct {
	Films   int // with at least one
	Matched int // wrongly
	Rows    int // wrongly, where the namesake is a row of a list: without directors, nations and length
}

// Swap decides on each film with nothing to choose from but another film of its
// title, as TMDB would have it. That it is another one is proven by its directors,
// so only films with directors take part. Of films that KOBIS lists twice with
// directors spelt otherwise, both are right: the figures are upper bounds.
func (w *World) Swap() Swapped {
	byTitle := make(map[string][]*film)
	for _, f := range w.films {
		key := match.Normalise(f.row.Title)
		byTitle[key] = append(byTitle[key], f)
	}
	var total Swapped
	for _, f := range w.films {
		films, matched, rows := 0, 0, 0
		for i, other := range byTitle[match.Normalise(f.row.Title)] {
			if other == f || len(f.match.Directors) == 0 || len(other.match.Directors) == 0 ||
				sharedNames(f.match.Directors, other.match.Directors) > 0 {
				continue
			}
			films = 1
			row, detail := other.asRecord(int32(i + 1))
			if match.Decide(f.match, []match.Candidate{row}, match.Verdicts{}).TmdbID != nil {
				rows = 1
			}
			if match.Decide(f.match, []match.Candidate{detail}, match.Verdicts{}).TmdbID != nil {
				matched = 1
			}
		}
		total.Films, total.Matched, total.Rows = total.Films+films, total.Matched+matched, total.Rows+rows
	}
	return total
}

// asRecord is a film as TMDB would have it: as a row of a list, and with its detail.
func (f *film) asRecord(id int32) (row, detail match.Candidate) {
	korean := len(f.match.Nations) > 0 && f.match.Nations[0] == "한국"
	row = match.Candidate{TmdbID: id, Titles: []string{f.row.Title, f.row.TitleEn}, ReleaseDate: f.released(korean)}
	if korean {
		row.Titles, row.OriginalLanguage = []string{f.row.Title}, "ko"
	}
	detail = row
	detail.HasDetail, detail.Titles, detail.Directors, detail.RuntimeMinutes = true, f.match.Titles, f.match.Directors, f.match.RuntimeMinutes
	for _, name := range f.match.Nations {
		if code := nation.Code(name); code != "" {
			detail.Countries = append(detail.Countries, code)
		}
	}
	return row, detail
}

// released is the opening of a Korean film; a foreign one is first shown in the
// middle of the year of its production.
func (f *film) released(korean bool) *time.Time {
	switch {
	case korean && f.match.OpenDate != nil, f.match.ProductionYear == nil:
		return f.match.OpenDate
	}
	return new(time.Date(int(*f.match.ProductionYear), time.July, 1, 0, 0, 0, 0, time.UTC))
}
