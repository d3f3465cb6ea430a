// Package canon reads tables in a form that compares: for tests, and for anyone who
// wants to see that a replay ended where the first load did.
package canon

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// bookkeeping says when something was written and not what.
var bookkeeping = []string{"updated_at", "decided_at", "marked_at"}

// Dump is the content of tables: for each the sorted JSON of its rows, without
// the times of bookkeeping.
type Dump map[string][]string

// Read dumps all tables of the schemas. The columns in without are left out.
func Read(ctx context.Context, conn *pgx.Conn, schemas []string, without ...string) (Dump, error) {
	return each(ctx, conn, schemas, func(table string) string {
		return fmt.Sprintf("SELECT v FROM (SELECT (to_jsonb(t) - $1::text[])::text AS v FROM %s AS t) AS rows ORDER BY v COLLATE \"C\"", table)
	}, append(without, bookkeeping...))
}

// Versions tells which version of each row is there: it changes with every write
// of the row, also with one that changes no value.
func Versions(ctx context.Context, conn *pgx.Conn, schemas []string) (Dump, error) {
	return each(ctx, conn, schemas, func(table string) string {
		return fmt.Sprintf("SELECT ctid::text || ' ' || xmin::text FROM %s WHERE $1::text[] IS NOT NULL ORDER BY 1", table)
	}, nil)
}

func each(ctx context.Context, conn *pgx.Conn, schemas []string, query func(table string) string, without []string) (Dump, error) {
	rows, err := conn.Query(ctx, `SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY ($1) ORDER BY 1`, schemas)
	if err != nil {
		return nil, fmt.Errorf("listing tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("listing tables: %w", err)
	}
	if without == nil {
		without = []string{}
	}
	dump := make(Dump, len(tables))
	for _, table := range tables {
		rows, err := conn.Query(ctx, query(table), without)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", table, err)
		}
		if dump[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return nil, fmt.Errorf("reading %s: %w", table, err)
		}
	}
	return dump, nil
}

// String is for a failed comparison.
func (d Dump) String() string {
	var b strings.Builder
	for table, rows := range d {
		for _, row := range rows {
			fmt.Fprintln(&b, table, row)
		}
	}
	return b.String()
}
