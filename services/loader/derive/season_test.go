package derive_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	twoSeasons = `{"id":93405,"name":"오징어 게임","original_language":"ko","seasons":[{"season_number":0,"episode_count":1},{"season_number":1,"episode_count":9},{"season_number":2,"episode_count":7}],
		"credits":{"cast":[{"id":73249,"name":"이정재","credit_id":"a","order":0}],"crew":[]},
		"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","order":0,"roles":[{"credit_id":"a","character":"Gi-hun","episode_count":9}]},
			{"id":5,"name":"손님","order":500,"roles":[{"credit_id":"g","character":"Guest","episode_count":1}]}],"crew":[]}}`
	seasonBody = `{"id":1,"season_number":NUMBER,"name":"s","episodes":[],"credits":{"cast":[{"id":73249,"name":"이정재","credit_id":"a","order":0}],"crew":[]},
		"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","order":0,"roles":[{"credit_id":"a","character":"Gi-hun","episode_count":COUNT}]},
			{"id":7NUMBER,"name":"새손님","order":501,"roles":[{"credit_id":"nNUMBER","character":"New","episode_count":2}]}],
			"crew":[{"id":9,"name":"작가","department":"Writing","jobs":[{"credit_id":"w","job":"Writer","episode_count":COUNT}]}]}}`
)

// A season that lands derives its series again; one that TMDB no longer has is left
// out again, and a replay of all comes to the same.
func TestASeasonDerivesItsSeries(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	season := func(number, count string) messages.Payload {
		return answer(messages.TMDB, messages.KindSeasonDetail, "93405."+number, strings.NewReplacer("NUMBER", number, "COUNT", count).Replace(seasonBody))
	}
	page := func() string {
		return ask[string](w, `SELECT string_agg(concat_ws(' ', job, name_ko, episodes, seasons), E'\n' ORDER BY position) FROM production.credits`)
	}
	series := answer(messages.TMDB, messages.KindSeriesDetail, "93405", twoSeasons)
	w.landAll(series)
	w.drainAll()
	require.Equal(t, "actor 이정재 9\nactor 손님 1", page())

	one, two := season("1", "9"), season("2", "7")
	w.landAll(one)
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM ops.stale_titles WHERE key = 'tmdb:series:93405'"))
	w.drainAll()
	w.landAll(two)
	w.drainAll()
	want := `screenplay 작가 16 [{"season": 1, "episodes": 9}, {"season": 2, "episodes": 7}]
actor 이정재 16 [{"season": 1, "episodes": 9}, {"season": 2, "episodes": 7}]
guest actor 새손님 2 [{"guest": true, "season": 1, "episodes": 2}]
guest actor 새손님 2 [{"guest": true, "season": 2, "episodes": 2}]
guest actor 손님 1`
	require.Equal(t, want, page())
	require.Equal(t, 5, ask[int](w, "SELECT count(*) FROM production.people"))
	all := w.production()
	w.exec("UPDATE production.titles SET updated_at = updated_at")
	w.landAll(two, one, series)
	w.drainAll()
	require.Equal(t, all, w.production(), "a replay writes nothing")

	for _, after := range []time.Duration{time.Hour, 3 * time.Hour, 30 * time.Hour, 9 * 24 * time.Hour} {
		gone := two
		gone.Outcome, gone.Body, gone.FetchedAt = messages.OutcomeNotFound, []byte(`{"status_code":34}`), two.FetchedAt.Add(after)
		w.landAll(gone)
		w.drainAll()
		if after == time.Hour {
			require.Equal(t, want, page(), "said once it is not believed")
		}
	}
	require.Equal(t, `screenplay 작가 9 [{"season": 1, "episodes": 9}]
actor 이정재 9 [{"season": 1, "episodes": 9}]
actor 새손님 2 [{"guest": true, "season": 1, "episodes": 2}]
actor 손님 1`, page())
}
