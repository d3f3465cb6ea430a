package staging

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func (w *tables) expire(now time.Time) (rows int64) {
	require.NoError(w.t, pgx.BeginFunc(context.Background(), w.conn, func(tx pgx.Tx) (err error) {
		rows, err = Expire(context.Background(), tx, now, 100)
		return err
	}))
	return rows
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(movie(1, "t", "사람", noon), searched("20190001", noon, 1), list(1, noon, [2]string{"20190001", "t"}))
	w.land(movie(2, "t", "사람", noon.Add(time.Hour)))
	w.clearMarks()
	over := noon.AddDate(0, 0, 180)
	require.Zero(t, w.expire(over.Add(-time.Microsecond)))
	require.Equal(t, int64(4), w.expire(over), "a search, a film and their payloads")
	require.ElementsMatch(t, []string{"tmdb:movie:1", "kobis:movie:20190001"}, w.clearMarks())
	require.Equal(t, 2, ask[int](w, "SELECT tmdb_id FROM staging.tmdb_movies"))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM staging.tmdb_people"), "another film names the person later")
	require.Equal(t, int64(4), w.expire(over.Add(time.Hour)), "the other film, its payload, the person, the company")
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.people"))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM raw.payloads"), "KOBIS's stay")
	require.Zero(t, w.expire(over.AddDate(1, 0, 0)))
}

func TestACreditedPersonWaitsForTheTitle(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(movie(1, "t", "사람", noon))
	_, err := w.conn.Exec(t.Context(), `WITH t AS (INSERT INTO production.titles (id, kind, sources, updated_at) VALUES (gen_random_uuid(), 'movie', '{}', now()) RETURNING id)
		INSERT INTO production.credits (title_id, source, department, role, position, person_id) SELECT t.id, 'tmdb', 'acting', 'Actor', 0, p.id FROM t, production.people AS p`)
	require.NoError(t, err)
	w.expire(noon.AddDate(0, 0, 180))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.people"))
	_, err = w.conn.Exec(t.Context(), "DELETE FROM production.credits")
	require.NoError(t, err)
	w.expire(noon.AddDate(0, 0, 180))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.people"))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.tmdb_people"))
}
