package record

import "time"

// TmdbSearch is the answer to one variant of a film's search.
type TmdbSearch struct {
	MovieCd      string
	Variant      string // one of package entity, as the planner named it
	Query        string
	Year         *int32
	TotalResults int32
	Candidates   []TmdbCandidate // best first, as TMDB ranks them
}

// TmdbCandidate is a hit of a search.
type TmdbCandidate struct {
	TmdbID           int32   `json:"tmdb_id"`
	Title            string  `json:"title"` // Korean, or the original one where TMDB has no Korean title
	TitleOriginal    string  `json:"title_original"`
	OriginalLanguage string  `json:"original_language"`
	ReleaseDate      string  `json:"release_date"` // YYYY-MM-DD or empty
	Popularity       float64 `json:"popularity"`
}

// TmdbWork is what films and series have in common.
type TmdbWork struct {
	TmdbID            int32
	Title             string // Korean, or the original one where TMDB has no Korean title
	TitleEn           string
	TitleOriginal     string
	OriginalLanguage  string // ISO 639-1
	OverviewKo        string
	OverviewEn        string
	Status            string
	ImdbID            string
	PosterPath        string // with its leading slash, without the image base URL
	BackdropPath      string
	Adult             *bool
	Popularity        *float64
	VoteAverage       *float64
	VoteCount         *int32
	OriginCountries   []string // ISO 3166-1
	Genres            []TmdbGenre
	Companies         []TmdbCompany
	AlternativeTitles []TmdbAlternativeTitle
	Translations      []TmdbTranslation
	Keywords          []string
	Images            []TmdbImage
	ExternalIDs       []TmdbExternalID // one per site
	Cast              []TmdbCast
	Crew              []TmdbCrew
	// MissingSince is when TMDB first said "not found" after the last time that it
	// had the work; Found reports whether it ever had it.
	MissingSince *time.Time
	Found        bool
}

// TmdbMovie is a film with its appended blocks.
type TmdbMovie struct {
	TmdbWork
	Tagline             string // Korean; empty where TMDB has no Korean one
	ReleaseDate         *time.Time
	RuntimeMinutes      *int32
	ProductionCountries []string // ISO 3166-1
	ReleaseDates        []TmdbRelease
}

// TmdbSeries is a series with its appended blocks.
type TmdbSeries struct {
	TmdbWork
	FirstAirDate      *time.Time
	LastAirDate       *time.Time
	Type              string
	InProduction      *bool
	SeasonCount       *int32
	EpisodeCount      *int32
	EpisodeRunMinutes *int32
	Networks          []TmdbCompany
	CreatedBy         []TmdbPerson
	Seasons           []TmdbSeason
	ContentRatings    []TmdbRating
}

// TmdbGenre is a genre under its name in the language of the request, Korean.
type TmdbGenre struct {
	ID   int32  `json:"id"`
	Name string `json:"name"`
}

// TmdbCompany is a company or a network. ID is 0 where TMDB did not say which.
type TmdbCompany struct {
	ID      int32  `json:"id"`
	Name    string `json:"name"`
	Country string `json:"country,omitempty"`
	Logo    string `json:"logo_path,omitempty"`
}

// Kinds of images.
const (
	Poster   = "poster"
	Backdrop = "backdrop"
	Logo     = "logo"
)

// TmdbImage is a picture of a work, by its path as PosterPath. Language is that of
// the text in it, empty where there is none. Width and height are pixels.
type TmdbImage struct {
	Kind        string   `json:"kind"`
	Path        string   `json:"path"`
	Language    string   `json:"language,omitempty"`
	Width       *int32   `json:"width,omitempty"`
	Height      *int32   `json:"height,omitempty"`
	VoteAverage *float64 `json:"vote_average,omitempty"`
	VoteCount   *int32   `json:"vote_count,omitempty"`
}

// TmdbExternalID is what another site calls a work: imdb, wikidata, tvdb, …
type TmdbExternalID struct {
	Site string `json:"site"`
	ID   string `json:"id"`
}

// TmdbAlternativeTitle is a title by which a work goes in a country.
type TmdbAlternativeTitle struct {
	Country string `json:"country,omitempty"`
	Title   string `json:"title"`
	Type    string `json:"type,omitempty"`
}

// TmdbTranslation is a translated title or overview; those without either are left out.
type TmdbTranslation struct {
	Language string `json:"language"`
	Country  string `json:"country,omitempty"`
	Title    string `json:"title,omitempty"`
	Overview string `json:"overview,omitempty"`
}

// TmdbRelease is a release in a country; type 3 is theatrical.
type TmdbRelease struct {
	Country       string `json:"country"`
	Date          string `json:"date,omitempty"` // YYYY-MM-DD
	Type          int32  `json:"type"`
	Certification string `json:"certification,omitempty"`
}

// TmdbRating is a series' rating in a country.
type TmdbRating struct {
	Country string `json:"country"`
	Rating  string `json:"rating"`
}

// TmdbSeason is a season; number 0 is specials.
type TmdbSeason struct {
	Number       int32  `json:"number"`
	Name         string `json:"name,omitempty"`
	EpisodeCount int32  `json:"episode_count"`
	AirDate      string `json:"air_date,omitempty"` // YYYY-MM-DD
	Poster       string `json:"poster_path,omitempty"`
}

// TmdbSeasonDetail is a season with its credits.
type TmdbSeasonDetail struct {
	TmdbID       int32 // of the series
	Number       int32
	Name         string
	AirDate      *time.Time
	EpisodeCount *int32
	Cast         []TmdbCast
	Crew         []TmdbCrew
	Found        bool // as of a work
}

// TmdbPerson names a person. ID is 0 where TMDB did not say who it is.
type TmdbPerson struct {
	ID           int32  `json:"id"`
	Name         string `json:"name"`
	NameOriginal string `json:"name_original,omitempty"`
	Profile      string `json:"-"` // path of a portrait; staged with the person alone
}

// TmdbCast is a person in a role; somebody with several roles in a series stands
// here once for each.
type TmdbCast struct {
	TmdbPerson
	Character string `json:"character,omitempty"`
	Order     int32  `json:"order"`
	CreditID  string `json:"credit_id,omitempty"`
	Episodes  int32  `json:"episodes,omitempty"`
	// Regular is true for those whom a series or a season lists as its own cast, not as
	// guests of an episode. Of a series that is the cast of its latest season.
	Regular bool `json:"regular,omitempty"`
}

// TmdbCrew is a person in a job; likewise.
type TmdbCrew struct {
	TmdbPerson
	Department string `json:"department"`
	Job        string `json:"job"`
	CreditID   string `json:"credit_id,omitempty"`
	Episodes   int32  `json:"episodes,omitempty"`
}

// TmdbDiscoverPage is one page of a discovery by first air date.
type TmdbDiscoverPage struct {
	From, To     *time.Time // the window's days, both included, never nil
	Page         int32
	TotalPages   int32
	TotalResults int32
	SeriesIDs    []int32
}

// TmdbPersonName is what an answer calls a person.
type TmdbPersonName struct {
	TmdbPerson
	Doubtful bool // its text is in a field that had to be repaired
}

// TmdbCompanyName is what an answer calls a company.
type TmdbCompanyName struct {
	TmdbCompany
	Doubtful bool // as of a person
}
