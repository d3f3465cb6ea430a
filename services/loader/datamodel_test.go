package loader

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func dataModel(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/data-model.md")
	require.NoError(t, err)
	return string(text)
}

// asReader is a login that is a member of reader and of nothing else.
func (w *world) asReader(t *testing.T) *pgx.Conn {
	t.Helper()
	login := "reader_of_" + ask[string](w, "SELECT current_database()")
	w.exec("CREATE ROLE " + login + " LOGIN IN ROLE reader")
	t.Cleanup(func() {
		_, err := w.db.Exec(context.Background(), "DROP ROLE "+login)
		require.NoError(t, err)
	})
	return connect(t, as(t, w.url, login))
}

func TestTheDataModelIsDocumentedAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table, documented := "", []string{}
	heading, column := regexp.MustCompile(`^### (\w+)$`), regexp.MustCompile(`^\| (\w+) \| ([\w ]+) \|`)
	for line := range strings.Lines(dataModel(t)) {
		line = strings.TrimSpace(line)
		if m := heading.FindStringSubmatch(line); m != nil {
			table = m[1]
		}
		if strings.HasPrefix(line, "## ") {
			table = ""
		}
		if m := column.FindStringSubmatch(line); m != nil && table != "" && m[1] != "column" {
			documented = append(documented, table+"."+m[1]+" "+m[2])
		}
	}
	require.ElementsMatch(t, ask[[]string](w, `SELECT array_agg(table_name || '.' || column_name || ' ' || data_type)
		FROM information_schema.columns WHERE table_schema = 'production'`), documented)
}

// The queries of the document for which the demonstration has no facts, on what the
// loader makes of a film and a series, and as a reader may run them. The others are
// run on a demonstration.
func TestTheQueriesOfTheDataModelAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	reader := w.asReader(t)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(dataModel(t), -1)
	ran := 0
	for _, q := range queries {
		if !strings.Contains(q[1], "-- not in the demonstration") {
			continue
		}
		ran++
		rows, err := reader.Query(t.Context(), q[1])
		require.NoError(t, err, q[1])
		found, err := pgx.CollectRows(rows, pgx.RowToMap)
		require.NoError(t, err, q[1])
		require.NotEmpty(t, found, q[1])
	}
	require.Positive(t, ran)
}

func TestAReaderReadsProductionAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader := w.asReader(t)
	tables := ask[[]string](w, `SELECT array_agg(format('%I.%I', schemaname, tablename) ORDER BY 1) FROM pg_tables
		WHERE schemaname IN ('raw', 'staging', 'production', 'curation', 'ops')`)
	require.Greater(t, len(tables), 30)
	refused := func(sql string) {
		t.Helper()
		_, err := reader.Exec(t.Context(), sql)
		require.ErrorContains(t, err, "permission denied", sql)
	}
	for _, table := range tables {
		if strings.HasPrefix(table, "production.") {
			_, err := reader.Exec(t.Context(), "SELECT FROM "+table)
			require.NoError(t, err, table)
		} else {
			refused("SELECT FROM " + table)
		}
		for _, sql := range []string{"INSERT INTO " + table + " DEFAULT VALUES", "DELETE FROM " + table, "TRUNCATE " + table} {
			refused(sql)
		}
	}
	refused("UPDATE production.titles SET title_ko = ''")
	refused("CREATE TABLE production.mine (id int)")
	refused("CREATE TABLE public.mine (id int)")
	refused("SELECT FROM public.goose_db_version")
}
