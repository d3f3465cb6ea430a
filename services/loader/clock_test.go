package loader

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/topology"
)

// An answer of a fetcher whose clock is far ahead is not the newest until then.
func TestAnAnswerFromTheFutureGivesWayToTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(title string) string { return listRow("20190001", title, "", "2019", "", "한국", "") }
	log := &watchedLog{out: t.Output()}
	cfg := w.config()
	cfg.LogWriter = log
	w.start(cfg)
	w.publish(listPage(1, now().AddDate(10, 0, 0), 1, row("앞")))
	w.settle()
	require.Equal(t, 1, w.count("staging.kobis_movies WHERE title = '앞'"), "it lands")
	require.Less(t, ask[time.Time](w, "SELECT max(last_fetched_at) FROM raw.payloads"), now().Add(2*mostAhead))
	log.waitFor(t, "dated in the future")
	w.publish(listPage(1, now().Add(mostAhead+2*time.Minute), 1, row("뒤"))) // of the same fetcher
	w.settle()
	require.Equal(t, 1, w.count("staging.kobis_movies WHERE title = '뒤'"))
	dump := w.dump(layers...)
	w.replay()
	require.Equal(t, dump, w.dump(layers...), "however often it is delivered")
	require.Equal(t, 1, log.times("dated in the future"))
}

func TestTheDateOfAnAnswer(t *testing.T) {
	t.Parallel()
	stored := time.Now()
	for name, c := range map[string]struct{ fetched, want time.Time }{
		"before it was stored":   {stored.Add(-time.Hour), stored.Add(-time.Hour)},
		"as clocks may differ":   {stored.Add(9 * time.Minute), stored.Add(9 * time.Minute)},
		"in the future":          {stored.Add(time.Hour), stored.Add(mostAhead).Truncate(time.Microsecond)},
		"in the year of a typo":  {stored.AddDate(1000, 0, 0), stored.Add(mostAhead).Truncate(time.Microsecond)},
		"long ago, by its clock": {time.Unix(0, 0), time.Unix(0, 0)},
	} {
		at, ahead := dated(c.fetched, stored, time.Now)
		require.True(t, at.Equal(c.want), "%s: %s", name, at)
		require.Equal(t, at.Before(c.fetched), ahead > 0, name)
	}
	apart := func() time.Time { return time.Now().AddDate(0, 0, 400) }
	at, _ := dated(apart(), stored, apart)
	require.WithinDuration(t, apart(), at, time.Minute, "a clock that is set apart is RAW's too")
}

// Beginning RAW again for the loader is not a suspicion: what is delivered then is
// delivered for the first time.
func TestAReplayMakesNoSuspects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(films(3, 1)...)
	consumer, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	fetch := func(settle func(*suspect, bool)) {
		batch, err := consumer.Fetch(3)
		require.NoError(t, err)
		n := 0
		for msg := range batch.Messages() {
			s, suspected := newSuspect(msg)
			if s == nil {
				s = &suspect{Msg: msg}
			}
			settle(s, suspected)
			n++
		}
		require.Equal(t, 3, n)
	}
	fetch(func(s *suspect, _ bool) { require.NoError(t, s.Nak()) })
	fetch(func(s *suspect, suspected bool) {
		require.True(t, suspected, "it was in somebody's hands")
		require.NoError(t, s.DoubleAck(t.Context()))
	})
	w.rewind()
	fetch(func(s *suspect, suspected bool) {
		require.False(t, suspected)
		require.NoError(t, s.Ack())
	})
}
