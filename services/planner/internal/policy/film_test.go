package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/entity"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

var now = clocktest.At()

// in is the day n days from now in Seoul, as midnight UTC.
func in(n int) *time.Time { return new(policy.Date(now, seoul).AddDate(0, 0, n)) }

const day = 24 * time.Hour

func date(s string) *time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return &t
}

// listed is a film of 2019 that is in the catalogue alone.
func listed() policy.Film {
	return policy.Film{
		MovieCd: "20183782", Listed: true, ListedAt: now.Add(-10 * day), Nation: "한국",
		Traits: policy.Traits{Title: "기생충", TitleEn: "PARASITE", ProductionYear: 2019, OpenDate: date("2019-05-30")},
	}
}

func find(t require.TestingT, due []policy.Due, key string) policy.Due {
	i := slices.IndexFunc(due, func(d policy.Due) bool { return d.Name.Key == key })
	require.GreaterOrEqual(t, i, 0, "%s is not among %v", key, due)
	return due[i]
}

func keys(due []policy.Due, until time.Time) []string {
	var list []string
	for _, d := range due {
		if !d.At.After(until) {
			list = append(list, string(d.Name.Source)+"."+d.Name.Key)
		}
	}
	return list
}

func TestFilmThatIsOnlyListedWantsItsDetailAndOneSearch(t *testing.T) {
	t.Parallel()
	due := listed().Due(now)
	require.Equal(t, []string{"kobis.20183782", "tmdb.20183782.ko-year"}, keys(due, now))
	require.Equal(t, policy.DetailBack, due[0].Workload)
	require.Equal(t, map[string]string{"query": "기생충", "year": "2019", "language": "ko-KR"}, due[1].Params)
	require.Equal(t, due[0].Rank, due[1].Rank)
}

func TestFilmThatIsNotListedWantsNothing(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Listed = false
	f.Detail = &policy.Detail{FetchedAt: now.Add(-1000 * day)}
	require.Empty(t, f.Due(now))
}

func TestDetailStages(t *testing.T) {
	t.Parallel()
	recent := now.Add(-day)
	for name, c := range map[string]struct {
		change   func(*policy.Film)
		workload policy.WorkloadID
		at       time.Time
	}{
		"never read":             {func(*policy.Film) {}, policy.DetailBack, time.Time{}},
		"never read, opens soon": {func(f *policy.Film) { f.OpenDate = in(9) }, policy.DetailOpening, time.Time{}},
		"never read, new":        {func(f *policy.Film) { f.EditedAt = recent }, policy.DetailChanged, time.Time{}},
		"read, edited since":     {func(f *policy.Film) { f.Detail, f.EditedAt = read(now.Add(-2*day), f.Traits), recent }, policy.DetailChanged, time.Time{}},
		"edited, read since":     {func(f *policy.Film) { f.Detail, f.EditedAt = read(now, f.Traits), recent }, policy.DetailRefresh, now.Add(365 * day)},
		"old":                    {func(f *policy.Film) { f.Detail = read(recent, f.Traits) }, policy.DetailRefresh, recent.Add(365 * day)},
		"opened a while ago":     {func(f *policy.Film) { f.OpenDate = in(-113); f.Detail = read(recent, f.Traits) }, policy.DetailRefresh, recent.Add(60 * day)},
		"just opened":            {func(f *policy.Film) { f.OpenDate = in(-2); f.Detail = read(recent, f.Traits) }, policy.DetailOpening, recent.Add(3 * day)},
		"opens in two months":    {func(f *policy.Film) { f.OpenDate = in(61); f.Detail = read(recent, f.Traits) }, policy.DetailOpening, *in(31)},
		"opens in a year":        {func(f *policy.Film) { f.OpenDate = in(365); f.Detail = read(recent, f.Traits) }, policy.DetailRefresh, recent.Add(90 * day)},
		"not found":              {func(f *policy.Film) { f.Detail = read(recent, policy.Traits{}); f.Detail.Missing = true }, policy.DetailRefresh, recent.Add(180 * day)},
		"without any date":       {func(f *policy.Film) { f.OpenDate, f.ProductionYear = nil, 0; f.Detail = read(recent, f.Traits) }, policy.DetailRefresh, recent.Add(365 * day)},
		"new, without opening date": {func(f *policy.Film) {
			f.OpenDate, f.ProductionYear = nil, recent.Year()
			f.Detail = read(recent, f.Traits)
		}, policy.DetailRefresh, recent.Add(90 * day)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := listed()
			c.change(&f)
			got := find(t, f.Due(now), f.MovieCd)
			require.Equal(t, c.workload, got.Workload)
			require.True(t, c.at.Equal(got.At), "want %s, have %s", c.at, got.At)
		})
	}
}

func read(at time.Time, traits policy.Traits) *policy.Detail {
	return &policy.Detail{FetchedAt: at, Traits: traits}
}

func TestListThatDiffersFromDetailIsAnEditOnlyWhenItIsNewer(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now.Add(-20*day), f.Traits)
	f.Detail.ProductionYear = 2018
	require.Equal(t, policy.DetailChanged, find(t, f.Due(now), f.MovieCd).Workload)

	f.Detail.FetchedAt = now.Add(-5 * day) // after the list row
	require.Equal(t, policy.DetailRefresh, find(t, f.Due(now), f.MovieCd).Workload)
}

func TestNoiseIsNoEdit(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now.Add(-20*day), f.Traits)
	f.Title, f.TitleEn = " 기생충\t ", "Parasite\u200b"
	f.Detail.TypeName, f.OpenDate = "장편", nil
	require.Equal(t, policy.DetailRefresh, find(t, f.Due(now), f.MovieCd).Workload)
}

func TestSearchVariantsFollowEachOtherOnlyInVain(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now, f.Traits)
	f.Searches = map[entity.Variant]policy.Search{}
	for i, variant := range []entity.Variant{entity.KoreanWithYear, entity.Korean, entity.English} {
		next := "tmdb." + f.MovieCd + "." + string(variant)
		require.Equal(t, []string{next}, keys(f.Due(now), now))
		if i > 0 {
			f.Deriving = true
			require.Empty(t, keys(f.Due(now), now), "the verdict on the last answer is not there yet")
			f.Deriving = false
			f.Match = &policy.Match{Status: "matched", TMDBID: 496243}
			f.Movies = map[int]policy.Expiring{496243: {FetchedAt: now, ExpiresAt: now.Add(180 * day)}}
			require.Empty(t, keys(f.Due(now), now), "a match ends the search")
		}
		f.Match = &policy.Match{Status: "none"}
		q := find(t, f.Due(now), f.MovieCd+"."+string(variant))
		year := 0
		if q.Params["year"] != "" {
			year = 2019
		}
		f.Searches[variant] = policy.Search{Query: q.Params["query"], Year: year, FetchedAt: now, ExpiresAt: now.Add(180 * day)}
	}
	require.Empty(t, keys(f.Due(now), now.Add(89*day)))
	require.Len(t, keys(f.Due(now), now.Add(91*day)), 3, "searched again after a long time")
}

func TestTheNextSearchWaitsForDetailsThatMayDecide(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now, f.Traits)
	f.Searches = map[entity.Variant]policy.Search{entity.KoreanWithYear: {Query: "기생충", Year: 2019, FetchedAt: now, ExpiresAt: now.Add(180 * day)}}
	f.Match = &policy.Match{Status: "review", Wanted: []int{7, 8}}
	f.Detail = nil
	require.NotContains(t, keys(f.Due(now), now), "tmdb.20183782.ko", "the film's own detail may decide, too")
	f.Detail = read(now, f.Traits)
	f.Movies = map[int]policy.Expiring{7: {FetchedAt: now, ExpiresAt: now.Add(180 * day)}}
	require.Equal(t, []string{"tmdb.8"}, keys(f.Due(now), now))
	f.Movies[8] = policy.Expiring{FetchedAt: now, ExpiresAt: now.Add(180 * day), Missing: true}
	require.Equal(t, []string{"tmdb.20183782.ko"}, keys(f.Due(now), now))
}

func TestASecondPageIsAskedForWhereTheNarrowestSearchOverflows(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now, f.Traits)
	f.Match = &policy.Match{Status: "none"}
	f.Searches = map[entity.Variant]policy.Search{entity.KoreanWithYear: {Query: "기생충", Year: 2019, FetchedAt: now, ExpiresAt: now.Add(180 * day), Total: 21}}
	due := find(t, f.Due(now), f.MovieCd+".ko-year-2")
	require.Equal(t, map[string]string{"query": "기생충", "year": "2019", "page": "2", "language": "ko-KR"}, due.Params)
}

func TestSearchIsRepeatedWhenTheRecordChanges(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now, f.Traits)
	f.Match = &policy.Match{Status: "none"}
	f.Searches = map[entity.Variant]policy.Search{
		entity.KoreanWithYear: {Query: "기생충", Year: 2018, FetchedAt: now.Add(-2 * day), ExpiresAt: now.Add(178 * day)},
	}
	due := find(t, f.Due(now), f.MovieCd+".ko-year")
	require.Equal(t, policy.SearchChanged, due.Workload)
	require.False(t, due.At.After(now))
	require.Equal(t, "2019", due.Params["year"])
}

func TestAPersonsNoneEndsTheSearchUntilTheFilmChanges(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now, f.Traits)
	f.Match = &policy.Match{Status: "none"}
	f.Searches = map[entity.Variant]policy.Search{entity.KoreanWithYear: {Query: "기생충", Year: 2019, FetchedAt: now, ExpiresAt: now.Add(180 * day)}}
	require.NotEmpty(t, keys(f.Due(now), now), "without a person's word")
	f.Given = true
	for _, status := range []string{"none", "review"} {
		f.Match.Status = status
		require.Empty(t, keys(f.Due(now), now.Add(300*day)), "neither further searches nor the same again, also when it expires")
	}
	f.Title = "기생충: 흑백판"
	due := find(t, f.Due(now), f.MovieCd+".ko-year")
	require.Equal(t, policy.SearchChanged, due.Workload, "another title is another question")
	require.Equal(t, "기생충: 흑백판", due.Params["query"])

	f.Title, f.ChangedAt = "기생충", now.Add(-day)
	require.Equal(t, []string{"tmdb.20183782.ko"}, keys(f.Due(now), now.Add(300*day)), "what was never asked, once")
	f.ChangedAt = now.Add(2 * day)
	later := now.Add(3 * day)
	require.Equal(t, []string{"tmdb.20183782.ko-year", "tmdb.20183782.ko"}, keys(f.Due(later), later), "what was asked before the change, too")
	f.Searches = nil
	require.Empty(t, keys(f.Due(now.Add(182*day)), now.Add(300*day)), "it was searched for, and what was found has expired")
}

func TestAPinnedRecordIsReadBesideTheMatch(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Detail = read(now, f.Traits)
	f.Match = &policy.Match{Status: "matched", TMDBID: 496243, Wanted: []int{7}}
	require.Equal(t, []int{496243, 7}, f.Wanted())
	f.Movies = map[int]policy.Expiring{496243: {FetchedAt: now, ExpiresAt: now.Add(180 * day)}}
	require.Equal(t, []string{"tmdb.7"}, keys(f.Due(now), now), "one call")
}

func TestCandidatesThatTheVerdictWantsAreRead(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Match = &policy.Match{Status: "review", Wanted: []int{7, 5, 6}}
	require.Equal(t, []int{7, 5, 6}, f.Wanted())
	due := find(t, f.Due(now), "5")
	require.Equal(t, policy.TMDBCandidates, due.Workload)
	require.Equal(t, messages.KindMovieDetail, due.Name.Kind)
}

func TestMatchIsReadAgainBeforeItExpires(t *testing.T) {
	t.Parallel()
	f := listed()
	f.Match = &policy.Match{Status: "pinned", TMDBID: 7}
	require.Equal(t, policy.TMDBMatched, find(t, f.Due(now), "7").Workload)
	expires := now.Add(100 * day)
	f.Movies = map[int]policy.Expiring{7: {FetchedAt: now, ExpiresAt: expires}}
	due := find(t, f.Due(now), "7")
	require.Equal(t, policy.TMDBRefresh, due.Workload)
	require.Equal(t, expires.Add(-30*day), due.At)
}

// A call whose answer leaves it due at once would be repeated for ever.
func TestAnswersSatisfy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := anyFilm(t)
		for range 12 {
			var next *policy.Due
			for _, due := range f.Due(now) {
				if !due.At.After(now) {
					next = &due
					break
				}
			}
			if next == nil {
				return
			}
			answer(t, &f, *next)
		}
		require.Empty(t, keys(f.Due(now), now), "twelve answers do not satisfy a film")
	})
}

func anyFilm(t *rapid.T) policy.Film {
	f := listed()
	f.Title = rapid.SampledFrom([]string{"기생충", "해무(海霧)", "1987", "밤", " 주먹이  운다(Crying Fist)"}).Draw(t, "title")
	f.TitleEn = rapid.SampledFrom([]string{"", "PARASITE", "기생충", "1987"}).Draw(t, "English title")
	f.ProductionYear = rapid.SampledFrom([]int{0, 194, 2019, now.Year()}).Draw(t, "year")
	f.OpenDate = rapid.SampledFrom([]*time.Time{nil, date("2019-05-30"), in(-2), in(191)}).Draw(t, "opening")
	f.Nation = rapid.SampledFrom([]string{"", "한국", "미국"}).Draw(t, "nation")
	f.EditedAt = rapid.SampledFrom([]time.Time{{}, now.Add(-day)}).Draw(t, "edited")
	f.Match = rapid.SampledFrom([]*policy.Match{nil, {Status: "none"}, {Status: "review", TMDBID: 9}, {Status: "matched", TMDBID: 9}, {Status: "banned"}}).Draw(t, "match")
	f.Searches = map[entity.Variant]policy.Search{}
	f.Movies = map[int]policy.Expiring{}
	if rapid.Bool().Draw(t, "read") {
		f.Detail = read(now.Add(-time.Duration(rapid.IntRange(0, 800).Draw(t, "age"))*day), f.Traits)
		f.Detail.Missing = rapid.Bool().Draw(t, "missing")
	}
	return f
}

// answer changes the facts as an answer to the call does.
func answer(t *rapid.T, f *policy.Film, due policy.Due) {
	switch due.Name.Kind {
	case messages.KindMovieSearch:
		_, variant, _ := strings.Cut(due.Name.Key, ".")
		made := policy.Search{Query: due.Params["query"], FetchedAt: now, ExpiresAt: now.Add(180 * day)}
		if due.Params["year"] != "" {
			made.Year = atoi(due.Params["year"])
		}
		made.Total = rapid.IntRange(0, 40).Draw(t, "hits")
		f.Searches[entity.Variant(variant)] = made
		if f.Match == nil {
			f.Match = &policy.Match{Status: "none", Wanted: rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 0, 3, rapid.ID).Draw(t, "wanted")}
		}
	case messages.KindMovieDetail:
		if due.Name.Source == messages.TMDB {
			f.Movies[atoi(due.Name.Key)] = policy.Expiring{FetchedAt: now, ExpiresAt: now.Add(180 * day)}
			return
		}
		f.Detail = read(now, f.Traits)
	}
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}
