package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/tmdb"
)

// unheardOf is a record of TMDB that no search for the film finds: only a person can
// know that it is the same.
const unheardOf = 777_777_777

// curator is a login that may decide about matches and nothing else.
func curator(t *testing.T, w *harness.World) *pgx.Conn {
	t.Helper()
	u, err := url.Parse(w.DatabaseURL)
	require.NoError(t, err)
	login := "curator_of" + strings.ReplaceAll(u.Path, "/", "_")
	w.Exec(t, "CREATE ROLE "+pgx.Identifier{login}.Sanitize()+" LOGIN IN ROLE curator")
	u.User = url.User(login)
	return harness.Connect(t, u.String())
}

// rematch runs the command with a row that other rules decided, and tells how many
// rows it wrote again.
func rematch(t *testing.T, w *harness.World) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), harness.Binary(t, "loader"), "rematch", "--json")
	cmd.Env = harness.Environ(map[string]string{"DATABASE_URL": w.DatabaseURL})
	out, err := cmd.Output()
	require.NoError(t, err)
	var result struct{ Outdated int }
	require.NoError(t, json.Unmarshal(out, &result))
	return result.Outdated
}

// A person's verdict, written by SQL, stands through all that derives matches again,
// and what it names is fetched though no search ever found it.
func TestAVerdictStandsUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	options := limited()
	options.Generate = generate.Options{Films: 30, Alone: true}
	w := harness.NewWorld(t, options, goodKeys, goodToken)
	w.Set("BOX_OFFICE_FROM", time.Now().AddDate(0, 0, -14).Format(time.DateOnly))
	w.Logins(t)
	w.StartAll(t)
	w.UntilSettled(t)
	var film, byRule string
	require.NoError(t, harness.Connect(t, w.DatabaseURL).QueryRow(t.Context(),
		`SELECT movie_cd, tmdb_id::text FROM production.matches WHERE status = 'matched' ORDER BY movie_cd LIMIT 1`).Scan(&film, &byRule))
	match := func(status, id string) func(context.Context) (bool, error) {
		return func(ctx context.Context) (bool, error) {
			n, err := w.Count(ctx, `SELECT count(*) FROM production.matches AS m JOIN production.titles AS t ON t.kobis_movie_cd = m.movie_cd
				WHERE m.movie_cd = $1 AND m.status = $2 AND m.tmdb_id = $3::int AND t.tmdb_id = $3::int`, film, status, id)
			return n == 1, err
		}
	}
	stands := func(status, id, when string) {
		t.Helper()
		w.UntilSettled(t)
		ok, err := match(status, id)(t.Context())
		require.NoError(t, err)
		require.True(t, ok, when)
	}
	stands("matched", byRule, "by rule")
	before := harness.Digests(t, w.DatabaseURL)

	w.Sim.TMDB.Catalogue().AddMovie(tmdb.Movie{ID: unheardOf, Original: "아무도 찾지 않는 기록", Language: "ko", TitleEN: "Unheard of", Poster: "/unheard.jpg", Released: "1999-01-01"})
	decide := curator(t, w)
	_, err := decide.Exec(t.Context(), `INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ($1, $2, 'pin', 'editor', 'seen it')`, film, unheardOf)
	require.NoError(t, err)
	w.UntilRows(t, 1, fmt.Sprintf(`SELECT count(*) FROM production.titles WHERE tmdb_id = %d AND poster_path = '/unheard.jpg' AND title_en = 'Unheard of'`, unheardOf))
	pinned := strconv.Itoa(unheardOf)
	stands("pinned", pinned, "fetched, and shown")
	merged := harness.Digests(t, w.DatabaseURL)
	require.NotEqual(t, before["production.titles"], merged["production.titles"])

	w.Exec(t, "TRUNCATE production.titles, production.matches CASCADE")
	w.Shell(t, harness.ReadCommands(t, operations)["replay-everything"])
	untilLoaded(t, w)
	stands("pinned", pinned, "everything replayed")
	require.Equal(t, merged["production.titles"], harness.Digests(t, w.DatabaseURL)["production.titles"])

	w.Exec(t, "UPDATE production.matches SET rule_version = 1, status = 'matched', tmdb_id = "+byRule+" WHERE movie_cd = '"+film+"'")
	require.Positive(t, rematch(t, w))
	stands("pinned", pinned, "decided by other rules before")

	// An hour, a day and a week are over in which it was not found: the next answer is
	// believed.
	require.True(t, w.Sim.TMDB.Catalogue().RemoveMovie(unheardOf))
	w.Exec(t, fmt.Sprintf(`UPDATE staging.tmdb_movies SET found_at = found_at - interval '20 days',
		missing_at = ARRAY[found_at - interval '10 days', found_at - interval '9 days', found_at - interval '8 days'] WHERE tmdb_id = %d`, unheardOf))
	job := messages.Job{Name: messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: pinned}, RunID: "test"}
	_, err = w.JS.PublishMsg(t.Context(), job.Msg())
	require.NoError(t, err)
	w.UntilRows(t, 1, fmt.Sprintf(`SELECT count(*) FROM staging.tmdb_movies WHERE tmdb_id = %d AND missing_since IS NOT NULL`, unheardOf))
	stands("pinned", pinned, "TMDB has it no longer")
	gone, err := w.Count(t.Context(), fmt.Sprintf(`SELECT count(*) FROM production.titles WHERE tmdb_id = %d AND poster_path IS NULL AND title_ko IS NOT NULL`, unheardOf))
	require.NoError(t, err)
	require.EqualValues(t, 1, gone, "what it said is withdrawn, and the title stays")

	_, err = decide.Exec(t.Context(), `DELETE FROM curation.verdicts WHERE movie_cd = $1`, film)
	require.NoError(t, err)
	w.Until(t, "the rule's verdict is back", match("matched", byRule))
	w.UntilSettled(t)
	after := harness.Digests(t, w.DatabaseURL)
	for table, digest := range before {
		if strings.HasPrefix(table, "production.") {
			require.Equal(t, digest, after[table], "%s is as if nobody had decided", table)
		}
	}
	_, err = decide.Exec(t.Context(), `UPDATE production.matches SET status = 'none'`)
	require.ErrorContains(t, err, "permission denied")
	w.StopAll(t)
}
