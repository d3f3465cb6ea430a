package merge

import (
	"cmp"
	"strings"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// FilmRecord is what the sources know about a film. Any part may be nil; one of
// List and Detail is there. Tmdb is the record of the accepted match, nil while
// it has not been fetched, and its id is known from the match alone.
type FilmRecord struct {
	MovieCd string
	List    *record.KobisMovie
	Detail  *record.KobisMovieDetail
	TmdbID  *int32
	Tmdb    *record.TmdbMovie
	Plain   string // the title of another edition, where the name of one is all that this has more
	// OtherAdult tells that another edition is for adults alone, of a work that TMDB does
	// not have: KOBIS writes it of the uncut edition and not of the cut one.
	OtherAdult bool
}

// Film merges a film.
func Film(f FilmRecord) Title { return film(f, picker{sources: make(map[string]string)}) }

// ExplainFilm merges a film and tells about each field that has a value where it
// is from, in the order of the table.
func ExplainFilm(f FilmRecord) (Title, []Choice) {
	var trace []Choice
	title := film(f, picker{make(map[string]string), &trace})
	return title, trace
}

func film(f FilmRecord, from picker) Title {
	list, detail, tmdb := f.parts()
	t := Title{
		ID: identity.Of(identity.KobisMovie + f.MovieCd), Kind: KindMovie, KobisMovieCd: f.MovieCd, TmdbID: f.TmdbID,

		TitleKo: pick(from, "title_ko",
			text(tmdbFilm.of("where KOBIS names an edition"), f.plainTitle()),
			text(kobisList.of("of the edition without a name"), final(f.Plain)),
			text(kobisList, final(list.Title)), text(kobisDetail, final(detail.Title)), text(tmdbFilm, korean(&tmdb.TmdbWork)),
			text(kobisDetail.of("as last known"), final(f.lastTitle()))),
		TitleEn: pick(from, "title_en",
			text(tmdbFilm, tmdb.TitleEn), text(kobisList, f.english(list.TitleEn)), text(kobisDetail, f.english(detail.TitleEn))),
		TitleOriginal: pick(from, "title_original",
			text(tmdbFilm, tmdb.TitleOriginal), text(kobisDetail, detail.TitleOriginal),
			text(kobisList.of("of a Korean film"), f.ifKorean(list.Title)), text(kobisDetail.of("of a Korean film"), f.ifKorean(detail.Title))),
		OriginalLanguage: pick(from, "original_language",
			text(tmdbFilm, Language(tmdb.OriginalLanguage)), text(kobisList.of("of a Korean film"), f.ifKorean(language))),
		ProductionYear: pick(from, "production_year",
			value(kobisList, list.ProductionYear), value(kobisDetail, detail.ProductionYear)),
		ReleaseDate: pick(from, "release_date",
			value(kobisList, list.OpenDate), value(kobisDetail, detail.OpenDate), value(tmdbFilm, tmdb.ReleaseDate)),
		RuntimeMinutes: pick(from, "runtime_minutes",
			value(tmdbFilm, tmdb.RuntimeMinutes), value(kobisDetail, detail.RuntimeMinutes)),
		WatchGrade: pick(from, "watch_grade",
			text(kobisDetail, detail.WatchGrade), text(tmdbFilm, certification(tmdb.ReleaseDates))),
		Form: pick(from, "form",
			text(kobisList, form(list.TypeName)), text(kobisDetail, form(detail.TypeName))),
		Status: pick(from, "status",
			text(kobisList, list.StatusName), text(kobisDetail, detail.StatusName), text(tmdbFilm, tmdb.Status)),
		Overview: pick(from, "overview",
			text(tmdbFilm.of("ko"), tmdb.OverviewKo), text(tmdbFilm.of("en"), tmdb.OverviewEn)),
		Tagline: pick(from, "tagline", text(tmdbFilm, tmdb.Tagline)),
		PosterPath: pick(from, "poster_path", text(tmdbFilm, tmdb.PosterPath),
			text(tmdbFilm.of("ko"), image(tmdb.Images, record.Poster, "ko")), text(tmdbFilm.of("en"), image(tmdb.Images, record.Poster, "en")),
			text(tmdbFilm.of("without text"), image(tmdb.Images, record.Poster, ""))),
		BackdropPath: pick(from, "backdrop_path", text(tmdbFilm, tmdb.BackdropPath),
			text(tmdbFilm.of("without text"), image(tmdb.Images, record.Backdrop, "")),
			text(tmdbFilm.of("ko"), image(tmdb.Images, record.Backdrop, "ko")),
			text(tmdbFilm.of("en"), image(tmdb.Images, record.Backdrop, "en"))),
		ImdbID: pick(from, "imdb_id", text(tmdbFilm, tmdb.ImdbID)),
		Countries: pick(from, "countries",
			many(kobisList, countries(list.Nations)), many(kobisDetail, countries(detail.Nations)),
			many(tmdbFilm.of("production"), tmdb.ProductionCountries), many(tmdbFilm.of("origin"), tmdb.OriginCountries)),
	}
	if f.Detail != nil {
		t.MissingSince = f.Detail.MissingSince
	}
	t.TitleEnDisplay = displayTitle(t.TitleEn)
	t.GradeCode, t.StatusCode = grade(filmGrades, t.WatchGrade), statuses[t.Status]
	if source := f.adult(t.GradeCode); source != "" {
		t.Adult, from.sources["adult"] = true, source
	}
	t.Sources = from.sources
	return t
}

// Present gives the records that their sources have now: one that a source has
// lost withdraws what it said, nil.
func (f FilmRecord) Present() (*record.KobisMovie, *record.KobisMovieDetail, *record.TmdbMovie) {
	detail, tmdb := f.Detail, f.Tmdb
	if detail != nil && (!detail.Found || detail.MissingSince != nil) {
		detail = nil
	}
	if tmdb != nil && (!tmdb.Found || tmdb.MissingSince != nil) {
		tmdb = nil
	}
	return f.List, detail, tmdb
}

// plainTitle is TMDB's Korean title, where an edition or what is in brackets is all
// that KOBIS's has more.
func (f FilmRecord) plainTitle() string {
	list, detail, tmdb := f.parts()
	plain := korean(&tmdb.TmdbWork)
	if plain != "" && spelling.HasHangul(plain) && match.SameButEdition(cmp.Or(list.Title, detail.Title), plain) {
		return plain
	}
	return ""
}

// final is a title without KOBIS's word for one that may change still.
func final(title string) string {
	return strings.TrimSpace(strings.NewReplacer("(가제)", "", "[가제]", "").Replace(title))
}

// english leaves out the code that stands for the title of a disc.
func (f FilmRecord) english(title string) string {
	if discCode.MatchString(title) && f.adult("") != "" {
		return ""
	}
	return english(title)
}

// language is that of Korean films.
const language = "ko"

// ifKorean is a value that holds for films of Korea alone.
func (f FilmRecord) ifKorean(value string) string {
	list, detail, _ := f.parts()
	nations := list.Nations
	if len(nations) == 0 {
		nations = detail.Nations
	}
	if codes := countries(nations); len(codes) == 1 && codes[0] == "KR" {
		return value
	}
	return ""
}

// lastTitle is what KOBIS called a film that it no longer has: a title has a name.
func (f FilmRecord) lastTitle() string {
	if f.Detail == nil {
		return ""
	}
	return f.Detail.Title
}

// parts replaces what is not there.
func (f FilmRecord) parts() (list record.KobisMovie, detail record.KobisMovieDetail, tmdb record.TmdbMovie) {
	l, d, t := f.Present()
	if l != nil {
		list = *l
	}
	if d != nil {
		detail = *d
	}
	if t != nil {
		tmdb = *t
	}
	return list, detail, tmdb
}
