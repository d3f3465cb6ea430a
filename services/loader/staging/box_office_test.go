package staging

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// A row whose film can't be told, and a list with less than half of the films that the
// day has, take no film from it: what was known of the day since it was last whole
// stands, in whatever order answers come.
func TestATornDayLosesNoFilm(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 5))
		var answers []messages.Payload
		var lists []map[string]int // the audience of each film
		var whole []bool
		most, what := 0, ""
		for i := range 2 + random.IntN(5) {
			films := []string{"20190001", "20190002", "20190003", "20190004", "20190005"}
			listed := slices.DeleteFunc(films, func(string) bool { return random.IntN(2+i%3) > 0 })
			torn := random.IntN(2) == 0
			p := day("20250825", noon.Add(time.Duration(i)*time.Minute), append(listed, "20190009")...)
			body := strings.ReplaceAll(string(p.Body), `"audiCnt":"`, fmt.Sprintf(`"audiCnt":"%d`, i+1))
			list := make(map[string]int)
			for _, movieCd := range append(listed, "20190009") {
				list[movieCd] = 10*(i+1) + len(listed) + 1
			}
			if torn {
				body = strings.Replace(body, "20190009", "2019 009", 1)
				delete(list, "20190009")
			}
			p.Body = []byte(body)
			answers, lists, whole = append(answers, p), append(lists, list), append(whole, !torn)
			most = max(most, len(list))
			what += fmt.Sprintf(" %v torn %t", listed, torn)
		}
		stands := make(map[string]int)
		for i, list := range lists {
			if whole[i] && 2*len(list) >= most {
				clear(stands)
			}
			maps.Copy(stands, list)
		}
		w.empty()
		random.Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
		for arrival := answers; len(arrival) > 0; {
			some := 1 + random.IntN(len(arrival))
			w.land(arrival[:some]...)
			arrival = arrival[some:]
		}
		rows, err := w.conn.Query(t.Context(), "SELECT movie_cd, audience FROM staging.kobis_box_office")
		require.NoError(t, err)
		have := make(map[string]int)
		for rows.Next() {
			var movieCd string
			var audience int
			require.NoError(t, rows.Scan(&movieCd, &audience))
			have[movieCd] = audience
		}
		require.NoError(t, rows.Err())
		require.Equal(t, stands, have, "seed %d:%s", seed, what)
		versions := w.versions("staging")
		w.seq = 0
		w.land(answers...)
		require.Equal(t, versions, w.versions("staging"), "a replay writes nothing; seed %d", seed)
	}
}
