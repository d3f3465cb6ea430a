package table_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/table"
	"github.com/cledit/pipeline/sim/tmdb"
)

// text draws what the sources hold, and what the format has to escape.
// It is created again for each use: a generator is not safe for parallel tests.
func text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[ \\|~\t\n가a;u]{0,6}`), rapid.String())
}

func TestEscape(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := text().Draw(t, "value")
		escaped := table.Escape(value)
		if strings.ContainsAny(escaped, "\t\n|~") {
			t.Fatalf("%q holds a separator", escaped)
		}
		back, err := table.Unescape(escaped)
		if err != nil || back != value {
			t.Fatalf("%q became %q, then %q: %v", value, escaped, back, err)
		}
	})
	require.Equal(t, `\sa b\ua0;\s`, table.Escape(" a b\u00a0 "))
	for _, bad := range []string{`a\`, `\q`, `\u`, `\ua0`, `\ux;`, `\uffffffff;`} {
		_, err := table.Unescape(bad)
		require.ErrorIs(t, err, table.ErrEscape, bad)
	}
}

// roundTrip writes records and reads them again.
func roundTrip[T any](t require.TestingT, records []T, write func(io.Writer, []T) error, read func(string) ([]T, error)) []T {
	var b bytes.Buffer
	require.NoError(t, write(&b, records))
	back, err := read(b.String())
	require.NoError(t, err)
	return back
}

func slice[T any](t *rapid.T, name string, g *rapid.Generator[T]) []T {
	all := rapid.SliceOfN(g, 0, 3).Draw(t, name)
	if len(all) == 0 {
		return nil
	}
	return all
}

func TestDetails(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) string { return text().Draw(t, name) }
		d := kobis.Detail{
			Code: draw("code"), Title: draw("title"), TitleOriginal: draw("original"), Minutes: draw("minutes"),
			Nations: slice(t, "nations", text()),
			Directors: slice(t, "directors", rapid.Custom(func(t *rapid.T) kobis.Person {
				return kobis.Person{Name: text().Draw(t, "name"), NameEN: text().Draw(t, "en")}
			})),
			Actors: slice(t, "actors", rapid.Custom(func(t *rapid.T) kobis.Actor {
				return kobis.Actor{Name: text().Draw(t, "name"), Cast: text().Draw(t, "cast"), CastEN: text().Draw(t, "cast_en")}
			})),
			Staff: slice(t, "staff", rapid.Custom(func(t *rapid.T) kobis.Staff {
				return kobis.Staff{Name: text().Draw(t, "name"), Role: text().Draw(t, "role")}
			})),
		}
		require.Equal(t, []kobis.Detail{d}, roundTrip(t, []kobis.Detail{d}, table.WriteDetails, table.ReadDetails))
		f := d.Listed()
		require.Equal(t, []kobis.Film{f}, roundTrip(t, []kobis.Film{f}, table.WriteFilms, table.ReadFilms))
	})
}

func TestMoviesAndSeries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		roles := slice(t, "cast", rapid.Custom(func(t *rapid.T) tmdb.Role {
			return tmdb.Role{Name: text().Draw(t, "name"), Character: text().Draw(t, "character")}
		}))
		m := tmdb.Movie{
			ID: rapid.Int().Draw(t, "id"), TitleKO: text().Draw(t, "ko"), Original: text().Draw(t, "original"),
			Genres: slice(t, "genres", rapid.Int()), Cast: roles, Popularity: rapid.Float64Range(0, 1e6).Draw(t, "popularity"),
			VoteCount: rapid.Int().Draw(t, "votes"), Adult: rapid.Bool().Draw(t, "adult"), Keywords: slice(t, "keywords", text()),
		}
		require.Equal(t, []tmdb.Movie{m}, roundTrip(t, []tmdb.Movie{m}, table.WriteMovies, table.ReadMovies))
		s := tmdb.Series{
			ID: m.ID, NameKO: m.TitleKO, Cast: roles, Networks: slice(t, "networks", text()), Shelf: text().Draw(t, "shelf"),
			Genres: slice(t, "genres", rapid.Custom(func(t *rapid.T) tmdb.Genre {
				return tmdb.Genre{ID: rapid.IntRange(0, 99999).Draw(t, "id"), Name: text().Draw(t, "name")}
			})),
		}
		require.Equal(t, []tmdb.Series{s}, roundTrip(t, []tmdb.Series{s}, table.WriteSeries, table.ReadSeries))
	})
}

func TestDamagedTables(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, table.WriteMovies(&b, []tmdb.Movie{{ID: 7, Original: "가"}}))
	whole := b.String()
	_, err := table.ReadMovies(strings.Replace(whole, "imdb_id", "imdb", 1))
	require.ErrorIs(t, err, table.ErrHeader)
	_, err = table.ReadMovies(whole + "8\tx\n")
	require.ErrorIs(t, err, table.ErrColumns)
	require.ErrorContains(t, err, "line 3")
	_, err = table.ReadMovies(strings.Replace(whole, "7\t", "seven\t", 1))
	require.ErrorIs(t, err, table.ErrNumber)
	require.ErrorContains(t, err, "line 2")
	_, err = table.ReadMovies(strings.Replace(whole, "가", `가\`, 1))
	require.ErrorIs(t, err, table.ErrEscape)
}
