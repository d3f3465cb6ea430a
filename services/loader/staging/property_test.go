package staging

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
)

// history draws answers about a few entities, each at a time of its own.
func history(t *rapid.T) []messages.Payload {
	n := rapid.IntRange(2, 14).Draw(t, "answers")
	answers := make([]messages.Payload, 0, n)
	at := noon
	for range n {
		at = at.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}).Draw(t, "wait"))
		cd := fmt.Sprintf("2019000%d", rapid.IntRange(1, 2).Draw(t, "film"))
		title := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "title")
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			answers = append(answers, list(rapid.IntRange(1, 2).Draw(t, "page"), at, [2]string{cd, title}))
		case 1:
			answers = append(answers, detail(cd, title, at))
		case 2:
			answers = append(answers, gone(messages.KOBIS, messages.KindMovieDetail, cd, at))
		case 3:
			answers = append(answers, movie(rapid.IntRange(1, 2).Draw(t, "id"), title, title, at))
		case 4:
			answers = append(answers, gone(messages.TMDB, messages.KindMovieDetail, fmt.Sprint(rapid.IntRange(1, 2).Draw(t, "id")), at))
		case 5:
			answers = append(answers, searched(cd, at, rapid.SampledFrom([][]int{{1}, {2, 1}, {}}).Draw(t, "hits")...))
		case 6:
			answers = append(answers, day("20250825", at, rapid.SampledFrom([][]string{{cd}, {"20190001", "20190002"}, {}}).Draw(t, "films")...))
		}
	}
	return answers
}

// Whatever the order of arrival and however it is cut into chunks, with anything
// delivered twice, the tables end up as if the answers had come one by one in the
// order in which they were fetched.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	rapid.Check(t, func(rt *rapid.T) {
		w.t = rt
		answers := history(rt)
		w.empty()
		for _, answer := range answers {
			w.land(answer)
		}
		want := w.dump([]string{"raw", "staging", "production"}, "id", "raw_id", "stream_seq")

		w.empty()
		arrival := rapid.Permutation(append(answers, rapid.SliceOfN(rapid.SampledFrom(answers), 0, 3).Draw(rt, "twice")...)).Draw(rt, "arrival")
		for len(arrival) > 0 {
			n := rapid.IntRange(1, len(arrival)).Draw(rt, "chunk")
			w.land(arrival[:n]...)
			arrival = arrival[n:]
		}
		require.Equal(rt, want, w.dump([]string{"raw", "staging", "production"}, "id", "raw_id", "stream_seq"))
	})
}
