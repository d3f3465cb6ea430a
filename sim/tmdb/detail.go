package tmdb

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/cledit/pipeline/sim/traffic"
)

type company struct {
	ID            int     `json:"id"`
	LogoPath      *string `json:"logo_path"`
	Name          string  `json:"name"`
	OriginCountry string  `json:"origin_country"`
}

type country struct {
	ISO  string `json:"iso_3166_1"`
	Name string `json:"name"`
}

type movieDetail struct {
	Adult               bool      `json:"adult"`
	BackdropPath        *string   `json:"backdrop_path"`
	BelongsToCollection *string   `json:"belongs_to_collection"`
	Budget              int       `json:"budget"`
	Genres              []Genre   `json:"genres"`
	Homepage            string    `json:"homepage"`
	ID                  int       `json:"id"`
	IMDBID              *string   `json:"imdb_id"`
	OriginCountry       []string  `json:"origin_country"`
	OriginalLanguage    string    `json:"original_language"`
	OriginalTitle       string    `json:"original_title"`
	Overview            string    `json:"overview"`
	Popularity          float64   `json:"popularity"`
	PosterPath          *string   `json:"poster_path"`
	ProductionCompanies []company `json:"production_companies"`
	ProductionCountries []country `json:"production_countries"`
	ReleaseDate         string    `json:"release_date"`
	Revenue             int       `json:"revenue"`
	Runtime             int       `json:"runtime"`
	SpokenLanguages     []spoken  `json:"spoken_languages"`
	Status              string    `json:"status"`
	Tagline             string    `json:"tagline"`
	Title               string    `json:"title"`
	Video               bool      `json:"video"`
	VoteAverage         float64   `json:"vote_average"`
	VoteCount           int       `json:"vote_count"`
}

func (m *Movie) detail(language string) movieDetail {
	return movieDetail{
		Adult: m.Adult, BackdropPath: nullable(m.Backdrop), Budget: m.Budget, Genres: genres(m.Genres, language),
		Homepage: m.Homepage, ID: m.ID, IMDBID: nullable(m.IMDBID), OriginCountry: orEmpty(m.Origin),
		OriginalLanguage: m.Language, OriginalTitle: m.Original, Overview: only(language, m.Overview),
		Popularity: m.Popularity, PosterPath: nullable(m.Poster),
		ProductionCompanies: each(m.Companies, func(name string) company { return company{Name: name} }),
		ProductionCountries: countries(m.Countries), ReleaseDate: m.Released, Revenue: m.Revenue, Runtime: m.Minutes,
		SpokenLanguages: each(m.Spoken, func(name string) spoken { return spoken{EnglishName: name, ISO: languageCodes[name]} }),
		Status:          m.Status, Tagline: only(language, m.Tagline),
		Title: translated(language, m.TitleKO, m.TitleEN, m.Original), VoteAverage: m.VoteAverage, VoteCount: m.VoteCount,
	}
}

type seriesDetail struct {
	Adult               bool         `json:"adult"`
	BackdropPath        *string      `json:"backdrop_path"`
	CreatedBy           []struct{}   `json:"created_by"`
	EpisodeRunTime      []int        `json:"episode_run_time"`
	FirstAirDate        string       `json:"first_air_date"`
	Genres              []Genre      `json:"genres"`
	Homepage            string       `json:"homepage"`
	ID                  int          `json:"id"`
	InProduction        bool         `json:"in_production"`
	Languages           []string     `json:"languages"`
	LastAirDate         *string      `json:"last_air_date"`
	LastEpisodeToAir    *struct{}    `json:"last_episode_to_air"`
	Name                string       `json:"name"`
	NextEpisodeToAir    *struct{}    `json:"next_episode_to_air"`
	Networks            []company    `json:"networks"`
	NumberOfEpisodes    int          `json:"number_of_episodes"`
	NumberOfSeasons     int          `json:"number_of_seasons"`
	OriginCountry       []string     `json:"origin_country"`
	OriginalLanguage    string       `json:"original_language"`
	OriginalName        string       `json:"original_name"`
	Overview            string       `json:"overview"`
	Popularity          float64      `json:"popularity"`
	PosterPath          *string      `json:"poster_path"`
	ProductionCompanies []company    `json:"production_companies"`
	ProductionCountries []country    `json:"production_countries"`
	Seasons             []seasonItem `json:"seasons"`
	SpokenLanguages     []spoken     `json:"spoken_languages"`
	Status              string       `json:"status"`
	Tagline             string       `json:"tagline"`
	Type                string       `json:"type"`
	VoteAverage         float64      `json:"vote_average"`
	VoteCount           int          `json:"vote_count"`
}

func (s *Series) detail(language string) seriesDetail {
	return seriesDetail{
		Adult: s.Adult, BackdropPath: nullable(s.Backdrop), CreatedBy: []struct{}{}, EpisodeRunTime: []int{},
		FirstAirDate: s.FirstAired, Genres: append([]Genre{}, s.Genres...), ID: s.ID, Languages: []string{},
		LastAirDate: nullable(s.LastAired), Name: translated(language, s.NameKO, s.NameEN, s.Original),
		Networks:         each(s.Networks, func(name string) company { return company{Name: name} }),
		NumberOfEpisodes: s.Episodes, NumberOfSeasons: s.Seasons, OriginCountry: orEmpty(s.Origin),
		OriginalLanguage: s.Language, OriginalName: s.Original, Overview: only(language, s.Overview),
		Popularity: s.Popularity, PosterPath: nullable(s.Poster), ProductionCompanies: []company{},
		ProductionCountries: []country{}, Seasons: s.seasons(), SpokenLanguages: []spoken{}, Status: s.Status,
		VoteAverage: s.VoteAverage, VoteCount: s.VoteCount,
	}
}

// countryNames are TMDB's names of the countries that the data names by code.
var countryNames = map[string]string{
	"KR": "South Korea", "US": "United States of America", "JP": "Japan", "CN": "China", "FR": "France",
	"GB": "United Kingdom", "HK": "Hong Kong",
}

func countries(codes []string) []country {
	return each(codes, func(code string) country { return country{ISO: code, Name: countryNames[code]} })
}

// maxAppended is how many blocks one call may append.
const maxAppended = 20

// movie answers /3/movie/{id}, or one of its blocks alone.
func (s *Server) movie(id int, block string, q query) traffic.Answer {
	m, found := s.catalogue.Movie(id)
	if !found {
		return notFound()
	}
	members := m.Recorded.detail(q.language())
	if members == nil {
		members = membersOf(encode(m.detail(q.language())))
	}
	return compose(id, block, q, members, m.block)
}

// tv answers /3/tv/{id}, or one of its blocks alone.
func (s *Server) tv(id int, block string, q query) traffic.Answer {
	t, found := s.catalogue.Serial(id)
	if !found {
		return notFound()
	}
	members := t.Recorded.detail(q.language())
	if members == nil {
		members = membersOf(encode(t.detail(q.language())))
	}
	return compose(id, block, q, members, t.block)
}

// compose puts a detail together with the blocks that are asked for; an unknown
// block is left out, as TMDB does.
func compose(id int, block string, q query, members []Member, content func(string) json.RawMessage) traffic.Answer {
	if block != "" {
		value := content(block)
		if value == nil {
			return notFound()
		}
		return raw(Object(append([]Member{{"id", encode(id)}}, membersOf(value)...)))
	}
	var names []string
	if list := q.Get("append_to_response"); list != "" {
		names = strings.Split(list, ",")
	}
	if len(names) > maxAppended {
		return failure(http.StatusBadRequest, 27, "Too many append to response objects: The maximum number of remote calls is 20.")
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if value := content(name); value != nil {
			members = append(members, Member{name, value})
		}
	}
	return raw(Object(members))
}

func raw(body []byte) traffic.Answer {
	a := answer(nil)
	a.Body = body
	return a
}
