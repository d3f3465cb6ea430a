package tmdb

import "encoding/json"

type castMember struct {
	Adult              bool    `json:"adult"`
	Gender             int     `json:"gender"`
	ID                 int     `json:"id"`
	KnownForDepartment string  `json:"known_for_department"`
	Name               string  `json:"name"`
	OriginalName       string  `json:"original_name"`
	Popularity         float64 `json:"popularity"`
	ProfilePath        *string `json:"profile_path"`
	CastID             int     `json:"cast_id"`
	Character          string  `json:"character"`
	CreditID           string  `json:"credit_id"`
	Order              int     `json:"order"`
}

type crewMember struct {
	Adult              bool    `json:"adult"`
	Gender             int     `json:"gender"`
	ID                 int     `json:"id"`
	KnownForDepartment string  `json:"known_for_department"`
	Name               string  `json:"name"`
	OriginalName       string  `json:"original_name"`
	Popularity         float64 `json:"popularity"`
	ProfilePath        *string `json:"profile_path"`
	CreditID           string  `json:"credit_id"`
	Department         string  `json:"department"`
	Job                string  `json:"job"`
}

type credits struct {
	Cast []castMember `json:"cast"`
	Crew []crewMember `json:"crew"`
}

func castOf(roles []Role) []castMember {
	cast := []castMember{}
	for i, r := range roles {
		cast = append(
			cast,
			castMember{ID: PersonID(r.Name), KnownForDepartment: "Acting", Name: r.Name, OriginalName: r.Name, Character: r.Character, Order: i},
		)
	}
	return cast
}

func crewOf(names []string, department, job string) []crewMember {
	return each(names, func(name string) crewMember {
		return crewMember{ID: PersonID(name), KnownForDepartment: department, Name: name, OriginalName: name, Department: department, Job: job}
	})
}

type part struct {
	CreditID     string `json:"credit_id"`
	Character    string `json:"character"`
	EpisodeCount int    `json:"episode_count"`
}

type aggregateCast struct {
	Adult              bool    `json:"adult"`
	Gender             int     `json:"gender"`
	ID                 int     `json:"id"`
	KnownForDepartment string  `json:"known_for_department"`
	Name               string  `json:"name"`
	OriginalName       string  `json:"original_name"`
	Popularity         float64 `json:"popularity"`
	ProfilePath        *string `json:"profile_path"`
	Roles              []part  `json:"roles"`
	TotalEpisodeCount  int     `json:"total_episode_count"`
	Order              int     `json:"order"`
}

type work struct {
	CreditID     string `json:"credit_id"`
	Job          string `json:"job"`
	EpisodeCount int    `json:"episode_count"`
}

type aggregateCrew struct {
	Adult              bool    `json:"adult"`
	Gender             int     `json:"gender"`
	ID                 int     `json:"id"`
	KnownForDepartment string  `json:"known_for_department"`
	Name               string  `json:"name"`
	OriginalName       string  `json:"original_name"`
	Popularity         float64 `json:"popularity"`
	ProfilePath        *string `json:"profile_path"`
	Jobs               []work  `json:"jobs"`
	Department         string  `json:"department"`
	TotalEpisodeCount  int     `json:"total_episode_count"`
}

type aggregateCredits struct {
	Cast []aggregateCast `json:"cast"`
	Crew []aggregateCrew `json:"crew"`
}

// aggregate are the credits of all seasons.
func (s *Series) aggregate() aggregateCredits {
	return s.aggregateOf(func(i int) (bool, int) { return true, s.episodesWith(i) }, s.Episodes)
}

// aggregateOf are the credits of those of the cast who play, with the number of their
// episodes, and of the crew, who have all.
func (s *Series) aggregateOf(plays func(i int) (bool, int), episodes int) aggregateCredits {
	a := aggregateCredits{Cast: []aggregateCast{}, Crew: []aggregateCrew{}}
	for i, r := range s.Cast {
		here, count := plays(i)
		if !here {
			continue
		}
		a.Cast = append(a.Cast, aggregateCast{
			ID: PersonID(r.Name), KnownForDepartment: "Acting", Name: r.Name, OriginalName: r.Name,
			Roles: []part{{Character: r.Character, EpisodeCount: count}}, TotalEpisodeCount: count, Order: i,
		})
	}
	add := func(names []string, department, job string) {
		for _, name := range names {
			a.Crew = append(a.Crew, aggregateCrew{
				ID: PersonID(name), KnownForDepartment: department, Name: name, OriginalName: name,
				Jobs: []work{{Job: job, EpisodeCount: episodes}}, TotalEpisodeCount: episodes, Department: department,
			})
		}
	}
	add(s.Directors, "Directing", "Director")
	add(s.Writers, "Writing", "Writer")
	return a
}

type alternative struct {
	ISO   string `json:"iso_3166_1"`
	Title string `json:"title"`
	Type  string `json:"type"`
}

func alternatives(titles []string) []alternative {
	return each(titles, func(title string) alternative { return alternative{Title: title} })
}

type translation struct {
	Country string         `json:"iso_3166_1"`
	ISO     string         `json:"iso_639_1"`
	Name    string         `json:"name"`
	English string         `json:"english_name"`
	Data    map[string]any `json:"data"`
}

// translations lists the languages in which something is known. titleKey is
// "title" for movies and "name" for series.
func translations(titleKey, ko, en, overview, tagline string) []translation {
	out := []translation{}
	if ko != "" || overview != "" {
		out = append(out, translation{"KR", "ko", "한국어/조선말", "Korean", map[string]any{
			"homepage": "", "overview": overview, "tagline": tagline, titleKey: ko,
		}})
	}
	if en != "" {
		out = append(out, translation{"US", "en", "English", "English", map[string]any{
			"homepage": "", "overview": "", "tagline": "", titleKey: en,
		}})
	}
	return out
}

type keyword struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func keywords(names []string) []keyword {
	return each(names, func(name string) keyword { return keyword{Name: name} })
}

type movieIDs struct {
	IMDBID      *string `json:"imdb_id"`
	WikidataID  *string `json:"wikidata_id"`
	FacebookID  *string `json:"facebook_id"`
	InstagramID *string `json:"instagram_id"`
	TwitterID   *string `json:"twitter_id"`
}

type seriesIDs struct {
	IMDBID      *string `json:"imdb_id"`
	FreebaseMID *string `json:"freebase_mid"`
	FreebaseID  *string `json:"freebase_id"`
	TVDBID      *int    `json:"tvdb_id"`
	TVRageID    *int    `json:"tvrage_id"`
	WikidataID  *string `json:"wikidata_id"`
	FacebookID  *string `json:"facebook_id"`
	InstagramID *string `json:"instagram_id"`
	TwitterID   *string `json:"twitter_id"`
}

type images struct {
	Backdrops []struct{} `json:"backdrops"`
	Logos     []struct{} `json:"logos"`
	Posters   []struct{} `json:"posters"`
}

// object is a block of one member.
func object(name string, value any) json.RawMessage { return encode(map[string]any{name: value}) }

var nothing = []struct{}{}

// block gives an appended block, nil for a name that TMDB doesn't know.
func (m *Movie) block(name string) json.RawMessage {
	if m.Recorded != nil {
		if value := m.Recorded.Blocks[name]; value != nil {
			return value
		}
	}
	switch name {
	case "credits":
		return encode(credits{castOf(m.Cast), crewOf(m.Directors, "Directing", "Director")})
	case "alternative_titles":
		return object("titles", alternatives(m.Alternative))
	case "translations":
		return object("translations", translations("title", m.TitleKO, m.TitleEN, m.Overview, m.Tagline))
	case "keywords":
		return object("keywords", keywords(m.Keywords))
	case "external_ids":
		return encode(movieIDs{IMDBID: nullable(m.IMDBID)})
	}
	return emptyBlock(name, "release_dates")
}

// block gives an appended block, nil for a name that TMDB doesn't know.
func (s *Series) block(name string) json.RawMessage {
	if s.Recorded != nil {
		if value := s.Recorded.Blocks[name]; value != nil {
			return value
		}
	}
	switch name {
	case "aggregate_credits":
		return encode(s.aggregate())
	case "credits":
		crew := append(crewOf(s.Directors, "Directing", "Director"), crewOf(s.Writers, "Writing", "Writer")...)
		return encode(credits{castOf(s.Cast[:regulars(s.Cast)]), crew})
	case "alternative_titles":
		return object("results", alternatives(s.Alternative))
	case "translations":
		return object("translations", translations("name", s.NameKO, s.NameEN, s.Overview, ""))
	case "keywords":
		return object("results", nothing)
	case "external_ids":
		return encode(seriesIDs{})
	}
	return emptyBlock(name, "content_ratings")
}

// emptyBlock gives the blocks about which this data never knows anything;
// certificates are called differently for movies and series.
func emptyBlock(name, certificates string) json.RawMessage {
	switch name {
	case certificates, "videos":
		return object("results", nothing)
	case "watch/providers":
		return object("results", struct{}{})
	case "images":
		return encode(images{[]struct{}{}, []struct{}{}, []struct{}{}})
	}
	return nil
}
