package derive_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// fact is something that the loader or a curator learns. Facts of one sequence stand
// in their order: what a curator writes last holds. All others may come in any.
type fact struct {
	sequence string
	tell     func()
	replay   bool // may be told again
}

// history is what is told about six films of KOBIS, two of which TMDB has, and a
// series: values that change, records that go and come back, verdicts that are taken
// back.
func (w *workers) history() []fact {
	var facts []fact
	land := func(payloads ...messages.Payload) {
		for i, p := range payloads {
			p.FetchedAt = noon.Add(time.Duration(i) * time.Hour)
			facts = append(facts, fact{"", func() { w.landAll(p) }, true})
		}
	}
	lose := func(p messages.Payload) {
		for _, answer := range lost(p) {
			facts = append(facts, fact{"", func() { w.landAll(answer) }, true})
		}
	}
	decide := func(movieCd string, verdicts ...func()) {
		for _, v := range verdicts {
			facts = append(facts, fact{movieCd, v, false})
		}
	}
	parasite := answer(messages.TMDB, messages.KindMovieDetail, "496243", whole)
	recast := answer(messages.TMDB, messages.KindMovieDetail, "496243", strings.NewReplacer("Ki-taek", "Gi-taek", `35,"name":"코미디"`, `53,"name":"스릴러"`, "/p.jpg", "/q.jpg").Replace(whole))
	series := answer(messages.TMDB, messages.KindSeriesDetail, "93405", `{"id":93405,"name":"오징어 게임","genres":[{"id":18,"name":"드라마"}],"seasons":[{"season_number":1,"episode_count":9}]}`)
	land(opened("20183782", "기생충", "20190531"), opened("20183782", "기생충", "20190530"))
	land(opened("20203333", "기생충: 흑백판", "20200226"))
	land(opened("20203334", "기생충", ""), opened("20203334", "기생충 특별상영", ""))
	land(opened("20183799", "기생충 (재개봉)", "20190530"))
	land(opened("20190001", "알라딘", "20190523"))
	land(detailed("20183782", "15세"), detailed("20183782", "12세"))
	land(detailed("20203333", "15세"), gone(detailed("20203333", "")), detailed("20203333", "18세"))
	land(detailed("20170001", "15세"), gone(detailed("20170001", "")))
	land(found("20183782", 496243))
	land(found("20190001", 420817), answer(messages.TMDB, messages.KindMovieSearch, "20190001.ko", `{"results":[],"total_results":0}`))
	land(parasite, gone(parasite), recast)
	land(movie(420817, "Aladdin"))
	lose(movie(420817, ""))
	land(series, gone(series))
	land(boxOfficeOf("20190530", "20183782", "20190001"), boxOfficeOf("20190530", "20183782"))
	land(boxOfficeOf("20200301", "20203333", "20999999"))
	decide("20203333", func() { w.pin("20203333", 496243) })
	decide("20203334", func() { w.pin("20203334", 420817) }, func() { w.unpin("20203334") }, func() { w.pin("20203334", 496243) })
	decide("20183799", func() { w.pin("20183799", 496243) }, func() { w.unpin("20183799") })
	decide("20170001", func() { w.pin("20170001", 496243) })
	return facts
}

// shuffled is the facts in a random order that keeps sequences.
func shuffled(random *rand.Rand, facts []fact) []fact {
	mixed := slices.Clone(facts)
	random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	next := make(map[string][]fact)
	for _, f := range facts {
		next[f.sequence] = append(next[f.sequence], f)
	}
	for i, f := range mixed {
		if f.sequence != "" {
			mixed[i], next[f.sequence] = next[f.sequence][0], next[f.sequence][1:]
		}
	}
	return mixed
}

// Production is a function of what is known, ids and aliases included: of facts in
// any order, told once or several times, with titles derived at any moments in
// between. ORDER_RUNS orders are tried, 5 where nothing is said.
func TestProductionDoesNotDependOnTheOrderOfFacts(t *testing.T) {
	t.Parallel()
	runs := uint64(5)
	if text := os.Getenv("ORDER_RUNS"); text != "" {
		var err error
		runs, err = strconv.ParseUint(text, 10, 32)
		require.NoError(t, err)
	}
	w := newWorkers(t)
	facts := w.history()
	for _, f := range facts {
		f.tell()
	}
	w.drainAll()
	want := w.production()
	require.Equal(t, []string{"20170001 false", "20183782 true", "20203333 false", "20203334 false"},
		ask[[]string](w, "SELECT array_agg(movie_cd || ' ' || is_main ORDER BY movie_cd) FROM production.editions WHERE title_id IN (SELECT id FROM production.titles WHERE tmdb_id = 496243)"))
	require.Equal(t, 3, ask[int](w, "SELECT count(*) FROM production.title_aliases"))
	require.Equal(t, "/q.jpg Gi-taek 스릴러", ask[string](w, `SELECT t.poster_path || ' ' || c.character || ' ' || g.name FROM production.titles t
		JOIN production.credits c ON c.title_id = t.id AND c.department = 'acting' JOIN production.genres g ON g.genre = 'thriller'`))
	for seed := range runs {
		random := rand.New(rand.NewPCG(seed, 1))
		w.empty()
		for _, f := range shuffled(random, facts) {
			f.tell()
			if random.IntN(4) == 0 {
				w.drainAll()
			}
		}
		for range 2 {
			for _, f := range shuffled(random, facts) {
				if f.replay && random.IntN(3) == 0 {
					f.tell()
				}
				if random.IntN(8) == 0 {
					w.drainAll()
				}
			}
		}
		w.drainAll()
		require.Equal(t, want, w.production(), "seed %d", seed)
	}
}
