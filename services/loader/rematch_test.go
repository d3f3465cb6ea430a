package loader

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/command/rematch"
	"github.com/cledit/pipeline/services/loader/match"
)

func TestRematchAppliesTheRulesToWhatIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	require.Equal(t, "matched 496243", w.match("20183782"))

	rematch := func(args ...string) (r rematch.Result) {
		require.NoError(t, json.Unmarshal([]byte(w.succeed(append([]string{"rematch", "--json"}, args...)...)), &r))
		require.Equal(t, int32(match.RuleVersion), r.RuleVersion)
		w.settle() // the loader may have taken the mark
		return r
	}
	require.Zero(t, rematch().Outdated, "the rules are those that decided")

	earlier := func(status, id string) {
		w.exec("UPDATE production.matches SET rule_version = 1, score = 0.5, status = '" + status + "', tmdb_id = " + id + " WHERE movie_cd = '20183782'")
	}
	earlier("none", "NULL")
	r := rematch("--dry-run")
	require.Len(t, r.New, 1)
	require.Equal(t, "기생충", r.New[0].Title)
	require.False(t, r.Written)
	require.Equal(t, "none -", w.match("20183782"), "a dry run writes nothing")
	out := w.succeed("rematch", "--dry-run")
	require.Regexp(t, wrapped("matched with 496243"), out)
	require.Contains(t, out, "Nothing was written.")

	require.Len(t, rematch().New, 1)
	require.Equal(t, "matched 496243", w.match("20183782"))

	earlier("matched", "777")
	require.Len(t, rematch().Changed, 1)
	require.Equal(t, "matched 496243", w.match("20183782"))

	w.exec("DELETE FROM staging.tmdb_searches")
	r = rematch()
	require.Len(t, r.Lost, 1)
	require.Equal(t, "none -", w.match("20183782"))

	w.succeed("match", "pin", "20183782", "496243", "--by", "editor", "--why", "seen it")
	w.settle()
	earlier("review", "NULL")
	require.Len(t, rematch().New, 1)
	require.Equal(t, "pinned 496243", w.match("20183782"), "a person stands above every rule")
}
