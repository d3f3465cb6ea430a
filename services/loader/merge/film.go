package merge

import (
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
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
}

// Film merges a film.
func Film(f FilmRecord) Title {
	list, detail, tmdb := f.parts()
	from := sources{}
	t := Title{
		ID: identity.Of(identity.KobisMovie + f.MovieCd), Kind: KindMovie, KobisMovieCd: f.MovieCd, TmdbID: f.TmdbID,

		TitleKo: pick(from, "title_ko",
			text(FromKobis, list.Title), text(FromKobis, detail.Title), text(FromTmdb, korean(&tmdb.TmdbWork))),
		TitleEn: pick(from, "title_en",
			text(FromTmdb, tmdb.TitleEn), text(FromKobis, list.TitleEn), text(FromKobis, detail.TitleEn)),
		TitleOriginal: pick(from, "title_original",
			text(FromTmdb, tmdb.TitleOriginal), text(FromKobis, detail.TitleOriginal)),
		OriginalLanguage: pick(from, "original_language",
			text(FromTmdb, tmdb.OriginalLanguage)),
		ProductionYear: pick(from, "production_year",
			value(FromKobis, list.ProductionYear), value(FromKobis, detail.ProductionYear)),
		ReleaseDate: pick(from, "release_date",
			value(FromKobis, list.OpenDate), value(FromKobis, detail.OpenDate), value(FromTmdb, tmdb.ReleaseDate)),
		RuntimeMinutes: pick(from, "runtime_minutes",
			value(FromTmdb, tmdb.RuntimeMinutes), value(FromKobis, detail.RuntimeMinutes)),
		WatchGrade: pick(from, "watch_grade",
			text(FromKobis, detail.WatchGrade), text(FromTmdb, certification(tmdb.ReleaseDates))),
		Form: pick(from, "form",
			text(FromKobis, form(list.TypeName)), text(FromKobis, form(detail.TypeName))),
		Status: pick(from, "status",
			text(FromKobis, list.StatusName), text(FromKobis, detail.StatusName), text(FromTmdb, tmdb.Status)),
		Overview: pick(from, "overview",
			text(FromTmdb, tmdb.OverviewKo), text(FromTmdb, tmdb.OverviewEn)),
		PosterPath:   pick(from, "poster_path", text(FromTmdb, tmdb.PosterPath)),
		BackdropPath: pick(from, "backdrop_path", text(FromTmdb, tmdb.BackdropPath)),
		ImdbID:       pick(from, "imdb_id", text(FromTmdb, tmdb.ImdbID)),
		Countries: pick(from, "countries",
			many(FromKobis, countries(list.Nations)), many(FromKobis, countries(detail.Nations)),
			many(FromTmdb, tmdb.ProductionCountries), many(FromTmdb, tmdb.OriginCountries)),
		MissingSince: detail.MissingSince,
	}
	t.Sources = from
	return t
}

// parts stands in for what is not there.
func (f FilmRecord) parts() (record.KobisMovie, record.KobisMovieDetail, record.TmdbMovie) {
	var list record.KobisMovie
	var detail record.KobisMovieDetail
	var tmdb record.TmdbMovie
	if f.List != nil {
		list = *f.List
	}
	if f.Detail != nil {
		detail = *f.Detail
	}
	if f.Tmdb != nil {
		tmdb = *f.Tmdb
	}
	return list, detail, tmdb
}
