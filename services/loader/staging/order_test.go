package staging

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

func TestAnOlderAnswerNeverOverwrites(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(list(1, noon, [2]string{"20190001", "new"}))
	before := w.versions("staging")
	w.land(list(1, noon.Add(-time.Hour), [2]string{"20190001", "old"}))
	require.Equal(t, before, w.versions("staging"))
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM raw.payloads"), "but its bytes are kept")
}

func TestANewerAnswerAdvancesAndMovesUpdatedAtOnlyWithValues(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(list(1, noon, [2]string{"20190001", "same"}))
	const row = "SELECT updated_at FROM staging.kobis_movies"
	updated := ask[time.Time](w, row)
	w.clearMarks()
	require.Equal(t, Count{Read: 1, Written: 1}, w.land(list(1, noon.Add(time.Hour), [2]string{"20190001", "same"}))["staging.kobis_movies"])
	require.Equal(t, noon.Add(time.Hour), ask[time.Time](w, "SELECT fetched_at FROM staging.kobis_movies").UTC())
	require.Equal(t, updated, ask[time.Time](w, row))
	require.Equal(t, []string{"kobis:movie:20190001"}, w.clearMarks(), "production has no such film yet")
	w.land(list(1, noon.Add(2*time.Hour), [2]string{"20190001", "other"}))
	require.Equal(t, w.now, ask[time.Time](w, row).UTC())
	marks := slices.Sorted(slices.Values(w.clearMarks()))
	require.Len(t, marks, 2)
	require.Equal(t, "kobis:movie:20190001", marks[0])
	require.Regexp(t, `^kobis:namesakes:\d+\.same$`, marks[1], "the title that it left")
}

func TestWhatIsUnchangedMarksNothing(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(list(1, noon, [2]string{"20190001", "same"}))
	_, err := w.conn.Exec(t.Context(), `INSERT INTO production.matches (movie_cd, status, score, evidence, rule_version, decided_at)
		VALUES ('20190001', 'none', 0, '{}', 1, now())`)
	require.NoError(t, err)
	w.clearMarks()
	w.land(list(1, noon.Add(time.Hour), [2]string{"20190001", "same"}))
	require.Empty(t, w.clearMarks())
}

func TestAnEqualAnswerWritesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	p := list(1, noon, [2]string{"20190001", "title"})
	w.land(p)
	before := w.versions("staging", "raw", "production")
	w.seq--
	w.land(p)
	require.Equal(t, before, w.versions("staging", "raw", "production"), "the same transform")

	changed := w.decode(p, w.seq)
	changed.Facts.KobisMovies[0].Title = "as a later program reads it"
	w.landDecoded([]*Payload{changed})
	require.Equal(t, "as a later program reads it", ask[string](w, "SELECT title FROM staging.kobis_movies"))
	require.Equal(t, w.now, ask[time.Time](w, "SELECT updated_at FROM staging.kobis_movies").UTC())
}

func TestDuplicatesInAChunkCollapse(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(
		list(1, noon, [2]string{"20190002", "old"}, [2]string{"20190001", "a"}, [2]string{"20190001", "a"}),
		list(2, noon.Add(time.Minute), [2]string{"20190002", "new"}),
		list(1, noon, [2]string{"20190002", "old"}, [2]string{"20190001", "a"}, [2]string{"20190001", "a"}),
	)
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM raw.payloads"))
	require.Equal(t, "new", ask[string](w, "SELECT title FROM staging.kobis_movies WHERE movie_cd = '20190002'"))
	require.Equal(t, ask[int64](w, "SELECT id FROM raw.payloads WHERE entity_key = 'all.2'"),
		ask[int64](w, "SELECT raw_id FROM staging.kobis_movies WHERE movie_cd = '20190002'"))
}

func TestAnUnchangedBodyIsOneRowThatMoves(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	first := detail("20190001", "t", noon)
	later := first
	later.FetchedAt, later.JobID, later.RunID = noon.Add(time.Hour), 99, "run-2"
	earliest := first
	earliest.FetchedAt, earliest.JobID = noon.Add(-time.Hour), 1
	for _, p := range []messages.Payload{first, later, earliest} {
		w.land(p)
	}
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM raw.payloads"))
	require.Equal(t, 1, ask[int](w, `SELECT count(*) FROM raw.payloads WHERE first_fetched_at = $1 AND last_fetched_at = $2
		AND job_id = 1 AND run_id = 'run-1' AND stream_seq = 3 AND expires_at IS NULL AND body::text = $3
		AND sha256 = sha256(convert_to(body::text, 'UTF8'))`,
		earliest.FetchedAt, later.FetchedAt, string(first.Body)))
}

// A job is answered by what RAW stored for it, whatever date the fetcher gave it:
// the planner looks for the row of that very job, and counts it as lost without.
func TestAJobIsAnsweredWhateverTheDateOfItsAnswer(t *testing.T) {
	t.Parallel()
	first := detail("20190001", "t", noon)
	behind := first
	behind.FetchedAt, behind.JobID, behind.RunID = noon.Add(-time.Hour), 8, "run-2"
	for name, chunks := range map[string][][]messages.Payload{
		"one by one": {{first}, {behind}},
		"at once":    {{first, behind}},
	} {
		w := newTables(t)
		for _, chunk := range chunks {
			w.land(chunk...)
		}
		const row = "SELECT count(*) FROM raw.payloads WHERE job_id = 8 AND run_id = 'run-2' AND stream_seq = 2 AND last_fetched_at = $1 AND first_fetched_at = $2"
		require.Equal(t, 1, ask[int](w, row, noon, behind.FetchedAt), name)
		w.seq = 0
		w.land(first) // delivered again
		require.Equal(t, 1, ask[int](w, row, noon, behind.FetchedAt), name)
		again := first
		again.FetchedAt, again.JobID = noon.Add(time.Hour), 1
		w.seq = 0
		w.land(again) // of a stream that was created again
		require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM raw.payloads WHERE job_id = 1 AND stream_seq = 1"), name)
	}
}

// Anyone who loads another title of a film at the same time marks the title in between,
// whose films may have been derived by then.
func TestTheTitleInBetweenIsLeftToo(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(list(1, noon, [2]string{"20190001", "first"}, [2]string{"20190002", "between"}))
	w.clearMarks()
	other, err := w.conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = Land(t.Context(), other, []*Payload{w.decode(list(2, noon.Add(time.Minute), [2]string{"20190001", "between"}), 2)}, w.now)
	require.NoError(t, err)

	mine, later := connect(t, w), w.now.Add(time.Second)
	landed := make(chan error, 1)
	go func() {
		landed <- pgx.BeginFunc(context.Background(), mine, func(tx pgx.Tx) error {
			_, err := Land(context.Background(), tx, []*Payload{w.decode(list(3, noon.Add(2*time.Minute), [2]string{"20190001", "last"}), 3)}, later)
			return err
		})
	}()
	watch := connect(t, w)
	require.Eventually(t, func() bool {
		var waiting int
		err := watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		return err == nil && waiting == 1
	}, time.Minute, time.Millisecond)
	require.NoError(t, other.Commit(t.Context()))
	require.NoError(t, <-landed)
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM ops.stale_titles WHERE marked_at = $1", later), "the film, and the title in between")
}

func connect(t *testing.T, w *tables) *pgx.Conn {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), w.conn.Config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func TestTmdbRowsExpire(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(movie(1, "t", "p", noon), searched("20190001", noon, 1), gone(messages.TMDB, messages.KindSeriesDetail, "5", noon))
	for _, table := range []string{"raw.payloads", "staging.tmdb_movies", "staging.tmdb_searches", "staging.tmdb_series", "staging.tmdb_people", "staging.tmdb_companies"} {
		require.Equal(t, noon.AddDate(0, 0, 180), ask[time.Time](w, "SELECT max(expires_at) FROM "+table).UTC(), table)
	}
}

func TestATombstoneKeepsTheValues(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	nf := func(hours int) messages.Payload {
		return gone(messages.KOBIS, messages.KindMovieDetail, "20190001", noon.Add(time.Duration(hours)*time.Hour))
	}
	missing := func() *time.Time { return ask[*time.Time](w, "SELECT missing_since FROM staging.kobis_movie_details") }
	w.land(nf(3))
	w.land(nf(2))
	require.Equal(t, noon.Add(2*time.Hour), missing().UTC(), "what was never found is believed at once")
	w.land(detail("20190001", "late", noon.Add(time.Hour)))
	require.Equal(t, "late", ask[string](w, "SELECT title FROM staging.kobis_movie_details"), "an older answer fills in the values")
	require.Nil(t, missing(), "and it is known that there was something")
	w.clearMarks()
	w.land(nf(27))
	require.Empty(t, w.clearMarks(), "nothing is believed yet")
	w.land(nf(27 + 7*24))
	require.Equal(t, []string{"kobis:movie:20190001"}, w.clearMarks())
	require.Equal(t, noon.Add(2*time.Hour), missing().UTC())
	w.land(nf(28 + 7*24))
	require.Empty(t, w.clearMarks(), "missing already")
	w.land(detail("20190001", "back", noon.Add(29*time.Hour+7*24*time.Hour)))
	require.Nil(t, missing())
	w.land(nf(4))
	require.Nil(t, missing())
}

// raw.payloads has one row for all not-founds alike; it is enough to believe them.
func TestNotFoundsAreBelievedAgainFromWhatIsStored(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(movie(1, "t", "p", noon))
	for _, hours := range []int{1, 2, 26, 26 + 7*24} {
		w.land(gone(messages.TMDB, messages.KindMovieDetail, "1", noon.Add(time.Duration(hours)*time.Hour)))
	}
	before := w.dump([]string{"staging"}, "updated_at")
	require.Equal(t, noon.Add(time.Hour), ask[time.Time](w, "SELECT missing_since FROM staging.tmdb_movies").UTC())
	_, err := w.conn.Exec(t.Context(), "DELETE FROM staging.tmdb_movies")
	require.NoError(t, err)
	w.land(movie(1, "t", "p", noon))
	w.land(gone(messages.TMDB, messages.KindMovieDetail, "1", noon.Add(194*time.Hour)))
	require.Equal(t, before, w.dump([]string{"staging"}, "updated_at"))
}

func TestADayIsThatOfItsNewestAnswer(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(day("20250825", noon.Add(time.Hour), "20190001", "20190002"))
	w.land(day("20250825", noon, "20190003", "20190001"))
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM staging.kobis_box_office"), "a late older list brings nothing back")
	w.clearMarks()
	w.land(day("20250825", noon.Add(2*time.Hour), "20190002", "20190001"), day("20250825", noon.Add(3*time.Hour), "20190002"))
	require.Equal(t, "20190002", ask[string](w, "SELECT movie_cd FROM staging.kobis_box_office"))
	require.Equal(t, 1, ask[int](w, "SELECT row_count FROM staging.kobis_box_office_days"))
	require.ElementsMatch(t, []string{"kobis:movie:20190001", "kobis:movie:20190002"}, w.clearMarks())
}

func TestNamesComeFromTheNewestMentionAndReachProduction(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(movie(1, "a", "새 이름", noon.Add(time.Hour)))
	w.land(movie(2, "b", "옛 이름", noon))
	require.Equal(t, "새 이름", ask[string](w, "SELECT name FROM staging.tmdb_people"))
	require.Equal(t, "새 이름", ask[string](w, "SELECT name_ko FROM production.people"))
	require.Equal(t, "새 이름", ask[string](w, "SELECT name_ko FROM production.companies"))
	w.land(movie(2, "b", "Later", noon.Add(2*time.Hour)))
	require.Equal(t, "Later", ask[string](w, "SELECT name_en FROM production.people"))
	require.Nil(t, ask[*string](w, "SELECT name_ko FROM production.people"))
}

func TestADetailNamesACompanyBetterThanAList(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(detail("20190001", "회사", noon))
	w.land(list(1, noon.Add(time.Hour), [2]string{"20190001", "other"}))
	require.Equal(t, "Co", ask[string](w, "SELECT name_en FROM staging.kobis_companies"))
	require.Equal(t, "회사", ask[string](w, "SELECT name_ko FROM production.companies"))
}

func TestAFloorKeepsOutWhatWasFetchedBefore(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	_, err := w.conn.Exec(t.Context(), "INSERT INTO raw.floors VALUES ('tmdb', $1, now())", noon)
	require.NoError(t, err)
	w.land(movie(1, "old", "p", noon), movie(2, "new", "p", noon.Add(time.Microsecond)), list(1, noon.Add(-time.Hour), [2]string{"20190001", "kept"}))
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM raw.payloads"))
	require.Equal(t, "new", ask[string](w, "SELECT title FROM staging.tmdb_movies"))
}
