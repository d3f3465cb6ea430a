package loader

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// What the database refuses of one title holds up no other, is seen, and is
// derived when the cause is mended and something new is known.
func TestATitleThatCannotBeDerivedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`ALTER TABLE production.titles ADD CONSTRAINT poison CHECK (title_ko <> '독')`)
	rows := make([]string, 0, 40)
	for _, p := range films(1, 40) {
		w.publish(p)
	}
	rows = append(rows, listRow("20190000", "독", "", "2019", "", "한국", ""), listRow("20190039", "독", "", "2019", "", "한국", ""))
	w.publish(listPage(2, noon.Add(time.Hour), 40, rows...))
	cfg := w.config()
	cfg.Chunk = 16
	w.start(cfg)
	require.Eventually(t, func() bool {
		return w.loaded() && w.count("ops.stale_titles WHERE blocked_until IS NULL") == 0
	}, patience, poll)
	require.Equal(t, 2, ask[int](w, `SELECT count(*) FROM ops.stale_titles WHERE problem LIKE '%poison%' AND key IN ('kobis:movie:20190000', 'kobis:movie:20190039')`))
	require.GreaterOrEqual(t, w.count("production.titles"), 38)
	require.Empty(t, w.deadLetters())

	w.exec(`ALTER TABLE production.titles DROP CONSTRAINT poison`)
	w.publish(listPage(3, noon.Add(2*time.Hour), 40, listRow("20190000", "약", "", "2019", "", "한국", ""), listRow("20190039", "약", "", "2019", "", "한국", "")))
	w.settle()
	require.Equal(t, 2, w.count("production.titles WHERE title_ko = '약'"))
}

// Many workers with small chunks over few, shared rows end where one worker with
// one chunk does.
func TestManyWorkersEndWhereOneDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	var answers []messages.Payload
	for round := range 12 {
		for _, p := range parasite(noon.Add(time.Duration(round) * time.Minute)) {
			p.JobID = uint64(round)
			answers = append(answers, p)
		}
		answers = append(answers, films(2, 15)...)
	}
	one := newWorld(t)
	one.publish(answers...)
	cfg := one.config()
	cfg.Consumers, cfg.Chunk = 1, 10_000
	one.start(cfg)
	one.settle()

	many := newWorld(t)
	many.publish(answers...)
	cfg = many.config()
	cfg.Consumers, cfg.Chunk = 6, 3
	stop := many.start(cfg)
	many.settle()
	stop() // a session reports its statistics when it ends
	require.Zero(t, ask[int](many, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
	require.Equal(t, one.dumpWithout("id", "raw_id"), many.dumpWithout("id", "raw_id"))
	require.Empty(t, many.deadLetters())
}
