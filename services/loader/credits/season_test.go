package credits

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

func actor(id int32, name, part, credit string, order, episodes int32, regular bool) record.TmdbCast {
	return record.TmdbCast{TmdbPerson: record.TmdbPerson{ID: id, Name: name}, Character: part, CreditID: credit, Order: order, Episodes: episodes, Regular: regular}
}

// line is what a page tells of a credit.
type line struct {
	job, name string
	episodes  int32
	seasons   string
}

func linesOf(list []Credit) (lines []line) {
	for i := range list {
		lines = append(lines, line{list[i].Job, list[i].NameKo, list[i].Episodes, list[i].Seasons})
	}
	return lines
}

// A series of several seasons: its cast for good by billing, guests by episodes, the
// crew of all departments, each once with the seasons and episodes that they have.
func TestASeriesIsPrintedBySeason(t *testing.T) {
	t.Parallel()
	writer := func(credit string, episodes int32) record.TmdbCrew {
		return record.TmdbCrew{TmdbPerson: record.TmdbPerson{ID: 9, Name: "작가"}, Department: "Writing", Job: "Writer", CreditID: credit, Episodes: episodes}
	}
	series := &record.TmdbSeries{
		TmdbWork: record.TmdbWork{
			Cast: []record.TmdbCast{ // most episodes first, the last season's cast marked
				actor(1, "둘째", "Second", "b", 1, 18, true), actor(2, "손님", "Guest", "g", 600, 12, false),
				actor(3, "첫째", "First", "a", 0, 10, false), actor(4, "단역", "Extra", "x", 700, 1, false),
			},
			Crew: []record.TmdbCrew{writer("w", 18)},
		},
		Seasons: []record.TmdbSeason{{Number: 0, EpisodeCount: 3}, {Number: 1, EpisodeCount: 10}, {Number: 2, EpisodeCount: 8}, {Number: 3}},
	}
	first := record.TmdbSeasonDetail{Number: 1, Crew: []record.TmdbCrew{writer("w", 10)}, Cast: []record.TmdbCast{
		actor(3, "첫째", "First", "a", 0, 10, true), actor(1, "둘째", "Second", "b", 1, 10, true), actor(2, "손님", "Guest", "g", 600, 6, false),
	}}
	second := record.TmdbSeasonDetail{Number: 2, Crew: []record.TmdbCrew{writer("", 8)}, Cast: []record.TmdbCast{
		actor(1, "둘째", "Second", "b", 1, 8, true), actor(2, "손님", "Guest", "g", 600, 7, false), actor(5, "새손님", "New Guest", "n", 650, 2, false),
	}}
	gone := record.TmdbSeasonDetail{Number: 7, Cast: []record.TmdbCast{actor(6, "아무개", "Nobody", "z", 0, 9, true)}}

	require.Equal(t, []line{
		{"screenplay", "작가", 18, `[{"season":1,"episodes":10},{"season":2,"episodes":8}]`},
		{"actor", "첫째", 10, `[{"season":1,"episodes":10}]`},
		{"actor", "둘째", 18, `[{"season":1,"episodes":10},{"season":2,"episodes":8}]`},
		{"guest actor", "손님", 13, `[{"season":1,"episodes":6,"guest":true},{"season":2,"episodes":7,"guest":true}]`},
		{"guest actor", "새손님", 2, `[{"season":2,"episodes":2,"guest":true}]`},
		{"guest actor", "단역", 1, ""},
	}, linesOf(Series(uuid.Nil, series, []record.TmdbSeasonDetail{first, second, gone})), "a season that the series no longer lists is left out")

	for _, l := range linesOf(Series(uuid.Nil, series, []record.TmdbSeasonDetail{second})) {
		require.NotEqual(t, "guest actor", l.job, "as long as a season is unknown nobody is sure to be a guest")
	}
	require.Equal(t, "둘째", Series(uuid.Nil, series, nil)[1].NameKo, "its latest cast stands first")
}

// A series of one season tells by itself who is of its cast.
func TestASeriesOfOneSeasonTakesItsOwn(t *testing.T) {
	t.Parallel()
	series := &record.TmdbSeries{
		TmdbWork: record.TmdbWork{Cast: []record.TmdbCast{
			actor(2, "손님", "Guest", "g", 500, 9, false), actor(1, "주연", "Lead", "a", 0, 8, true),
		}},
		Seasons: []record.TmdbSeason{{Number: 0, EpisodeCount: 1}, {Number: 1, EpisodeCount: 16}},
	}
	require.Equal(t, []line{
		{"actor", "주연", 8, `[{"season":1,"episodes":8}]`}, {"guest actor", "손님", 9, `[{"season":1,"episodes":9,"guest":true}]`},
	}, linesOf(Series(uuid.Nil, series, nil)))
	series.Cast[1].Regular = false
	require.Equal(t, []line{
		{"actor", "손님", 9, `[{"season":1,"episodes":9}]`}, {"actor", "주연", 8, `[{"season":1,"episodes":8}]`},
	}, linesOf(Series(uuid.Nil, series, nil)), "an answer that does not tell makes nobody a guest")
}

// TMDB lists a crew by all that somebody did: Christopher Newman produced 53 episodes,
// Frank Doelger 10 and Greg Spence 43.
func TestTheCrewOfASeriesStandsByEpisodes(t *testing.T) {
	t.Parallel()
	s := &record.TmdbSeries{}
	for i, episodes := range []int32{53, 10, 43, 43} {
		s.Crew = append(s.Crew, record.TmdbCrew{
			TmdbPerson: record.TmdbPerson{ID: int32(i + 1), Name: []string{"Christopher Newman", "Frank Doelger", "Greg Spence", "Guymon Casady"}[i]},
			Department: "Production", Job: "Producer", Episodes: episodes,
		})
	}
	list := Series(uuid.Nil, s, nil)
	require.Equal(t, []int32{53, 43, 43, 10}, column(list, func(c *Credit) int32 { return c.Episodes }))
	require.Equal(t, []string{"Greg Spence", "Guymon Casady"}, column(list[1:3], func(c *Credit) string { return c.NameEn }))
}
