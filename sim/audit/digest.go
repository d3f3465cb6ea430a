package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Digests is a digest of every table of staging and production, without
// bookkeeping (moments, and the number of the raw row): two runs over the same
// data have the same. Of a tombstone the time differs, not that it stands.
func Digests(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	columns, err := columnsOf(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	digests := make(map[string]string, len(columns))
	for table, names := range columns {
		if digests[table], err = digest(ctx, conn, table, names); err != nil {
			return nil, fmt.Errorf("digesting %s: %w", table, err)
		}
	}
	return digests, nil
}

func columnsOf(ctx context.Context, conn *pgx.Conn) (map[string][]string, error) {
	rows, err := conn.Query(ctx, `
		SELECT table_schema || '.' || table_name,
		       quote_ident(column_name) || CASE column_name WHEN 'missing_since' THEN ' IS NOT NULL' ELSE '' END
		FROM information_schema.columns
		WHERE table_schema IN ('staging', 'production') AND column_name <> 'raw_id'
		  AND (udt_name NOT IN ('timestamptz', '_timestamptz') OR column_name = 'missing_since')
		ORDER BY 1, ordinal_position`)
	if err != nil {
		return nil, err
	}
	columns := map[string][]string{}
	var table, column string
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		columns[table] = append(columns[table], column)
		return nil
	})
	return columns, err
}

func digest(ctx context.Context, conn *pgx.Conn, table string, columns []string) (string, error) {
	var rows int
	var sum string
	err := conn.QueryRow(ctx, fmt.Sprintf(`SELECT count(*), coalesce(md5(string_agg(line, E'\n' ORDER BY line)), '')
		FROM (SELECT ROW(%s)::text AS line FROM %s) AS t`, strings.Join(columns, ", "), table)).Scan(&rows, &sum)
	return fmt.Sprintf("%d rows, %s", rows, sum), err
}

// Lines are the rows of every table that Digests digests, as text and in order.
func Lines(ctx context.Context, conn *pgx.Conn) (map[string][]string, error) {
	columns, err := columnsOf(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	lines := make(map[string][]string, len(columns))
	for table, names := range columns {
		rows, err := conn.Query(ctx, fmt.Sprintf("SELECT ROW(%s)::text FROM %s ORDER BY 1", strings.Join(names, ", "), table))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", table, err)
		}
		if lines[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return nil, fmt.Errorf("reading %s: %w", table, err)
		}
	}
	return lines, nil
}
