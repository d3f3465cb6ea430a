package harness

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim/audit"
)

// Digests is a digest of every table of staging and production, see package audit.
func Digests(tb testing.TB, databaseURL string) map[string]string {
	tb.Helper()
	digests, err := audit.Digests(tb.Context(), Connect(tb, databaseURL))
	require.NoError(tb, err)
	require.NotEmpty(tb, digests, "the database has no tables")
	return digests
}

// Decided are the digests of all that two runs agree in: of a match, what was decided.
// A further search for a film is made or not by what is known of its candidates at
// that moment, which differs between any two runs; so do the candidates that lose.
func Decided(tb testing.TB, databaseURL string) map[string]string {
	tb.Helper()
	digests := Digests(tb, databaseURL)
	delete(digests, "staging.tmdb_searches")
	var matches string
	require.NoError(tb, Connect(tb, databaseURL).QueryRow(tb.Context(), `
		SELECT coalesce(md5(string_agg(concat_ws(' ', movie_cd, status, tmdb_id), E'\n' ORDER BY movie_cd)), '')
		FROM production.matches`).Scan(&matches))
	digests["production.matches"] = matches
	return digests
}

// Connect opens a connection that ends with the test.
func Connect(tb testing.TB, databaseURL string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), databaseURL)
	require.NoError(tb, err, "connecting to the test's database")
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		_ = conn.Close(context.WithoutCancel(tb.Context()))
	})
	return conn
}

// Rows are rows of staging as text, without times and numbers of payloads, by table
// and key.
type Rows map[string]map[string]string

// keyed are the tables of one row for each entity, and that of the box office, of
// several for each day.
var keyed = map[string]string{
	"kobis_movies": "movie_cd", "kobis_movie_details": "movie_cd", "kobis_box_office": "date",
	"tmdb_movies": "tmdb_id", "tmdb_series": "tmdb_id", "tmdb_seasons": "tmdb_id || '.' || season_number",
}

// Rows reads them.
func (w *World) Rows(tb testing.TB) Rows {
	tb.Helper()
	all := Rows{}
	for table, key := range keyed {
		var columns string
		require.NoError(tb, w.conn.QueryRow(tb.Context(), `
			SELECT string_agg(quote_ident(column_name), ', ' ORDER BY column_name) FROM information_schema.columns
			WHERE table_schema = 'staging' AND table_name = $1 AND udt_name NOT IN ('timestamptz', '_timestamptz')
			  AND column_name !~ 'raw_id'`, table).Scan(&columns))
		all["staging."+table] = map[string]string{}
		rows, err := w.conn.Query(tb.Context(), fmt.Sprintf(`SELECT key, string_agg(line, E'\n' ORDER BY line)
			FROM (SELECT (%s)::text AS key, to_jsonb(t)::text AS line FROM (SELECT %s FROM staging.%s) AS t) AS l GROUP BY 1`, key, columns, table))
		require.NoError(tb, err)
		var name, line string
		_, err = pgx.ForEachRow(rows, []any{&name, &line}, func() error {
			all["staging."+table][name] = line
			return nil
		})
		require.NoError(tb, err)
	}
	return all
}

// An Answer is one that is loaded.
type Answer struct {
	Name    messages.Name
	Request map[string]string
	Noted   bool // something could not be read or had to be repaired
}

// Landed are the answers that are loaded.
func (w *World) Landed(tb testing.TB) (all []Answer) {
	tb.Helper()
	rows, err := w.conn.Query(tb.Context(), `
		SELECT subject, request, bool_or(EXISTS (SELECT FROM raw.field_notes n WHERE n.raw_id = p.id))
		FROM raw.payloads p GROUP BY 1, 2`)
	require.NoError(tb, err)
	var tail string
	var a Answer
	_, err = pgx.ForEachRow(rows, []any{&tail, &a.Request, &a.Noted}, func() (err error) {
		a.Name, err = messages.ParseName(tail)
		all = append(all, a)
		a.Request = nil
		return err
	})
	require.NoError(tb, err)
	return all
}
