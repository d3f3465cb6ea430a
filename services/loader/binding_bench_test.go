package loader

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// movieColumns of staging.kobis_movies, in the order of a bare chunk's rows.
var (
	movieColumns = strings.Fields("movie_cd title title_en production_year open_date type_name status_name nations genres main_nation main_genre directors companies fetched_at")
	movieTypes   = strings.Fields("text text text int date text text jsonb jsonb text text jsonb jsonb timestamptz")
)

// upsertMovies takes rows from wherever source says.
func upsertMovies(source string) string {
	values := make([]string, 0, len(movieColumns))
	for _, column := range movieColumns {
		values = append(values, column+" = excluded."+column)
	}
	return fmt.Sprintf(`INSERT INTO staging.kobis_movies AS t (%s, raw_id, updated_at) %s
		ON CONFLICT (movie_cd) DO UPDATE SET %s WHERE excluded.fetched_at > t.fetched_at`,
		strings.Join(movieColumns, ", "), source, strings.Join(values, ", "))
}

// parameters writes $1, $2, … of the columns' types.
func parameters(format string) string {
	list := make([]string, 0, len(movieTypes))
	for i, name := range movieTypes {
		list = append(list, fmt.Sprintf(format, i+1, name))
	}
	return strings.Join(list, ", ")
}

var (
	upsertArrays = upsertMovies("SELECT " + parameters("unnest($%d::%s[])") + ", 1, now()")
	upsertRow    = upsertMovies("VALUES (" + parameters("$%d::%s") + ", 1, now())")
	upsertMerge  = upsertMovies("SELECT " + strings.Join(movieColumns, ", ") + ", 1, now() FROM incoming ORDER BY movie_cd")
)

// bindings are ways to hand rows to Postgres. The last one can't update and is
// there for comparison.
var bindings = []struct {
	name  string
	write func(ctx context.Context, tx pgx.Tx, rows [][]any) error
}{
	{"arrays", func(ctx context.Context, tx pgx.Tx, rows [][]any) error {
		arguments := make([]any, len(movieColumns))
		for i, name := range movieTypes {
			arguments[i] = array(rows, i, name)
		}
		_, err := tx.Exec(ctx, upsertArrays, arguments...)
		return err
	}},
	{"copy-and-merge", func(ctx context.Context, tx pgx.Tx, rows [][]any) error {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"incoming"}, movieColumns, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, upsertMerge); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "TRUNCATE incoming")
		return err
	}},
	{"pipelined", func(ctx context.Context, tx pgx.Tx, rows [][]any) error {
		batch := &pgx.Batch{}
		for _, row := range rows {
			batch.Queue(upsertRow, row...)
		}
		return tx.SendBatch(ctx, batch).Close()
	}},
	{"row-by-row", func(ctx context.Context, tx pgx.Tx, rows [][]any) error {
		for _, row := range rows {
			if _, err := tx.Exec(ctx, upsertRow, row...); err != nil {
				return err
			}
		}
		return nil
	}},
	{"copy-alone", func(ctx context.Context, tx pgx.Tx, rows [][]any) error {
		complete := make([][]any, len(rows))
		for i, row := range rows {
			complete[i] = append(slices.Clip(row), 1, noon)
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"staging", "kobis_movies"},
			append(slices.Clip(movieColumns), "raw_id", "updated_at"), pgx.CopyFromRows(complete))
		return err
	}},
}

// array is a column of rows as Go's type of its elements.
func array(rows [][]any, column int, name string) any {
	switch name {
	case "int":
		return elements[*int32](rows, column)
	case "date":
		return elements[*time.Time](rows, column)
	case "timestamptz":
		return elements[time.Time](rows, column)
	case "jsonb":
		return elements[[]byte](rows, column)
	}
	texts := make([]*string, len(rows))
	for i, row := range rows {
		if text, ok := row[column].(string); ok {
			texts[i] = &text
		}
	}
	return texts
}

func elements[T any](rows [][]any, column int) []T {
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i] = row[column].(T)
	}
	return values
}

// BenchmarkBinding writes the catalogue's films on one connection, 500 in a
// transaction, in BENCH_ROUNDS (1) rounds that begin with another way each.
func BenchmarkBinding(b *testing.B) {
	pages, films := catalogue(b)
	chunks := bareChunks(b, pages, 500)
	for round := range setting(b, "BENCH_ROUNDS", 1) {
		for i := range bindings {
			way := bindings[(i+round)%len(bindings)]
			b.Run(way.name, func(b *testing.B) {
				for b.Loop() {
					w := newWorld(b)
					w.exec("CREATE TEMP TABLE incoming AS SELECT " + strings.Join(movieColumns, ", ") + " FROM staging.kobis_movies")
					started := time.Now()
					for i := range chunks {
						rows := make([][]any, len(chunks[i].movies))
						for n, row := range chunks[i].movies {
							rows[n] = row[1:] // without the subject
						}
						require.NoError(b, pgx.BeginFunc(b.Context(), w.db, func(tx pgx.Tx) error { return way.write(b.Context(), tx, rows) }))
					}
					b.ReportMetric(float64(films)/time.Since(started).Seconds(), "rows/s")
					require.Equal(b, films, w.count("staging.kobis_movies"))
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
