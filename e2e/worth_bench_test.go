package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/rehearsal"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
)

const (
	worthFilms  = 2_000
	worthSeries = 100
	worthDays   = 6 // of each budget; nothing changes on the last
	worthLooks  = 4 // a day
	worthEdits  = 10
	worthMovies = 5
)

// BenchmarkWhatACallBuys measures which share of the edits at both sources is in the
// tables within a day, by how much readers care, with so many calls a day: once what is
// known was loaded. Beside it stands what the same calls bring where details are read
// oldest first, without the list, the change lists and the box office.
func BenchmarkWhatACallBuys(b *testing.B) {
	for range b.N {
		w := newWorth(b)
		w.Start(rehearsal.All...)
		w.Quiet()
		for _, calls := range []int{400, 300, 200, 100, 50} {
			b.Log(w.measure(calls))
		}
	}
}

// worth is a catalogue that is loaded, and people who change it.
type worth struct {
	*rehearsal.Stage
	b     *testing.B
	rng   *rand.Rand
	edits []*edit
}

// edit is a change of one record.
type edit struct {
	at     time.Time
	source messages.Source
	kind   messages.Kind
	key    string
	weight float64
	landed time.Time // when an answer that has it was fetched; zero: not yet
}

func (e edit) inTime() bool { return !e.landed.IsZero() && e.landed.Sub(e.at) <= 24*time.Hour }

func newWorth(b *testing.B) *worth {
	b.Helper()
	const seed = 7
	zone, err := time.LoadLocation("Asia/Seoul")
	require.NoError(b, err)
	first := time.Date(2025, time.December, 1, 9, 30, 0, 0, zone)
	return &worth{b: b, rng: rand.New(rand.NewPCG(seed, 2)), Stage: rehearsal.New(b, rehearsal.Options{
		Start: first, DailyQuota: 100_000,
		Sim: sim.Options{
			Generate: generate.Options{Alone: true, Films: worthFilms, Series: worthSeries, BoxOffice: true, Seed: seed},
			KOBIS:    kobis.Options{BoxOfficeDelay: 2 * time.Hour},
		},
		Env: map[string]string{
			"BACKFILL_FROM_YEAR": "2015", "BACKFILL_TO_YEAR": "2026", "BOX_OFFICE_FROM": first.AddDate(0, 0, -7).Format(time.DateOnly),
		},
	})}
}

// measure lives through some days with so many calls to KOBIS on each, and says what
// they brought.
func (w *worth) measure(calls int) string {
	w.Stop(rehearsal.All...)
	w.Configure("KOBIS_DAILY_QUOTA", strconv.Itoa(calls))
	w.Start(rehearsal.All...)
	for range worthLooks { // what was spent on the day counts for the new number
		w.look()
	}
	w.edits = nil
	before := w.Sim.Stats()
	for day := range worthDays {
		for range worthLooks {
			w.Clock.WindTo(w.Clock.Now().Add(12 * time.Hour / worthLooks))
			if day < worthDays-1 {
				w.change()
			}
			w.look()
		}
	}
	after := w.Sim.Stats()
	return w.told(calls, (after.KOBIS.Requests-before.KOBIS.Requests)/worthDays, (after.TMDB.Requests-before.TMDB.Requests)/worthDays)
}

// look goes to the next hour at which something is done, and notes what has landed.
func (w *worth) look() {
	w.WindOn(24 / worthLooks)
	w.Quiet()
	fetched := map[string]time.Time{}
	rows, err := w.DB.Query(w.b.Context(), `
		SELECT 'kobis.movie-detail.' || movie_cd, fetched_at FROM staging.kobis_movie_details
		UNION ALL SELECT 'tmdb.movie-detail.' || tmdb_id, fetched_at FROM staging.tmdb_movies
		UNION ALL SELECT 'tmdb.series-detail.' || tmdb_id, fetched_at FROM staging.tmdb_series`)
	require.NoError(w.b, err)
	var key string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&key, &at}, func() error {
		fetched[key] = at
		return nil
	})
	require.NoError(w.b, err)
	for _, e := range w.edits {
		if at := fetched[fmt.Sprintf("%s.%s.%s", e.source, e.kind, e.key)]; e.landed.IsZero() && !at.Before(e.at) {
			e.landed = at
		}
	}
}

// change is what people do at the sources between two stops. What readers care for is
// changed as often as the rest.
func (w *worth) change() {
	films := w.byWeight(`SELECT movie_cd, ` + weight + ` FROM staging.kobis_movies AS m WHERE missing_since IS NULL`)
	for range worthEdits {
		code, weight := w.draw(films)
		w.Sim.KOBIS.Catalogue().Edit(code, func(_ *kobis.Film, d *kobis.Detail) {
			minutes, _ := strconv.Atoi(d.Minutes)
			d.Minutes = strconv.Itoa(minutes + 1)
		})
		w.note(messages.KOBIS, messages.KindMovieDetail, code, weight)
	}
	movies := w.byWeight(`SELECT p.tmdb_id::text, max(` + weight + `) FROM production.matches AS p JOIN staging.kobis_movies AS m ON m.movie_cd = p.movie_cd
		WHERE p.status = 'matched' GROUP BY 1`)
	for range worthMovies {
		id, weight := w.draw(movies)
		n, err := strconv.Atoi(id)
		require.NoError(w.b, err)
		w.Sim.TMDB.Catalogue().EditMovie(n, func(m *tmdb.Movie) { m.Minutes++ })
		w.note(messages.TMDB, messages.KindMovieDetail, id, weight)
	}
	serials := w.Sim.TMDB.Catalogue().SeriesIDs()
	id := serials[w.rng.IntN(len(serials))]
	w.Sim.TMDB.Catalogue().EditSeries(id, func(s *tmdb.Series) { s.Episodes++ })
	w.note(messages.TMDB, messages.KindSeriesDetail, strconv.Itoa(id), 1)
}

// weight is how much readers care for a film m on the day $1.
const weight = `CASE
	WHEN abs(m.open_date - $1::date) <= 14 THEN 10
	WHEN EXISTS (SELECT FROM staging.kobis_box_office AS b WHERE b.movie_cd = m.movie_cd AND b.date >= $1::date - 7) THEN 10
	WHEN abs(m.open_date - $1::date) <= 365 THEN 3
	ELSE 1 END`

func (w *worth) byWeight(sql string) map[float64][]string {
	rows, err := w.DB.Query(w.b.Context(), sql+" ORDER BY 1", w.Clock.Now())
	require.NoError(w.b, err)
	all := map[float64][]string{}
	var key string
	var weight float64
	_, err = pgx.ForEachRow(rows, []any{&key, &weight}, func() error {
		all[weight] = append(all[weight], key)
		return nil
	})
	require.NoError(w.b, err)
	return all
}

func (w *worth) draw(all map[float64][]string) (key string, weight float64) {
	weight = []float64{10, 3, 1}[w.rng.IntN(3)]
	require.NotEmpty(w.b, all[weight])
	return all[weight][w.rng.IntN(len(all[weight]))], weight
}

func (w *worth) note(source messages.Source, kind messages.Kind, key string, weight float64) {
	w.edits = append(w.edits, &edit{at: w.Clock.Now(), source: source, kind: kind, key: key, weight: weight})
}

// told is a row of the table: calls allowed, calls made to each source, the share that
// is there in time, the same of each weight and source, and what oldest first brings.
func (w *worth) told(calls, kobisCalls, tmdbCalls int) string {
	share := func(of func(*edit) bool) float64 {
		var all, inTime float64
		for _, e := range w.edits {
			if of(e) {
				all += e.weight
				if e.inTime() {
					inTime += e.weight
				}
			}
		}
		return inTime / all
	}
	weighs := func(weight float64) func(*edit) bool { return func(e *edit) bool { return e.weight == weight } }
	from := func(source messages.Source) func(*edit) bool { return func(e *edit) bool { return e.source == source } }
	// Oldest first reads each of n details every n/c days, so c/n of the edits within one.
	details := map[messages.Source]float64{
		messages.KOBIS: float64(w.Count(`SELECT count(*) FROM staging.kobis_movie_details`)),
		messages.TMDB:  float64(w.Count(`SELECT (SELECT count(*) FROM staging.tmdb_movies) + (SELECT count(*) FROM staging.tmdb_series)`)),
	}
	made := map[messages.Source]float64{messages.KOBIS: float64(calls), messages.TMDB: float64(tmdbCalls)}
	var all, oldest float64
	for _, e := range w.edits {
		all += e.weight
		oldest += e.weight * min(1, made[e.source]/details[e.source])
	}
	return fmt.Sprintf("| %d | %d | %d | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |", calls, kobisCalls, tmdbCalls,
		share(func(*edit) bool { return true }), share(weighs(10)), share(weighs(3)), share(weighs(1)),
		share(from(messages.KOBIS)), share(from(messages.TMDB)), oldest/all)
}
