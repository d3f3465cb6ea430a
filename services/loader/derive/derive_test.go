package derive_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/internal/canon"
)

func ask[T any](w *workers, query string, args ...any) (v T) {
	w.t.Helper()
	tx := w.begin()
	require.NoError(w.t, tx.QueryRow(w.t.Context(), query, args...).Scan(&v), query)
	tx.commit()
	return v
}

func (w *workers) exec(sql string, args ...any) {
	w.t.Helper()
	tx := w.begin()
	_, err := tx.Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
	tx.commit()
}

func (w *workers) production() canon.Dump {
	w.t.Helper()
	tx := w.begin()
	dump, err := canon.Read(w.t.Context(), tx.Conn(), []string{"production"})
	require.NoError(w.t, err)
	tx.commit()
	return dump
}

func later(p messages.Payload) messages.Payload {
	p.FetchedAt = p.FetchedAt.Add(time.Hour)
	return p
}

// gone is that the source does not have it.
func gone(p messages.Payload) messages.Payload {
	p.Outcome, p.Body = messages.OutcomeNotFound, []byte(`{"gone":true}`)
	return p
}

// lost are the answers after which it is believed that the source no longer has it:
// the first, and those an hour, a day and a week after the one before.
func lost(p messages.Payload) []messages.Payload {
	p = gone(p)
	var answers []messages.Payload
	for _, wait := range []time.Duration{time.Hour, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		p.FetchedAt = p.FetchedAt.Add(wait)
		answers = append(answers, p)
	}
	return answers
}

func TestUnmatchingUndoesTheMergeCompletely(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"), detailed("20183782", "15세"))
	w.drainAll()
	before := w.production()
	w.landAll(found("20183782", 496243))
	w.landAll(movie(496243, "Parasite"))
	w.drainAll()
	require.Equal(t, "matched", ask[string](w, "SELECT status FROM production.matches"))
	require.NotEqual(t, before, w.production())

	nothing := later(answer(messages.TMDB, messages.KindMovieSearch, "20183782.ko", `{"results":[],"total_results":0}`))
	matched := w.production()
	w.landAll(nothing)
	w.drainAll()
	require.Equal(t, matched, w.production(), "nothing is not believed at once")
	nothing.FetchedAt = nothing.FetchedAt.AddDate(0, 0, 8)
	w.landAll(nothing)
	w.drainAll()
	require.Equal(t, before, w.production())
}

func TestARecordThatTmdbLosesWithdrawsItsFields(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"), found("20183782", 496243), movie(496243, "Parasite"))
	w.drainAll()
	require.Equal(t, "Parasite", ask[string](w, "SELECT title_en FROM production.titles"))
	before := w.production()
	notFound := lost(movie(496243, ""))
	w.landAll(notFound[:3]...)
	w.drainAll()
	require.Equal(t, before, w.production(), "not believed yet")
	w.landAll(notFound[3:]...)
	w.drainAll()
	require.Nil(t, ask[*string](w, "SELECT title_en FROM production.titles"))
	require.Equal(t, "기생충", ask[string](w, "SELECT title_ko FROM production.titles"), "the title stays")
	require.Equal(t, "[496243]", ask[string](w, "SELECT evidence ->> 'wanted' FROM production.matches WHERE status = 'none'"), "it may come back")
	back := movie(496243, "Parasite")
	back.FetchedAt = later(notFound[3]).FetchedAt
	w.landAll(back)
	w.drainAll()
	require.Equal(t, "Parasite", ask[string](w, "SELECT title_en FROM production.titles"))
}

func TestAVerdictIsAppliedWhoeverWritesIt(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"), found("20183782", 496243), movie(496243, "Parasite"), movie(7, "Another"))
	w.drainAll()
	w.exec(`INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ('20183782', 7, 'pin', 'editor', 'seen it')`)
	w.drainAll()
	require.Equal(t, "pinned", ask[string](w, "SELECT status FROM production.matches"))
	require.Equal(t, "Another", ask[string](w, "SELECT title_en FROM production.titles"))
	w.landAll(later(movie(7, "Renamed")))
	w.drainAll()
	require.Equal(t, "Renamed", ask[string](w, "SELECT title_en FROM production.titles"), "no search names the pinned record")
	w.exec(`UPDATE curation.verdicts SET verdict = 'ban', tmdb_id = 496243`)
	w.drainAll()
	require.Equal(t, "banned", ask[string](w, "SELECT status FROM production.matches"))
	w.exec(`DELETE FROM curation.verdicts`)
	w.drainAll()
	require.Equal(t, "matched", ask[string](w, "SELECT status FROM production.matches"))
}

func TestBoxOfficeWaitsForItsTitle(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	day := answer(messages.KOBIS, messages.KindDailyBoxOffice, "20190530",
		`{"boxOfficeResult":{"dailyBoxOfficeList":[{"rank":"1","movieCd":"20183782","movieNm":"기생충","audiCnt":"568092"}]}}`)
	w.landAll(day)
	w.drainAll()
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.box_office WHERE title_id IS NULL AND audience = 568092"))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.titles"))
	w.landAll(listed("20183782", "기생충"))
	w.drainAll()
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.box_office b JOIN production.titles t ON t.id = b.title_id"))
	empty := later(answer(messages.KOBIS, messages.KindDailyBoxOffice, "20190530", `{"boxOfficeResult":{"dailyBoxOfficeList":[]}}`))
	w.landAll(empty)
	w.drainAll()
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.box_office"), "a day loses no films")
	other := later(day)
	other.FetchedAt, other.Body = empty.FetchedAt.Add(time.Hour), bytes.ReplaceAll(day.Body, []byte("20183782"), []byte("20190001"))
	w.landAll(other)
	w.drainAll()
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.box_office WHERE movie_cd = '20190001'"))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.box_office"))
}

func TestAFilmKnownByItsDetailAloneIsATitle(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(detailed("20183782", "15세"))
	w.landAll(gone(detailed("20190001", "")))
	w.drainAll()
	require.Equal(t, "20183782", ask[string](w, "SELECT kobis_movie_cd FROM production.titles"), "what KOBIS never had is none")
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.matches"))
}

func TestWhatStagingLosesProductionLoses(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"), answer(messages.TMDB, messages.KindSeriesDetail, "93405", `{"id":93405,"name":"오징어 게임"}`))
	w.drainAll()
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM production.titles"))
	w.exec("DELETE FROM staging.kobis_movies")
	w.exec("DELETE FROM staging.tmdb_series")
	w.exec("INSERT INTO ops.stale_titles (key) VALUES ('kobis:movie:20183782'), ('tmdb:series:93405'), ('tmdb:movie:nonsense')")
	w.drainAll()
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.titles"))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.matches"))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM ops.stale_titles"))
}

func TestABlockedMarkWaits(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"))
	w.exec("UPDATE ops.stale_titles SET blocked_until = $1, problem = 'p'", noon.Add(time.Minute))
	w.drainAll()
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.titles"))
	w.landAll(later(listed("20183782", "기생충 2")))
	w.drainAll()
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.titles"), "a new fact lifts the block")
}
