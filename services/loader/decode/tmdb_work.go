package decode

import (
	"fmt"
	"strconv"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/services/loader/record"
)

// tmdbWorkBody holds what films and series share under the same names.
type tmdbWorkBody struct {
	OriginalLanguage    scalar          `json:"original_language"`
	Overview            scalar          `json:"overview"`
	Status              scalar          `json:"status"`
	ImdbID              scalar          `json:"imdb_id"`
	PosterPath          scalar          `json:"poster_path"`
	BackdropPath        scalar          `json:"backdrop_path"`
	Adult               scalar          `json:"adult"`
	Popularity          scalar          `json:"popularity"`
	VoteAverage         scalar          `json:"vote_average"`
	VoteCount           scalar          `json:"vote_count"`
	OriginCountry       []scalar        `json:"origin_country"`
	Genres              []tmdbNamed     `json:"genres"`
	ProductionCompanies []tmdbNamed     `json:"production_companies"`
	ProductionCountries []tmdbCountry   `json:"production_countries"`
	ExternalIDs         tmdbExternalIDs `json:"external_ids"`
	Images              tmdbImages      `json:"images"`
	Translations        struct {
		Translations []tmdbTranslation `json:"translations"`
	} `json:"translations"`
	// Films list under titles and keywords what series list under results.
	AlternativeTitles struct {
		Titles  []tmdbAlternativeTitle `json:"titles"`
		Results []tmdbAlternativeTitle `json:"results"`
	} `json:"alternative_titles"`
	Keywords struct {
		Keywords []tmdbNamed `json:"keywords"`
		Results  []tmdbNamed `json:"results"`
	} `json:"keywords"`
}

type tmdbNamed struct {
	ID            scalar `json:"id"`
	Name          scalar `json:"name"`
	OriginCountry scalar `json:"origin_country"`
	LogoPath      scalar `json:"logo_path"`
}

type tmdbCountry struct {
	ISO scalar `json:"iso_3166_1"`
}

type tmdbAlternativeTitle struct {
	ISO   scalar `json:"iso_3166_1"`
	Title scalar `json:"title"`
	Type  scalar `json:"type"`
}

type tmdbTranslation struct {
	Country  scalar `json:"iso_3166_1"`
	Language scalar `json:"iso_639_1"`
	Data     struct {
		Title    scalar `json:"title"` // of a film
		Name     scalar `json:"name"`  // of a series
		Overview scalar `json:"overview"`
	} `json:"data"`
}

// keyID reads the key of a TMDB entity.
func keyID(key string) (int32, error) {
	id, ok := contract.TmdbID(key)
	if !ok {
		return 0, fmt.Errorf("%w: %q is not an id of TMDB", ErrUnreadable, key)
	}
	return id, nil
}

// work maps what films and series share. The contract has seen that the id is the
// key's.
func (r tmdbReader) work(key string, s *tmdbWorkBody, title, original scalar) (record.TmdbWork, error) {
	want, err := keyID(key)
	if err != nil {
		return record.TmdbWork{}, err
	}
	r.is(strconv.Itoa(int(want)))
	work := record.TmdbWork{
		TmdbID: want, Found: true,
		Title:             r.text("title", title),
		TitleOriginal:     r.text("original_title", original),
		OriginalLanguage:  r.language("original_language", s.OriginalLanguage),
		OverviewKo:        r.prose("overview", s.Overview),
		Status:            r.text("status", s.Status),
		ImdbID:            r.code("imdb_id", s.ImdbID),
		PosterPath:        r.code("poster_path", s.PosterPath),
		BackdropPath:      r.code("backdrop_path", s.BackdropPath),
		Adult:             r.truth("adult", s.Adult),
		Popularity:        r.decimal("popularity", s.Popularity, 1e15),
		VoteAverage:       r.decimal("vote_average", s.VoteAverage, 1e6),
		VoteCount:         r.int32("vote_count", s.VoteCount),
		OriginCountries:   r.originCountries(s.OriginCountry),
		Genres:            r.tmdbGenres(s.Genres),
		Companies:         r.tmdbCompanies("production_companies", s.ProductionCompanies),
		AlternativeTitles: r.alternativeTitles(append(s.AlternativeTitles.Titles, s.AlternativeTitles.Results...)),
		Translations:      r.translations(s.Translations.Translations),
		Keywords:          r.names("keywords.name", append(s.Keywords.Keywords, s.Keywords.Results...)),
		Images:            r.images(&s.Images),
	}
	if work.ImdbID == "" {
		work.ImdbID = r.code("external_ids.imdb_id", s.ExternalIDs.ImdbID)
	}
	work.ExternalIDs = r.externalIDs(work.ImdbID, &s.ExternalIDs)
	work.TitleEn, work.OverviewEn = english(&work)
	return work, nil
}

// english takes the translation for the United States before any other English
// one; an English original needs none.
func english(w *record.TmdbWork) (title, overview string) {
	for _, t := range w.Translations {
		if t.Language != "en" {
			continue
		}
		if title == "" || (t.Country == "US" && t.Title != "") {
			title = t.Title
		}
		if overview == "" || (t.Country == "US" && t.Overview != "") {
			overview = t.Overview
		}
	}
	if title == "" && w.OriginalLanguage == "en" {
		title = w.TitleOriginal
	}
	return title, overview
}

func (r tmdbReader) translations(list []tmdbTranslation) []record.TmdbTranslation {
	translations := make([]record.TmdbTranslation, 0, len(list))
	for _, t := range list {
		translation := record.TmdbTranslation{
			Language: r.language("translations.iso_639_1", t.Language), Country: r.country("translations.iso_3166_1", t.Country),
			Title: r.text("translations.title", t.Data.Title), Overview: r.prose("translations.overview", t.Data.Overview),
		}
		if translation.Title == "" {
			translation.Title = r.text("translations.name", t.Data.Name)
		}
		if translation.Language != "" && (translation.Title != "" || translation.Overview != "") {
			translations = append(translations, translation)
		}
	}
	return translations
}

func (r tmdbReader) alternativeTitles(list []tmdbAlternativeTitle) []record.TmdbAlternativeTitle {
	titles := make([]record.TmdbAlternativeTitle, 0, len(list))
	for _, t := range list {
		if title := r.text("alternative_titles.title", t.Title); title != "" {
			titles = append(titles, record.TmdbAlternativeTitle{
				Country: r.country("alternative_titles.iso_3166_1", t.ISO), Title: title, Type: r.text("alternative_titles.type", t.Type),
			})
		}
	}
	return titles
}

func (r tmdbReader) tmdbGenres(list []tmdbNamed) []record.TmdbGenre {
	genres := make([]record.TmdbGenre, 0, len(list))
	for _, g := range list {
		if id, name := r.id("genres.id", g.ID), r.text("genres.name", g.Name); name != "" {
			genres = append(genres, record.TmdbGenre{ID: id, Name: name})
		}
	}
	return genres
}

func (r tmdbReader) tmdbCompanies(field string, list []tmdbNamed) []record.TmdbCompany {
	companies := make([]record.TmdbCompany, 0, len(list))
	for _, c := range list {
		if id, name := r.id(field+".id", c.ID), r.text(field+".name", c.Name); name != "" {
			companies = append(companies, record.TmdbCompany{
				ID: id, Name: name, Country: r.country(field+".origin_country", c.OriginCountry),
				Logo: r.code(field+".logo_path", c.LogoPath),
			})
		}
	}
	return companies
}

func (r tmdbReader) names(field string, list []tmdbNamed) []string {
	names := make([]string, 0, len(list))
	for _, n := range list {
		names = appendText(names, r.text(field, n.Name))
	}
	return names
}

func (r tmdbReader) originCountries(list []scalar) []string {
	countries := make([]string, 0, len(list))
	for _, s := range list {
		countries = appendText(countries, r.country("origin_country", s))
	}
	return countries
}

func (r tmdbReader) countries(field string, list []tmdbCountry) []string {
	countries := make([]string, 0, len(list))
	for _, c := range list {
		countries = appendText(countries, r.country(field, c.ISO))
	}
	return countries
}
