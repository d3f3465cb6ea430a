package schema_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/schema"
)

// insufficientPrivilege is PostgreSQL's error code for a denied statement.
const insufficientPrivilege = "42501"

func TestMain(m *testing.M) {
	pgtest.Quick("TestMigrateTwiceAtOnce", "TestRolesMayDoTheirWorkAndNoMore")
	pgtest.Main(m)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func TestMigrateTwiceAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	migrations, err := os.ReadDir("migrations")
	require.NoError(t, err)
	applied := make([][]string, 4)
	var group errgroup.Group
	for i := range applied {
		group.Go(func() (err error) {
			applied[i], err = schema.Migrate(t.Context(), url)
			return err
		})
	}
	require.NoError(t, group.Wait())

	winners := 0
	for _, names := range applied {
		if len(names) > 0 {
			winners++
			require.Len(t, names, len(migrations), "one run applies all migrations")
		}
	}
	require.Equal(t, 1, winners)
	require.NoError(t, schema.Check(t.Context(), connect(t, url)))
}

func TestCheckNamesTheRemedy(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Database(t))
	err := schema.Check(t.Context(), conn)
	require.ErrorIs(t, err, schema.ErrOutdated)
	require.ErrorContains(t, err, "loader migrate")
}

func TestCheckAcceptsANewerDatabase(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Migrated(t))
	_, err := conn.Exec(t.Context(), "INSERT INTO public.goose_db_version (version_id, is_applied) VALUES ($1, true)", schema.Version()+1)
	require.NoError(t, err)
	require.NoError(t, schema.Check(t.Context(), conn))
}

// A migration that comes with a lower number than those that are there is missed, and
// caught up with.
func TestALateMigrationIsCaughtUpWith(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	_, err := schema.Migrate(t.Context(), url)
	require.NoError(t, err)
	conn := connect(t, url)
	_, err = conn.Exec(t.Context(), `DELETE FROM public.goose_db_version WHERE version_id = 24;
		COMMENT ON COLUMN raw.payloads.told_at IS NULL`)
	require.NoError(t, err)
	err = schema.Check(t.Context(), conn)
	require.ErrorIs(t, err, schema.ErrOutdated)
	require.ErrorContains(t, err, "it lacks migration 24")
	applied, err := schema.Migrate(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, []string{"00024_told_again.sql"}, applied)
	require.NoError(t, schema.Check(t.Context(), conn))
}

func TestMigrateRefusesAMalformedURL(t *testing.T) {
	t.Parallel()
	_, err := schema.Migrate(t.Context(), "postgres://user:secretpassword@host:notaport/db")
	require.ErrorContains(t, err, "database URL")
	require.NotContains(t, err.Error(), "secretpassword")
}

func TestWhatIsWrongWithAURLIsToldWithoutIt(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(empty, []byte("no certificate"), 0o600))
	for url, want := range map[string]string{
		"postgres://user:secret@host:5432/db":                                        "",
		"postgres://user:secret@host:notaport/db":                                    "a URL such as",
		"postgres://user:secret@host/db?sslmode=verify-full&sslrootcert=/nowhere/ca": "files that can be read: /nowhere/ca: no such file or directory",
		"postgres://user:secret@host/db?sslmode=verify-full&sslrootcert=" + empty:    "certificates in PEM",
		"postgres://user:secret@host/db?sslmode=always":                              "a URL such as",
	} {
		problem := schema.URLProblem(url)
		require.NotContains(t, problem, "secret")
		if want == "" {
			require.Empty(t, problem)
		} else {
			require.Contains(t, problem, want)
		}
	}
}

// TestRolesMayDoTheirWorkAndNoMore runs statements as the group roles.
func TestRolesMayDoTheirWorkAndNoMore(t *testing.T) {
	t.Parallel()
	const (
		readTitles   = `SELECT count(*) FROM production.titles`
		readRaw      = `SELECT count(*) FROM raw.payloads`
		readVerdicts = `SELECT count(*) FROM curation.verdicts`
		writeTitles  = `DELETE FROM production.titles`
		writeRaw     = `DELETE FROM raw.payloads`
		writeJobs    = `DELETE FROM ops.jobs`
		writeMarks   = `DELETE FROM ops.stale_titles`
		writeVerdict = `DELETE FROM curation.verdicts`
		create       = `CREATE TABLE production.own (id int)`
	)
	for _, role := range []struct {
		name       string
		may, mayNo []string
	}{
		{"reader", []string{readTitles}, []string{readRaw, readVerdicts, writeTitles, writeJobs, writeVerdict, create}},
		{"curator", []string{readTitles, readVerdicts, writeVerdict}, []string{readRaw, writeTitles, writeJobs, writeMarks, create}},
		{"planner", []string{readTitles, readRaw, readVerdicts, writeJobs}, []string{writeTitles, writeRaw, writeVerdict, create}},
		{"loader", []string{readTitles, readRaw, readVerdicts, writeTitles, writeRaw, writeMarks}, []string{writeJobs, writeVerdict, create}},
	} {
		t.Run(role.name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, pgtest.Migrated(t))
			_, err := conn.Exec(t.Context(), "SET ROLE "+pgx.Identifier{role.name}.Sanitize())
			require.NoError(t, err)
			for _, sql := range role.may {
				_, err := conn.Exec(t.Context(), sql)
				require.NoError(t, err, "%s may %s", role.name, sql)
			}
			for _, sql := range role.mayNo {
				_, err := conn.Exec(t.Context(), sql)
				var denied *pgconn.PgError
				require.ErrorAs(t, err, &denied, "%s must not %s", role.name, sql)
				require.Equal(t, insufficientPrivilege, denied.Code, "%s must not %s", role.name, sql)
			}
		})
	}
}

func TestAVerdictMarksItsFilm(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Migrated(t))
	marks := func() (keys []string) {
		rows, err := conn.Query(t.Context(), `SELECT key FROM ops.stale_titles ORDER BY key`)
		require.NoError(t, err)
		keys, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return keys
	}
	exec := func(sql string) {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
	exec(`SET ROLE curator`)
	exec(`INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ('20190324', 496243, 'pin', 'a curator', 'seen on the poster')`)
	exec(`RESET ROLE`)
	require.Equal(t, []string{"kobis:movie:20190324"}, marks())

	exec(`DELETE FROM ops.stale_titles`)
	exec(`UPDATE curation.verdicts SET movie_cd = '20190325'`)
	require.Equal(t, []string{"kobis:movie:20190324", "kobis:movie:20190325"}, marks())

	exec(`DELETE FROM ops.stale_titles`)
	exec(`DELETE FROM curation.verdicts`)
	require.Equal(t, []string{"kobis:movie:20190325"}, marks())
}

func TestAFilmHasOneAnswer(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Migrated(t))
	decide := func(film string, id int, verdict string) error {
		_, err := conn.Exec(t.Context(), `INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ($1, $2, $3, 'a curator', 'seen')`, film, id, verdict)
		return err
	}
	require.NoError(t, decide("20190324", 496243, "pin"))
	require.ErrorContains(t, decide("20190324", 1, "pin"), "verdicts_one_answer")
	require.ErrorContains(t, decide("20190324", 0, "none"), "verdicts_one_answer", "a film that has a record has one")
	require.NoError(t, decide("20190324", 1, "ban"), "and may be several others not")

	require.NoError(t, decide("20190325", 0, "none"))
	require.ErrorContains(t, decide("20190325", 1, "pin"), "verdicts_one_answer")
	require.NoError(t, decide("20190325", 1, "ban"))
	for verdict, id := range map[string]int{"none": 1, "pin": 0, "ban": 0} {
		require.ErrorContains(t, decide("20190326", id, verdict), "verdicts_none_is_zero", verdict)
	}
	require.ErrorContains(t, decide("20190326", 1, "perhaps"), "verdicts_verdict_check")
	var noted int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM curation.decisions WHERE decision = 'none' AND tmdb_id = 0`).Scan(&noted))
	require.Equal(t, 1, noted)
}

func TestAdmitRefusesAnotherRolesLogin(t *testing.T) {
	t.Parallel()
	cfg, err := pgx.ParseConfig(pgtest.Migrated(t))
	require.NoError(t, err)
	owner := connect(t, cfg.ConnString())
	login := "reader_of_" + cfg.Database
	_, err = owner.Exec(t.Context(), "CREATE ROLE "+login+" LOGIN IN ROLE reader")
	require.NoError(t, err)

	require.NoError(t, schema.Admit(t.Context(), cfg, "loader"), "a superuser may everything")
	cfg.User = login
	require.NoError(t, schema.Admit(t.Context(), cfg, "reader"))
	err = schema.Admit(t.Context(), cfg, "loader")
	require.ErrorIs(t, err, schema.ErrRefused)
	require.ErrorContains(t, err, login+" is not a member of role loader")
	require.NoError(t, schema.Admit(t.Context(), cfg, "role_of_a_migration_to_come"))

	cfg.User = "nobody_of_" + cfg.Database
	require.ErrorIs(t, schema.Admit(t.Context(), cfg, "loader"), schema.ErrRefused)
	cfg.Host, cfg.Port = "127.0.0.1", 1
	require.NoError(t, schema.Admit(t.Context(), cfg, "loader"), "a database that is away is waited for")
}

// A database that is away is waited for, so long and no longer, and its error is
// one line.
func TestTheWaitForTheDatabaseIsBounded(t *testing.T) {
	t.Parallel()
	away := "postgres://loader@127.0.0.1:1/cledit"
	for wait, text := range map[time.Duration]string{0: "refused", 50 * time.Millisecond: "the database does not answer within 50ms (--wait)"} {
		err := schema.Await(t.Context(), away, wait)
		require.ErrorContains(t, err, text)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, 1, strings.Count(err.Error(), "connection refused"), err.Error())
	}
	require.ErrorIs(t, schema.Await(t.Context(), pgtest.Database(t), time.Minute), schema.ErrOutdated)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, schema.Await(ctx, away, time.Minute), context.Canceled)
}
