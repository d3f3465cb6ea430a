package loader

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// breaking are details that break their contract, fetched one after the other.
func breaking(n int, at time.Time) (list []messages.Payload) {
	actors := strings.Repeat("{},", 10_000) + "{}"
	for i := range n {
		code := fmt.Sprintf("1999%04d", i)
		list = append(list, payload(messages.KOBIS, messages.KindMovieDetail, code, at.Add(time.Duration(i)*time.Second),
			fmt.Sprintf(`{"movieInfoResult":{"movieInfo":{"movieCd":%q,"actors":[%s]}}}`, code, actors)))
	}
	return list
}

// longer are well details of n films, from the given one on, with another runtime.
func longer(from, n int, at time.Time) (list []messages.Payload) {
	for i := from; i < from+n; i++ {
		p := whole(i, at.Add(time.Duration(i)*time.Second))
		p.Body = []byte(strings.Replace(string(p.Body), fmt.Sprintf(`"showTm":"%d"`, 100+i), fmt.Sprintf(`"showTm":"%d"`, 200+i), 1))
		list = append(list, p)
	}
	return list
}

const (
	isHeld     = "ops.holds WHERE held_since IS NOT NULL"
	isLonger   = "production.titles WHERE runtime_minutes >= 200"
	areWaiting = "raw.held"
)

// held is a world in which details of KOBIS are held and five of them wait.
func held(t *testing.T) (*world, *watchedLog, func() (stop func())) {
	t.Helper()
	w := newWorld(t)
	log := &watchedLog{out: t.Output()}
	start := func() func() {
		cfg := w.config()
		cfg.LogWriter, cfg.Consumers = log, 1
		return w.start(cfg)
	}
	stop := start()
	rows := make([]string, 0, keptFilms)
	for i := range keptFilms {
		rows = append(rows, listRow(keptCode(i), fmt.Sprintf("영화 %d", i), "", "2019", "20190530", "한국", ""))
	}
	w.publish(listPage(1, noon, keptFilms, rows...))
	for i := range keptFilms {
		w.publish(whole(i, noon.Add(time.Duration(i)*time.Second)))
	}
	w.publish(breaking(19, noon.Add(time.Hour))...)
	w.settle()
	require.Eventually(t, func() bool { return w.count("ops.holds WHERE level = 38") == 1 }, patience, poll)
	require.Zero(t, w.count(isHeld), "one less than it takes")
	w.publish(breaking(20, noon.Add(time.Hour))[19:]...)
	w.settle()
	require.Eventually(t, func() bool { return w.count(isHeld) == 1 }, patience, poll)
	require.Len(t, w.deadLetters(), 20)

	w.publish(longer(0, 5, noon.Add(2*time.Hour))...)
	w.publish(listPage(2, noon.Add(2*time.Hour), 1, strings.Replace(listRow(keptCode(99), "영화", "", "2019", "20190530", "한국", ""), "개봉", "개봉예정", 1)))
	w.settle()
	require.Equal(t, 5, w.count(areWaiting))
	require.Zero(t, w.count(isLonger), "nothing is derived from them")
	require.Equal(t, 5, w.count("raw.payloads AS p JOIN raw.held AS h ON h.raw_id = p.id"), "they are stored")
	require.Equal(t, 1, w.count("staging.kobis_movies WHERE movie_cd = '"+keptCode(99)+"'"), "other kinds go on")
	require.Eventually(t, func() bool { return log.times("too many answers of this kind break their contract") == 1 }, patience, poll)
	require.Regexp(t, `kobis\.movie-\s+│ 20.+ │\s+5 │ .+ detail .+breaks its .+contract: `, strings.ReplaceAll(w.succeed("hold", "list"), "\n", " "))
	stop()
	return w, log, start
}

func (w *world) goesOn() {
	w.tb.Helper()
	require.Eventually(w.tb, func() bool { return w.count(areWaiting) == 0 && w.count(isHeld) == 0 }, patience, poll)
	w.settle()
}

// Where twenty answers of a kind break their contract, the others of the kind wait
// until answers are well again; then all of them are loaded.
func TestBreachesHoldTheirKindUntilAnswersAreWell(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w, log, start := held(t)
	start()
	w.publish(longer(5, 14, noon.Add(2*time.Hour))...)
	w.settle()
	require.Equal(t, 19, w.count(areWaiting), "one less than it takes; a restart forgets nothing")
	w.publish(longer(19, 6, noon.Add(2*time.Hour))...)
	w.goesOn()
	require.Equal(t, keptFilms, w.count(isLonger))
	require.Equal(t, 1, log.times("loading answers of this kind again"))
	require.Len(t, w.deadLetters(), 20)
	dump := w.dump(layers...)
	w.replay()
	w.goesOn()
	require.Equal(t, dump, w.dump(layers...))
	w.truncate("staging")
	w.truncate("production")
	w.replay()
	w.goesOn()
	require.Equal(t, dump, w.dump(layers...), "a replay counts no breach again")
}

// A person lets a kind go on; a replay loads what was held, too.
func TestAPersonLetsAHeldKindGoOn(t *testing.T) {
	t.Parallel()
	w, _, start := held(t)
	code, _, errs := w.command("hold", "release", "kobis.movie-list")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "that kind is not held")
	w.exec("DELETE FROM raw.held WHERE subject LIKE '%0003'")
	require.Contains(t, w.succeed("hold", "release", "kobis.movie-detail"), "loaded again")
	stop := start()
	w.goesOn()
	stop()
	require.Equal(t, 4, w.count(isLonger))
	require.Contains(t, w.succeed("hold", "list"), "No kind is held.")
	start()
	w.replay()
	w.goesOn()
	require.Equal(t, 5, w.count(isLonger))
}

// What waited and lacks something is read as if it had not waited.
func TestWhatWasHeldKeepsWhatItLacks(t *testing.T) {
	t.Parallel()
	w, _, start := held(t)
	for i := range 4 { // each in its own way
		w.publish(lacking(i, noon.Add(3*time.Hour+time.Duration(i)*time.Second)))
	}
	start()
	w.settle()
	require.Equal(t, 9, w.count(areWaiting))
	w.succeed("hold", "release", "kobis.movie-detail")
	w.goesOn()
	require.Equal(t, 4, w.count(`staging.kobis_movie_details AS d WHERE movie_cd < '20190004' AND raw_id =
		(SELECT id FROM raw.payloads AS p WHERE p.entity_key = d.movie_cd ORDER BY last_fetched_at DESC LIMIT 1)`), "the newest answers stand")
	require.Equal(t, 3, w.count(isLonger), "the newest readable values stand")
	dump := w.dump(layers...)
	w.truncate("staging")
	w.truncate("production")
	w.replay()
	w.goesOn()
	require.Equal(t, dump, w.dump(layers...))
}
