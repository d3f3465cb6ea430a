package staging

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// found is the answer to a search with the given words: the results are those of
// these objects.
func found(at time.Time, words, results string) messages.Payload {
	p := payload(messages.TMDB, messages.KindMovieSearch, "20190001.ko", at, fmt.Sprintf(`{"page":1,"results":[%s],"total_pages":1,"total_results":3}`, results))
	p.Request = map[string]string{"query": words}
	return p
}

// result is one of a search.
func result(id, title string) string {
	return fmt.Sprintf(`{"adult":false,"backdrop_path":null,"genre_ids":[],"id":%s,"original_language":"ko","original_title":"o","overview":"","popularity":1,
		"poster_path":null,"release_date":"","title":%s,"video":false,"vote_average":1,"vote_count":1}`, id, title)
}

// What a search has found stays where a newer answer to the same words has a result
// that can't be told, or not be read well; other words are another question.
func TestASearchKeepsWhatANewerAnswerSpoils(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	const candidates = "SELECT coalesce(string_agg(c ->> 'tmdb_id' || ' ' || (c ->> 'title'), ', '), 'none') FROM staging.tmdb_searches, jsonb_array_elements(candidates) AS c"
	good := result("1", `"하나"`) + "," + result("2", `"둘"`)
	require.Empty(t, w.decode(found(noon, "말", good), 1).Findings.Gaps)
	for name, bad := range map[string]string{
		"a damaged title": result("1", "\"하\xb0\"") + "," + result("2", `"둘"`), "no object": result("1", `"하나"`) + ",7",
		"no id": result("1", `"하나"`) + "," + result("2.5", `"둘"`), "no title": result("1", `"하나"`) + "," + result("2", `{}`),
	} {
		old, young := found(noon, "말", good), found(noon.Add(time.Hour), "말", bad)
		for _, arrival := range [][]messages.Payload{{old, young}, {young, old}} {
			w.empty()
			w.land(arrival[0])
			w.land(arrival[1])
			require.Equal(t, "1 하나, 2 둘", ask[string](w, candidates), name)
			require.Equal(t, noon.Add(time.Hour), ask[time.Time](w, "SELECT fetched_at FROM staging.tmdb_searches").UTC(), name)
			require.Equal(t, "tmdb movie-search 20190001.ko results", ask[string](w, "SELECT concat_ws(' ', source, kind, entity, field) FROM staging.kept_fields WHERE fetched_at = $1", noon), name)
			require.Equal(t, "말", ask[string](w, "SELECT query FROM staging.tmdb_searches"))
			require.Equal(t, 3, ask[int](w, "SELECT total_results FROM staging.tmdb_searches"))
		}
		w.expire(noon.Add(TmdbKeep))
		require.NotEqual(t, "1 하나, 2 둘", ask[string](w, candidates), "%s: as long as its answer is kept", name)
		w.empty()
		w.land(old, found(noon.Add(time.Hour), "다른 말", bad))
		require.NotEqual(t, "1 하나, 2 둘", ask[string](w, candidates), "%s: other words", name)
	}
	w.empty()
	w.land(found(noon, "말", good))
	w.land(found(noon.Add(time.Hour), "말", ""))
	require.Equal(t, "1 하나, 2 둘", ask[string](w, candidates), "nothing found is doubted")
	w.land(found(noon.Add(time.Hour), "다른 말", ""))
	require.Equal(t, "none", ask[string](w, candidates), "of other words nothing was known")
	w.empty()
	w.land(found(noon, "말", good), found(noon.Add(time.Hour), "말", ""), found(noon.Add(169*time.Hour), "말", ""))
	require.Equal(t, "none", ask[string](w, candidates), "after a week it is an answer")
}
