package e2e_test

import (
	"bytes"
	"context"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/localpg"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/topology"
)

const security = "../docs/security.md"

// The commands of the pages that run here. The others need an engine or a cluster.
var runHere = []string{
	"backup", "believe", "curate", "curate-people", "dead-drop", "dead-inspect", "dead-list", "dead-requeue", "dead-requeue-kind", "enable-key", "migrate", "plan", "purge",
	"rematch", "replay-everything", "replay-from-sequence", "replay-from-time", "replay-progress", "replay-slice", "republish",
	"restore-database", "restore-stream", "topology",
}

// No page has a command that nothing runs.
func TestAllCommandsOfThePagesAreRun(t *testing.T) {
	t.Parallel()
	deployed := map[string]bool{}
	for _, name := range []string{"live", "demo", "production"} {
		script, err := os.ReadFile("../deploy/verify/" + name + ".sh")
		require.NoError(t, err)
		for _, match := range regexp.MustCompile(`(?:read_aloud|page|rotates|documented) (?:\$operations |\$security )?([a-z][a-z0-9-]+)`).FindAllStringSubmatch(string(script), -1) {
			deployed[match[1]] = true
		}
	}
	found := harness.ReadCommands(t, operations)
	maps.Copy(found, harness.ReadCommands(t, security))
	var elsewhere []string
	for name := range found {
		if !deployed[name] {
			elsewhere = append(elsewhere, name)
		}
	}
	require.ElementsMatch(t, runHere, elsewhere)
	pages, err := filepath.Glob(operations)
	require.NoError(t, err)
	for _, page := range append(pages, security) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		require.Equal(t, strings.Count(string(text), "\n<!-- run: "), strings.Count(string(text), "\n```sh\n"), "%s: each block has a name", page)
		require.NotRegexp(t, "(?m)^(    |\t)(loader|planner|docker|kubectl|nats) ", string(text), "%s: a command outside of a block", page)
	}
}

// shell runs a block as an operator at a machine that has the binaries.
func shell(t *testing.T, w *harness.World, name string) string {
	t.Helper()
	path := filepath.Dir(harness.Binary(t, "loader")) + string(filepath.ListSeparator) + os.Getenv("PATH")
	return harness.Shell(t, t.TempDir(), harness.ReadCommands(t, operations)[name],
		map[string]string{"PATH": path, "DATABASE_URL": w.DatabaseURL, "NATS_URL": w.NATS.ClientURL(), "LOG_LEVEL": "warn", "TMDB_ACCESS_TOKEN": goodToken})
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, limited(), goodKeys, goodToken) // migrated
	shell(t, w, "migrate")
	require.NoError(t, schema.Check(t.Context(), harness.Connect(t, w.DatabaseURL)))
	w.DatabaseURL = pgtest.Database(t) // empty
	require.ErrorIs(t, schema.Check(t.Context(), harness.Connect(t, w.DatabaseURL)), schema.ErrOutdated)
	shell(t, w, "migrate")
	require.NoError(t, schema.Check(t.Context(), harness.Connect(t, w.DatabaseURL)))
}

func TestAnOperatorPlansRepublishesCuratesAndPurges(t *testing.T) {
	t.Parallel()
	w := operator(t)
	raw, err := w.JS.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	changed := raw.CachedInfo().Config
	changed.MaxAge = topology.RawMaxAge / 2
	_, err = w.JS.UpdateStream(t.Context(), changed)
	require.NoError(t, err)
	require.Contains(t, shell(t, w, "topology"), "stream RAW: max_age")
	raw, err = w.JS.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	require.Equal(t, topology.RawMaxAge, raw.CachedInfo().Config.MaxAge)
	require.Contains(t, shell(t, w, "plan"), "kobis")
	require.Contains(t, shell(t, w, "enable-key"), "was not disabled")
	require.Contains(t, shell(t, w, "believe"), "tmdb is believed until ")

	publish(t, w, detail("20211792", "헌트"), movie(727340), movie(514847))
	w.UntilRows(t, 1, "SELECT count(*) FROM production.titles")
	require.NoError(t, raw.Purge(t.Context()))
	shell(t, w, "republish")
	untilLoaded(t, w)
	info, err := raw.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, uint64(3), info.State.Msgs)

	require.Contains(t, shell(t, w, "curate"), "20211792")
	requireCount(t, w, 1, "curation.verdicts WHERE verdict = 'ban' AND tmdb_id = 514847")
	requireCount(t, w, 1, "curation.decisions WHERE decision = 'unpin' AND tmdb_id = 727340")
	requireCount(t, w, 1, "curation.decisions WHERE decision = 'unpin' AND tmdb_id = 0 AND why = 'said in error'")
	shell(t, w, "rematch")

	shell(t, w, "purge")
	requireCount(t, w, 0, "staging.tmdb_movies")
	requireCount(t, w, 1, "raw.payloads")
	w.StopAll(t)
}

func TestAnOperatorDecidesAboutPeople(t *testing.T) {
	t.Parallel()
	w := operator(t)
	film := detail("20200311", "더블패티")
	film.Body = bytes.ReplaceAll(film.Body, []byte(`"directors":[],"actors":[]`), []byte(
		`"directors":[{"peopleNm":"백승환","peopleNmEn":""}],"actors":[{"peopleNm":"백승환","peopleNmEn":"","cast":"","castEn":""}]`))
	list := answer(messages.Name{Source: messages.KOBIS, Kind: messages.KindPeopleList, Key: "all.1"},
		`{"peopleListResult":{"totCnt":1,"peopleList":[{"peopleCd":"20267714","peopleNm":"백승환","peopleNmEn":"","repRoleNm":"감독","filmoNames":"더블패티"}],"source":"x"}}`)
	publish(t, w, film, list)
	w.UntilRows(t, 1, "SELECT count(*) FROM production.titles JOIN production.credits ON title_id = id WHERE kobis_people_cd = '20267714'")
	require.Contains(t, shell(t, w, "curate-people"), "the verdict 1, that 백승환, 감독 in film 20200311 is kobis:person:20267714, is taken back")
	requireCount(t, w, 1, "curation.person_verdicts WHERE verdict = 'ban' AND decided_by = 'NAME'")
	w.UntilRows(t, 1, "SELECT count(*) FROM production.person_matches WHERE reason = 'banned'")
	w.StopAll(t)
}

// A database comes back on a server that has never seen it, with its logins; a
// stream with its messages and consumers.
func TestBackupAndRestore(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	from, to := pgtest.Server(t, t.TempDir()), pgtest.Server(t, t.TempDir())
	require.NoError(t, from.EnsureDatabase(t.Context(), "cledit"))
	_, err := schema.Migrate(t.Context(), from.URL("cledit"))
	require.NoError(t, err)
	execute(t, from.URL("cledit"), "INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ('20190324', 496243, 'pin', 'a curator', 'seen')")

	nats := natstest.StartWith(t, natstest.Deployed(t))
	js, err := jetstream.New(natstest.Connect(t, nats), jetstream.WithDefaultTimeout(natstest.Patience))
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 64 << 20})
	require.NoError(t, err)
	msg, err := movie(1).Msg()
	require.NoError(t, err)
	_, err = js.PublishMsg(t.Context(), msg)
	require.NoError(t, err)

	dir, commands := t.TempDir(), harness.ReadCommands(t, operations)
	deploy, err := filepath.Abs("../deploy")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(deploy, filepath.Join(dir, "deploy")))
	harness.Shell(t, dir, commands["backup"], postgresEnv(t, from, nats.ClientURL()))
	harness.Shell(t, dir, commands["restore-database"], postgresEnv(t, to, nats.ClientURL()))
	require.NoError(t, js.DeleteStream(t.Context(), topology.StreamRaw))
	harness.Shell(t, dir, commands["restore-stream"], postgresEnv(t, to, nats.ClientURL()))

	require.NoError(t, schema.Check(t.Context(), harness.Connect(t, to.URL("cledit"))))
	for sql, denied := range map[string]bool{
		"SELECT FROM production.titles": false, "SELECT FROM curation.verdicts": true, "DELETE FROM production.titles": true,
	} {
		_, err := harness.Connect(t, as(t, to.URL("cledit"), "cledit_reader")).Exec(t.Context(), sql)
		require.Equal(t, denied, err != nil, sql)
	}
	var marks int
	require.NoError(t, harness.Connect(t, to.URL("cledit")).QueryRow(t.Context(),
		"SELECT count(*) FROM curation.verdicts JOIN curation.decisions USING (movie_cd) JOIN ops.stale_titles ON key = 'kobis:movie:' || movie_cd").Scan(&marks))
	require.Equal(t, 1, marks)
	_, err = js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	raw, err := js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	back, err := raw.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	payload, err := messages.DecodePayload(back.Subject, back.Header, back.Data)
	require.NoError(t, err)
	require.Equal(t, "1", payload.Key)
}

// postgresEnv is what PostgreSQL's own programs find a server by, as a superuser.
func postgresEnv(t *testing.T, s *localpg.Server, natsURL string) map[string]string {
	t.Helper()
	u, err := url.Parse(s.URL("postgres"))
	require.NoError(t, err)
	bin, err := localpg.Find(t.Context())
	require.NoError(t, err)
	passwords := t.TempDir()
	for _, login := range []string{"owner", "loader", "planner", "curator", "reader", "console"} {
		require.NoError(t, os.WriteFile(filepath.Join(passwords, login), []byte("password of "+login), 0o600))
	}
	return map[string]string{
		"PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "PGHOST": u.Query().Get("host"), "PGPORT": u.Query().Get("port"),
		"PGUSER": u.User.Username(), "PASSWORDS_DIR": passwords, "NATS_URL": natsURL,
	}
}

func as(t *testing.T, databaseURL, user string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	u.User = url.User(user)
	return u.String()
}

func execute(t *testing.T, databaseURL, sql string) {
	t.Helper()
	_, err := harness.Connect(t, databaseURL).Exec(context.WithoutCancel(t.Context()), sql)
	require.NoError(t, err)
}
