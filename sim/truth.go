package sim

import "github.com/cledit/pipeline/sim/kobis"

// Truth is what the sources hold at this moment: the counts that complete
// tables must show.
type Truth struct {
	// Films are listed by KOBIS; WithDetail of them have a detail, the others are
	// answered as not found.
	Films      int `json:"films"`
	WithDetail int `json:"with_detail"`
	// UnlistedDetails are details whose film is in no list.
	UnlistedDetails int `json:"unlisted_details"`
	// BoxOfficeDays are YYYYMMDD, ascending.
	BoxOfficeDays []string `json:"box_office_days"`
	// BoxOfficeRows are the rows of these days together.
	BoxOfficeRows int `json:"box_office_rows"`
	TMDBMovies    int `json:"tmdb_movies"`
	// Series are all series; KoreanSeries those that discover gives for KR.
	Series       int `json:"series"`
	KoreanSeries int `json:"korean_series"`
	// SeriesPeople are those whom the Korean series credit.
	SeriesPeople int `json:"series_people"`
	// Seasons are those of the Korean series that have several, specials aside.
	Seasons int `json:"seasons"`
	// People are those whom KOBIS lists.
	People int `json:"people"`
	// Registered are these people with every credit that is theirs; nil where they were not
	// told.
	Registered []kobis.Registered `json:"-"`
}

// Truth counts what the sources hold now.
func (s *Sim) Truth() Truth {
	k, t := s.KOBIS.Catalogue(), s.TMDB.Catalogue()
	listed, withDetail, unlisted := k.Counts()
	days := k.BoxOfficeDays()
	people := k.People()
	rows := 0
	for _, day := range days {
		rows += len(k.BoxOffice(day))
	}
	return Truth{
		Films: listed, WithDetail: withDetail, UnlistedDetails: unlisted,
		BoxOfficeDays: days, BoxOfficeRows: rows,
		TMDBMovies: t.MovieCount(), Series: t.SeriesCount(), KoreanSeries: t.OriginCount("KR"), SeriesPeople: t.PeopleOf("KR"),
		Seasons: t.SeasonsOf("KR"), People: len(people), Registered: people,
	}
}

// Codes are the movieCd of all listed films, most recently modified first.
func (s *Sim) Codes() []string { return s.KOBIS.Catalogue().Codes() }
