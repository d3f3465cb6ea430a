package harness

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Digests is a digest of every table of staging and production, without
// bookkeeping (moments, and the number of the raw row): two runs over the same
// data have the same. Of a tombstone the time differs, not that it stands.
func Digests(tb testing.TB, databaseURL string) map[string]string {
	tb.Helper()
	ctx := tb.Context()
	conn := Connect(tb, databaseURL)
	digests := map[string]string{}
	for table, columns := range columnsOf(tb, conn) {
		digests[table] = digest(ctx, tb, conn, table, columns)
	}
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

func columnsOf(tb testing.TB, conn *pgx.Conn) map[string][]string {
	rows, err := conn.Query(tb.Context(), `
		SELECT table_schema || '.' || table_name,
		       quote_ident(column_name) || CASE column_name WHEN 'missing_since' THEN ' IS NOT NULL' ELSE '' END
		FROM information_schema.columns
		WHERE table_schema IN ('staging', 'production') AND column_name <> 'raw_id'
		  AND (udt_name NOT IN ('timestamptz', '_timestamptz') OR column_name = 'missing_since')
		ORDER BY 1, ordinal_position`)
	require.NoError(tb, err)
	columns := map[string][]string{}
	var table, column string
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		columns[table] = append(columns[table], column)
		return nil
	})
	require.NoError(tb, err, "listing the tables")
	require.NotEmpty(tb, columns, "the database has no tables")
	return columns
}

func digest(ctx context.Context, tb testing.TB, conn *pgx.Conn, table string, columns []string) string {
	var rows int
	var sum string
	sql := fmt.Sprintf(`SELECT count(*), coalesce(md5(string_agg(line, E'\n' ORDER BY line)), '')
		FROM (SELECT ROW(%s)::text AS line FROM %s) AS t`, strings.Join(columns, ", "), table)
	require.NoError(tb, conn.QueryRow(ctx, sql).Scan(&rows, &sum), "digesting %s", table)
	return fmt.Sprintf("%d rows, %s", rows, sum)
}
