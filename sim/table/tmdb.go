package table

import (
	"fmt"
	"io"
	"strconv"

	"github.com/cledit/pipeline/sim/tmdb"
)

var movieColumns = []string{
	"id", "imdb_id", "title_ko", "title_en", "original", "language", "released", "minutes", "genres", "origin",
	"countries", "companies", "spoken", "status", "popularity", "vote_average", "vote_count", "adult",
	"cast:name~character", "directors", "keywords",
}

// WriteMovies writes the facts about movies; texts, addresses and images have no
// column.
func WriteMovies(w io.Writer, movies []tmdb.Movie) error {
	records := make([][]string, len(movies))
	for i, m := range movies {
		records[i] = []string{
			number(m.ID), Escape(m.IMDBID), Escape(m.TitleKO), Escape(m.TitleEN), Escape(m.Original), Escape(m.Language),
			Escape(m.Released), number(m.Minutes), numbers(m.Genres), names(m.Origin), names(m.Countries),
			names(m.Companies), names(m.Spoken), Escape(m.Status), decimal(m.Popularity), decimal(m.VoteAverage),
			number(m.VoteCount), number(flag(m.Adult)), items(m.Cast, rolePair), names(m.Directors), names(m.Keywords),
		}
	}
	return write(w, movieColumns, records)
}

// ReadMovies reads what WriteMovies wrote.
func ReadMovies(text string) ([]tmdb.Movie, error) {
	var movies []tmdb.Movie
	err := Read(text, movieColumns, func(fields []string) error {
		r := reader{fields: fields}
		movies = append(movies, tmdb.Movie{
			ID: r.number(), IMDBID: r.text(), TitleKO: r.text(), TitleEN: r.text(), Original: r.text(),
			Language: r.text(), Released: r.text(), Minutes: r.number(), Genres: r.numbers(), Origin: r.names(),
			Countries: r.names(), Companies: r.names(), Spoken: r.names(), Status: r.text(), Popularity: r.float(),
			VoteAverage: r.float(), VoteCount: r.number(), Adult: r.number() == 1,
			Cast: read(&r, 2, toRole), Directors: r.names(), Keywords: r.names(),
		})
		return r.err
	})
	return movies, err
}

var seriesColumns = []string{
	"id", "name_ko", "original", "language", "first_aired", "origin", "genres:id~name", "networks",
	"directors", "writers", "cast:name~character", "shelf",
}

// WriteSeries writes the facts about series.
func WriteSeries(w io.Writer, series []tmdb.Series) error {
	records := make([][]string, len(series))
	for i, s := range series {
		records[i] = []string{
			number(s.ID), Escape(s.NameKO), Escape(s.Original), Escape(s.Language), Escape(s.FirstAired), names(s.Origin),
			items(s.Genres, func(g tmdb.Genre) []string { return []string{number(g.ID), g.Name} }), names(s.Networks),
			names(s.Directors), names(s.Writers), items(s.Cast, rolePair), Escape(s.Shelf),
		}
	}
	return write(w, seriesColumns, records)
}

// ReadSeries reads what WriteSeries wrote.
func ReadSeries(text string) ([]tmdb.Series, error) {
	var series []tmdb.Series
	err := Read(text, seriesColumns, func(fields []string) error {
		r := reader{fields: fields}
		series = append(series, tmdb.Series{
			ID: r.number(), NameKO: r.text(), Original: r.text(), Language: r.text(), FirstAired: r.text(),
			Origin: r.names(), Genres: read(&r, 2, toGenre), Networks: r.names(), Directors: r.names(),
			Writers: r.names(), Cast: read(&r, 2, toRole), Shelf: r.text(),
		})
		return r.err
	})
	return series, err
}

func rolePair(r tmdb.Role) []string { return []string{r.Name, r.Character} }

func toRole(p []string) tmdb.Role { return tmdb.Role{Name: p[0], Character: p[1]} }

// toGenre reads a genre; one without a number is a genre of unknown number.
func toGenre(p []string) tmdb.Genre {
	id, _ := strconv.Atoi(p[0])
	return tmdb.Genre{ID: id, Name: p[1]}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func numbers(values []int) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.Itoa(v)
	}
	return names(texts)
}

func (r *reader) numbers() []int {
	var values []int
	for _, text := range r.names() {
		n, err := strconv.Atoi(text)
		if err != nil {
			r.keep(fmt.Errorf("%w: %q", ErrNumber, text))
		}
		values = append(values, n)
	}
	return values
}
