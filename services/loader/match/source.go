package match

import (
	"cmp"
	"time"

	"github.com/cledit/pipeline/services/loader/record"
)

// FilmOf takes what matching needs from the two records of KOBIS, either of which
// may be nil; as in merging, the list stands first.
func FilmOf(movieCd string, row *record.KobisMovie, detail *record.KobisMovieDetail) Film {
	f := Film{MovieCd: movieCd}
	if detail != nil {
		f.Titles = []string{detail.Title, detail.TitleEn, detail.TitleOriginal}
		f.ProductionYear, f.OpenDate, f.Nations, f.Form = detail.ProductionYear, detail.OpenDate, detail.Nations, detail.TypeName
		f.RuntimeMinutes, f.Genres = detail.RuntimeMinutes, detail.Genres
		for _, d := range detail.Directors {
			f.Directors = append(f.Directors, d.Name, d.NameEn)
		}
	}
	if row == nil {
		return f
	}
	f.Titles = append(f.Titles, row.Title, row.TitleEn)
	f.Directors = append(f.Directors, row.Directors...)
	if row.ProductionYear != nil {
		f.ProductionYear = row.ProductionYear
	}
	if row.OpenDate != nil {
		f.OpenDate = row.OpenDate
	}
	if len(row.Nations) > 0 {
		f.Nations = row.Nations
	}
	if len(row.Genres) > 0 {
		f.Genres = row.Genres
	}
	if row.TypeName != "" {
		f.Form = row.TypeName
	}
	return f
}

// HitOf is a candidate as a search shows it.
func HitOf(hit record.TmdbCandidate) Candidate {
	c := Candidate{
		TmdbID: hit.TmdbID, Titles: []string{hit.Title, hit.TitleOriginal},
		OriginalLanguage: said(hit.OriginalLanguage, hit.TitleOriginal),
	}
	if day, err := time.Parse(time.DateOnly, hit.ReleaseDate); err == nil {
		c.ReleaseDate = &day
	}
	return c
}

// said is the language that TMDB names, else what the original title tells of it.
func said(language, original string) string {
	c := Candidate{OriginalLanguage: language}
	c.spoken()
	return cmp.Or(c.OriginalLanguage, languageOf(original))
}

// TMDB's words.
const (
	inCinemas   = 3 // type of a release
	directorJob = "Director"
)

// DetailOf is what a record's detail adds to the hit of a search.
func DetailOf(m *record.TmdbMovie) Candidate {
	c := Candidate{
		TmdbID: m.TmdbID, OriginalLanguage: said(m.OriginalLanguage, m.TitleOriginal), ReleaseDate: m.ReleaseDate,
		RuntimeMinutes: m.RuntimeMinutes,
		HasDetail:      m.Found, Gone: m.MissingSince != nil,
		Titles:    []string{m.Title, m.TitleEn, m.TitleOriginal},
		Countries: join(m.OriginCountries, m.ProductionCountries),
	}
	for _, g := range m.Genres {
		c.Genres = append(c.Genres, g.ID)
	}
	for _, t := range m.AlternativeTitles {
		c.Titles = append(c.Titles, t.Title)
	}
	for _, t := range m.Translations {
		c.Titles = append(c.Titles, t.Title)
	}
	for _, r := range m.ReleaseDates {
		if r.Country != koreanCountry || r.Type != inCinemas {
			continue
		}
		if day, err := time.Parse(time.DateOnly, r.Date); err == nil {
			c.KoreanReleases = append(c.KoreanReleases, day)
		}
	}
	for _, member := range m.Crew {
		if member.Job == directorJob {
			c.Directors = append(c.Directors, member.Name, member.NameOriginal)
		}
	}
	return c
}
