package loader

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/command/purge"
)

// A member of the group role loader, which owns nothing, can do all that the
// loader does.
func TestTheGroupRoleSuffices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	login := "loader_of_" + ask[string](w, "SELECT current_database()")
	w.exec("CREATE ROLE " + login + " LOGIN IN ROLE loader")
	cfg := w.config()
	cfg.URL = as(t, w.url, login)
	stop := w.start(cfg)
	w.publish(parasite(noon)...)
	w.settle()
	require.Equal(t, 3, w.count("production.titles"))
	require.NoError(t, purge.Run(t.Context(), w.purge(cfg.URL)))
	w.settle() // what the loader took of the marks
	require.Equal(t, 2, w.count("production.titles"))
	for _, table := range []string{"people WHERE tmdb_id IS NOT NULL", "seasons", "networks", "translations", "alternative_titles"} {
		require.Zero(t, w.count("production."+table), table)
	}
	require.Zero(t, ask[int](w, `SELECT count(*) FROM production.titles, jsonb_each_text(sources) WHERE value = 'tmdb'`))
	require.Zero(t, ask[int](w, `SELECT count(*) FROM production.credits WHERE 'tmdb' = ANY (sources)`))
	require.Zero(t, ask[int](w, `SELECT count(*) FROM production.certifications WHERE source = 'tmdb'`))
	require.Equal(t, 6, w.count("production.credits"), "KOBIS's are whole again")
	stop()
	w.exec("DROP ROLE " + login)
}

func as(t *testing.T, database, user string) string {
	t.Helper()
	u, err := url.Parse(database)
	require.NoError(t, err)
	u.User = url.User(user)
	return u.String()
}
