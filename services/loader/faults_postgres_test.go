package loader

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// member is a login of the loader's role, for what a superuser is exempt from.
// Its name is that of the database with a prefix.
func (w *world) member() (login string) {
	w.tb.Helper()
	login = "loader_of_" + ask[string](w, "SELECT current_database()")
	w.exec("CREATE ROLE " + login + " LOGIN IN ROLE loader")
	w.tb.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), w.url)
		require.NoError(w.tb, err)
		defer conn.Close(context.Background()) //nolint:errcheck // the database goes away with the test
		for _, sql := range []string{"DROP OWNED BY " + login, "DROP ROLE " + login} {
			_, err := conn.Exec(context.Background(), sql)
			require.NoError(w.tb, err)
		}
	})
	return login
}

// execAs runs a statement in which role stands for the loader's login.
func (w *world) execAs(sql, login string) {
	w.tb.Helper()
	w.exec(strings.Replace(sql, "ROLE role", "ROLE "+login, 1))
}

const endSessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cledit-loader' AND datname = current_database()"

// raiseOnLoad makes the database answer every load with an error of its own, as
// it is the way to a full disk for anyone who may not fill one.
func raiseOnLoad(code, words string) []string {
	return []string{
		fmt.Sprintf(`CREATE FUNCTION raise_on_load() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%s' USING ERRCODE = '%s'; END $$`, words, code),
		"CREATE TRIGGER raise_on_load BEFORE INSERT ON raw.payloads EXECUTE FUNCTION raise_on_load()",
	}
}

var raiseNoMore = []string{"DROP TRIGGER raise_on_load ON raw.payloads", "DROP FUNCTION raise_on_load()"}

// What the loader goes through with its database: it waits, says why, sends
// nothing to DEAD, and goes on when it is over.
func TestTheDatabaseFailsForAWhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		begin, end []string // role stands for the loader's login
		words      string   // that a person is told
		cause      string   // that is counted
	}{
		"out of connections": {
			[]string{"ALTER ROLE role CONNECTION LIMIT 0", endSessions}, []string{"ALTER ROLE role CONNECTION LIMIT -1"}, "too many connections", tooManyConnections,
		},
		"read-only": {
			[]string{"ALTER ROLE role SET default_transaction_read_only = on", endSessions}, []string{"ALTER ROLE role RESET default_transaction_read_only"}, "read-only transaction", readOnly,
		},
		"disk full": {
			raiseOnLoad("53100", "could not extend file: No space left on device"), raiseNoMore, "No space left on device", diskFull,
		},
		"out of memory": {raiseOnLoad("53200", "out of memory"), raiseNoMore, "out of memory", isUnavailable},
		"statement timeout": {
			[]string{"ALTER ROLE role SET statement_timeout = '50ms'", endSessions, "BEGIN", "LOCK TABLE raw.payloads"},
			// A session of before has the limit still.
			[]string{"ALTER ROLE role RESET statement_timeout", "COMMIT", endSessions},
			"statement timeout", isUnavailable,
		},
		"login refused":      {[]string{"ALTER ROLE role NOLOGIN", endSessions}, []string{"ALTER ROLE role LOGIN"}, "not permitted to log in", noPermission},
		"a grant is missing": {[]string{"REVOKE INSERT ON raw.payloads FROM loader"}, []string{"GRANT INSERT ON raw.payloads TO loader"}, "permission denied", noPermission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			login := w.member()
			log := &watchedLog{out: t.Output()}
			cfg := w.config()
			cfg.URL, cfg.LogWriter, cfg.HTTPAddr = as(t, w.url, login), log, "127.0.0.1:0"
			w.start(cfg)
			pages := films(6, 3)
			w.publish(pages[:3]...)
			w.settle()
			for _, sql := range c.begin {
				w.execAs(sql, login)
			}
			w.publish(pages[3:]...)
			log.waitFor(t, "the database is not usable")
			require.Eventually(t, func() bool { return log.ready(t) == http.StatusServiceUnavailable }, patience, poll)
			require.Contains(t, log.String(), c.words)
			require.Eventually(t, func() bool { return log.readiness(t, c.words) }, patience, poll, "/readyz says why")
			for _, sql := range c.end {
				w.execAs(sql, login)
			}
			w.settle()
			log.waitFor(t, "the database is usable again")
			require.Eventually(t, func() bool { return log.ready(t) == http.StatusOK }, patience, poll)
			require.Equal(t, 18, w.count("production.titles"))
			require.Empty(t, w.deadLetters())
			require.Equal(t, 1, log.times("the database is not usable"), "one line for each change of state")
			require.Equal(t, 1, log.times("the database is usable again"))
			metrics := log.metrics(t)
			require.NotContains(t, metrics, fmt.Sprintf("cledit_loader_retries_total{cause=%q} 0\n", c.cause))
			require.Contains(t, metrics, fmt.Sprintf("cledit_loader_retries_total{cause=%q} ", c.cause))
			require.Contains(t, metrics, fmt.Sprintf("cledit_loader_sessions{state=%q} %d\n", sessionUsable, cfg.Consumers))
		})
	}
}

// A conflict says nothing about the data, however often it comes back: it sends
// nothing to DEAD and blocks no title.
func TestConflictsAreWaitedOut(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"deadlock": deadlockDetected, "serialization": serializationFailure} {
		for table, trigger := range map[string]string{"raw.payloads": "loading", "production.titles": "deriving"} {
			t.Run(name+" while "+trigger, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				log := &watchedLog{out: t.Output()}
				cfg := w.config()
				cfg.LogWriter = log
				for _, sql := range raiseOnLoad(code, "a conflict") {
					w.exec(strings.ReplaceAll(sql, "raw.payloads", table))
				}
				w.publish(films(4, 3)...)
				w.start(cfg)
				const tries = 5 * mostConflicts
				require.Eventually(t, func() bool { return log.times("conflict with another session") > tries }, patience, poll)
				for _, sql := range raiseNoMore {
					w.exec(strings.ReplaceAll(sql, "raw.payloads", table))
				}
				w.settle()
				require.Equal(t, 12, w.count("production.titles"))
				require.Empty(t, w.deadLetters())
			})
		}
	}
}

// Workers that load serializably run into each other, and end where others do.
func TestSerializableTransactionsEndInTheSameTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	login := w.member()
	w.exec("ALTER ROLE " + login + " SET default_transaction_isolation = 'serializable'")
	for round := range 5 {
		w.publish(parasite(noon.Add(time.Duration(round) * time.Minute))...)
	}
	cfg := w.config()
	cfg.URL, cfg.Consumers, cfg.Chunk = as(t, w.url, login), 4, 3
	w.start(cfg)
	w.settle()
	require.Equal(t, 3, w.count("production.titles"))
	require.Empty(t, w.deadLetters())
}
