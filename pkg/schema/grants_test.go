package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/pgtest"
)

// What the group roles may do with a table: r reads, w adds, changes and removes.
type grants map[string]string

// bySchema are the rights on a table that stands not in exceptions, so one that is
// added to a schema has its rights, or is an exception on purpose.
var bySchema = map[string]grants{
	"raw":        {"loader": "rw", "planner": "r"},
	"staging":    {"loader": "rw", "planner": "r", "curator": "r"},
	"production": {"loader": "rw", "planner": "r", "curator": "r", "reader": "r"},
	"curation":   {"curator": "rw", "loader": "r", "planner": "r"},
	"ops":        {"planner": "rw"},
	"public":     {},
}

var exceptions = map[string]grants{
	// Written by a trigger alone.
	"curation.decisions":        {"curator": "r", "loader": "r", "planner": "r"},
	"curation.person_decisions": {"curator": "r", "loader": "r", "planner": "r"},
	// The loader's marks, locks and findings.
	"ops.stale_titles": {"loader": "rw", "planner": "rw", "curator": "r"},
	"ops.works":        {"loader": "rau"},
	"ops.plain_works":  {"loader": "rau"},
	"ops.namesakes":    {"loader": "rw"},
	"ops.plain_titles": {"loader": "rw"},
	"ops.drift":        {"loader": "rw", "planner": "r"},
	"ops.suspects":     {"loader": "rw", "planner": "r"},
	"ops.breaches":     {"loader": "rw", "planner": "r"},
	"ops.holds":        {"loader": "rw", "planner": "r"},
	"ops.rules":        {"loader": "rau", "planner": "r"},
	// Whether the schema is as new as the program.
	"public.goose_db_version": {"loader": "r", "planner": "r", "curator": "r"},
}

var letters = map[string]string{"SELECT": "r", "INSERT": "a", "UPDATE": "u", "DELETE": "d"}

// rights are those of a role on all tables and views; public is everybody.
func rights(t *testing.T, conn *pgx.Conn, role string) map[string]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		SELECT n.nspname || '.' || c.relname, p.what
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
			unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p(what)
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema)'
			AND CASE WHEN p.what IN ('DELETE', 'TRUNCATE', 'TRIGGER') THEN has_table_privilege($1, c.oid, p.what)
				ELSE has_any_column_privilege($1, c.oid, p.what) END
		ORDER BY 1, array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], p.what)`, role)
	require.NoError(t, err)
	found := map[string]string{}
	var table, right string
	_, err = pgx.ForEachRow(rows, []any{&table, &right}, func() error {
		letter, ok := letters[right]
		if !ok {
			return fmt.Errorf("%s has %s on %s", role, right, table)
		}
		found[table] += letter
		return nil
	})
	require.NoError(t, err)
	return found
}

func tables(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT table_schema || '.' || table_name FROM information_schema.tables
		WHERE table_schema !~ '^(pg_|information_schema)'`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

// Every table's rights are those of its schema, or stand here: nobody else may
// anything, and nobody truncates, refers to a table or puts a trigger on it.
func TestEveryTablesGrantsAreThoughtOf(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Migrated(t))
	all := tables(t, conn)
	require.Greater(t, len(all), 30)
	for table := range exceptions {
		require.Contains(t, all, table)
	}
	for _, role := range []string{"loader", "planner", "curator", "reader", "console", "public"} {
		want := map[string]string{}
		for _, table := range all {
			if role == "console" { // it reads everything, what is added later included
				want[table] = "r"
				continue
			}
			granted, ok := exceptions[table]
			if !ok {
				schema, _, _ := strings.Cut(table, ".")
				require.Contains(t, bySchema, schema, "a schema whose rights nobody thought of")
				granted = bySchema[schema]
			}
			if granted[role] != "" {
				want[table] = strings.ReplaceAll(granted[role], "w", "aud")
			}
		}
		require.Equal(t, want, rights(t, conn, role), role)
	}
}

// Nobody but the owner makes anything in a schema, and what runs with the owner's
// rights is a trigger with a search path of its own, which nobody calls.
func TestNobodyMakesAnything(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Migrated(t))
	for _, role := range []string{"loader", "planner", "curator", "reader", "console"} {
		schemas := strings.Join(list(t, conn, `SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege($1, oid, 'CREATE')`, role), " ")
		require.Empty(t, schemas, "%s may create", role)
		sequences := list(t, conn, `SELECT seqrelid::regclass::text FROM pg_sequence WHERE has_sequence_privilege($1, seqrelid, 'UPDATE')`, role)
		require.Empty(t, sequences, "%s may set sequences", role)
	}
	definers := list(t, conn, `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname !~ '^(pg_|information_schema)' AND prosecdef`)
	require.NotEmpty(t, definers)
	safe := list(t, conn, `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname !~ '^(pg_|information_schema)' AND prosecdef
			AND prorettype = 'trigger'::regtype AND 'search_path=pg_catalog, pg_temp' = ANY (proconfig)`)
	require.ElementsMatch(t, definers, safe)
}

func list(t *testing.T, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}
