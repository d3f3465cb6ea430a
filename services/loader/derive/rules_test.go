package derive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/derive"
)

// What an older program derived is derived again once, from what is staged: rows in an
// order of their own, names without a form that sorts, genres twice.
func TestNewRulesBringStoredRowsAlong(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"), detailed("20183782", "15세"), found("20183782", 496243), answer(messages.TMDB, messages.KindMovieDetail, "496243", whole))
	apply := func() int64 {
		tx := w.begin()
		marked, err := derive.ApplyRules(t.Context(), tx, noon)
		require.NoError(t, err)
		tx.commit()
		return marked
	}
	require.Positive(t, apply())
	w.drainAt(noon)
	require.Zero(t, apply(), "once")
	const all = `SELECT string_agg(c::text, E'\n' ORDER BY c.position) || (SELECT string_agg(p::text, E'\n' ORDER BY p.id) FROM production.people AS p)
		|| (SELECT string_agg(g::text, E'\n' ORDER BY g.id) FROM production.genres AS g) FROM production.credits AS c`
	before := ask[string](w, all)

	w.exec(`DELETE FROM production.title_genres; DELETE FROM production.genres;
		INSERT INTO production.genres (id, source, name, genre) VALUES ('00000000-0000-0000-0000-000000000001', 'tmdb', '드라마', 'drama');
		INSERT INTO production.title_genres (title_id, genre_id) SELECT id, '00000000-0000-0000-0000-000000000001' FROM production.titles;
		UPDATE production.credits SET position = position + 100, name_sort = NULL, character_kobis = 'old', remarks = '{}', character_ko = NULL;
		UPDATE production.people SET name_sort = NULL, name_display = NULL, name_ko = name_original, name_original = NULL`) // as a program that says nothing of rules
	require.NotEqual(t, before, ask[string](w, all))
	require.Positive(t, apply())
	w.drainAt(noon)
	require.Equal(t, before, ask[string](w, all))
	require.Zero(t, apply(), "the program itself says by which rules it writes")

	w.exec(`UPDATE ops.rules SET version = version + 1`)
	require.Zero(t, apply(), "an older program derives nothing again")
	require.Equal(t, derive.RuleVersion, ask[int](w, "SELECT version FROM ops.rules"), "and the newer one does, when it is back")
}
