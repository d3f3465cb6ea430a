package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

var seoul = time.FixedZone("KST", 9*60*60)

func TestBoxOfficeWantsEveryDayOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := policy.Date(now, seoul).AddDate(0, 0, -rapid.IntRange(0, 40).Draw(t, "days back"))
		var answered []policy.BoxOfficeDay
		for date := from; date.Before(policy.Date(now, seoul)); date = date.AddDate(0, 0, 1) {
			if rapid.Bool().Draw(t, "answered") {
				answered = append(answered, policy.BoxOfficeDay{
					Date: date, Rows: rapid.IntRange(0, 1).Draw(t, "rows"),
					FetchedAt: date.Add(time.Duration(rapid.IntRange(16, 200).Draw(t, "hours after")) * time.Hour),
				})
			}
		}
		seen := map[string]bool{}
		for _, due := range policy.BoxOffices(from, answered, now, seoul) {
			require.False(t, seen[due.Name.Key], "%s stands twice", due.Name.Key)
			seen[due.Name.Key] = true
			require.Less(t, due.Name.Key, in(0).Format("20060102"), "neither today nor later")
		}
		for date := from; date.Before(policy.Date(now, seoul)); date = date.AddDate(0, 0, 1) {
			known := false
			for _, d := range answered {
				known = known || d.Date.Equal(date)
			}
			require.True(t, known || seen[date.Format("20060102")], "%s is missing", date.Format(time.DateOnly))
		}
	})
}

func TestBoxOfficeIsReadAgainOnceItIsFinal(t *testing.T) {
	t.Parallel()
	yesterday := *in(-1)
	final := in(0).Add(time.Hour) // ten in the morning in Seoul
	early := policy.BoxOfficeDay{Date: yesterday, Rows: 10, FetchedAt: final.Add(-9 * time.Hour)}
	due := policy.BoxOffices(yesterday, []policy.BoxOfficeDay{early}, now, seoul)
	require.Len(t, due, 1)
	require.True(t, due[0].At.Equal(final))

	early.FetchedAt = final
	require.Empty(t, policy.BoxOffices(yesterday, []policy.BoxOfficeDay{early}, now, seoul))
}

func TestOldEmptyDayIsAFact(t *testing.T) {
	t.Parallel()
	old := *date("2020-02-01")
	answered := []policy.BoxOfficeDay{{Date: old, FetchedAt: now.Add(-day)}}
	for _, due := range policy.BoxOffices(old, answered, now, seoul) {
		require.NotEqual(t, "20200201", due.Name.Key)
		require.Contains(t, []policy.WorkloadID{policy.BoxOffice, policy.BoxOfficeBack}, due.Workload)
	}
}

// discovered answers windows as TMDB would, with so many series in each page 1.
func discovered(due []policy.Due, results func(policy.Span) int) (pages []policy.DiscoverPage) {
	for _, d := range due {
		scope, rest := d.Name.Scope()
		from, to := *date(scope[:10]), *date(scope[11:])
		span := policy.Span{From: from, To: to}
		n := results(span)
		pages = append(pages, policy.DiscoverPage{
			Span: span, Page: atoi(rest), TotalPages: (n + 19) / 20, TotalResults: n, FetchedAt: now, ExpiresAt: now.Add(180 * day),
		})
	}
	return pages
}

// Windows are split until each can be read to its end, and then nothing is wanted.
func TestDiscoverReadsEverySeriesWithinReach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		perDay := rapid.IntRange(0, 300).Draw(t, "series a day")
		results := func(s policy.Span) int {
			if s.From.Year() != now.Year() {
				return 0
			}
			return perDay * (int(s.To.Sub(s.From)/day) + 1)
		}
		var pages []policy.DiscoverPage
		for range 12 {
			var now1 []policy.Due
			for _, d := range policy.Discovers(pages, now) {
				if !d.At.After(now) {
					now1 = append(now1, d)
				}
			}
			if len(now1) == 0 {
				break
			}
			pages = append(pages, discovered(now1, results)...)
		}
		read := map[string]int{}
		for _, p := range pages {
			require.LessOrEqual(t, p.Page, 500)
			read[p.String()]++
		}
		for _, p := range pages {
			if p.TotalPages <= 500 {
				require.Equal(t, max(1, p.TotalPages), read[p.String()], "pages of %s", p.Span)
			}
		}
		for _, d := range policy.Discovers(pages, now) {
			require.True(t, d.At.After(now), "%s is wanted though all is read", d.Name)
		}
	})
}

func TestDiscoverReadsAPageAgainWhenTheTotalMoved(t *testing.T) {
	t.Parallel()
	span := policy.Spans(now)[2] // of this year
	pages := []policy.DiscoverPage{
		{Span: span, Page: 1, TotalPages: 2, TotalResults: 30, FetchedAt: now, ExpiresAt: now.Add(180 * day)},
		{Span: span, Page: 2, TotalPages: 2, TotalResults: 29, FetchedAt: now.Add(-7 * day), ExpiresAt: now.Add(173 * day)},
	}
	second := find(t, policy.Discovers(pages, now), span.String()+".2")
	require.False(t, second.At.After(now))
}

func TestSpansCoverEveryDayOnce(t *testing.T) {
	t.Parallel()
	spans := policy.Spans(now)
	require.Equal(t, time.Date(now.Year()+1, time.December, 31, 0, 0, 0, 0, time.UTC), spans[0].To)
	for i := 1; i < len(spans); i++ {
		require.Equal(t, spans[i-1].From, spans[i].To.AddDate(0, 0, 1))
	}
	require.Equal(t, *date("1960-01-01"), spans[len(spans)-1].From)
}

func TestSeriesDue(t *testing.T) {
	t.Parallel()
	require.Empty(t, policy.Series{TMDBID: 5}.Due())
	require.Equal(t, policy.SeriesDetail, policy.Series{TMDBID: 5, Discovered: true}.Due()[0].Workload)
	row := &policy.Expiring{FetchedAt: now, ExpiresAt: now.Add(180 * day)}
	require.Equal(t, now.Add(150*day), policy.Series{TMDBID: 5, Row: row}.Due()[0].At)
	require.Equal(t, now.Add(14*day), policy.Series{TMDBID: 5, Row: row, InProduction: true}.Due()[0].At)
	row.Missing = true
	require.Equal(t, now.Add(150*day), policy.Series{TMDBID: 5, Row: row, InProduction: true}.Due()[0].At)
	row.AskAgainAt = now.Add(7 * day)
	due := policy.Series{TMDBID: 5, Row: row, InProduction: true}.Due()[0]
	require.Equal(t, now.Add(7*day), due.At, "it was there once")
	require.Equal(t, policy.TMDBRefresh, due.Workload)
}

func TestSeasonsAreDueAfterTheirSeries(t *testing.T) {
	t.Parallel()
	row := func(at time.Time) *policy.Expiring {
		return &policy.Expiring{FetchedAt: at, ExpiresAt: at.Add(180 * day)}
	}
	season := func(number, episodes int) policy.Season { return policy.Season{Number: number, Episodes: episodes} }
	names := func(s policy.Series, stage policy.WorkloadID) (keys []string) {
		for _, d := range s.Due() {
			if d.Name.Kind == messages.KindSeasonDetail && d.Workload == stage {
				keys = append(keys, d.Name.Key)
			}
		}
		return keys
	}
	listed := []policy.Season{season(0, 3), season(1, 8), season(2, 8), season(3, 0)}
	require.Equal(t, []string{"5.1", "5.2"}, names(policy.Series{TMDBID: 5, Row: row(now), Seasons: listed}, policy.SeasonDetail), "specials and what has no episodes are left out")
	require.Empty(t, names(policy.Series{TMDBID: 5, Discovered: true, Seasons: listed}, policy.SeasonDetail), "the series itself comes first")
	require.Empty(t, names(policy.Series{TMDBID: 5, Row: row(now), Seasons: listed[:2]}, policy.SeasonDetail), "one season is told by its series")
	gone := row(now)
	gone.Missing = true
	require.Empty(t, names(policy.Series{TMDBID: 5, Row: gone, Seasons: listed}, policy.SeasonDetail))

	read := func(number, episodes, known int) policy.Season {
		return policy.Season{Number: number, Episodes: episodes, Known: known, Row: row(now)}
	}
	s := policy.Series{TMDBID: 5, Row: row(now.Add(time.Hour)), Seasons: []policy.Season{read(1, 8, 8), read(2, 8, 8)}}
	require.Equal(t, []string{"5.1", "5.2"}, names(s, policy.TMDBRefresh), "later, before they expire")
	require.Equal(t, now.Add(150*day), s.Due()[1].At)
	s.Seasons[0].Episodes = 9
	require.Equal(t, []string{"5.1"}, names(s, policy.TMDBChanged), "it has another episode")
	s.Seasons[0].Episodes, s.InProduction = 8, true
	require.Equal(t, now.Add(150*day), s.Due()[1].At)
	require.Equal(t, now.Add(14*day), s.Due()[2].At, "the latest is still made")

	edited := now.Add(2 * time.Hour)
	s.Row.EditedAt, s.Seasons[0].Row.EditedAt, s.Seasons[1].Row.EditedAt = edited, edited, edited
	require.Empty(t, names(s, policy.TMDBChanged), "the series is read first")
	s.Row.FetchedAt = edited.Add(time.Hour)
	require.Equal(t, []string{"5.2"}, names(s, policy.TMDBChanged), "and then its latest season")
}

func TestKeepBackGoesToNothing(t *testing.T) {
	t.Parallel()
	backOf := func(h policy.History, left float64, quota int, landed bool) int {
		return policy.KeepBack(h, messages.KOBIS, left, quota, landed)[policy.DetailBack]
	}
	none := policy.History{}
	whole := backOf(none, 1, 3000, true)
	require.Positive(t, whole)
	require.InDelta(t, whole/2, backOf(none, 0.5, 3000, true), 1)
	require.Zero(t, backOf(none, 0, 3000, true), "the budget is used up by the day's end")
	require.Equal(t, 10, backOf(none, 1, 100, true), "never more than a tenth")

	busy := policy.History{Past: daysOf(policy.DetailChanged, 900, 40, 38)}
	done := policy.History{Past: busy.Past, Today: map[policy.WorkloadID]int{policy.DetailChanged: 40}}
	require.Equal(t, 40, backOf(busy, 1, 3000, true))
	require.Zero(t, backOf(done, 1, 3000, true), "today's work is done")
}

// After an outage the box office of many days and thousands of edits are due at
// once; none of them may take the call for yesterday, which comes out later.
func TestNothingTakesTheCallForYesterdaysBoxOffice(t *testing.T) {
	t.Parallel()
	h := policy.History{Today: map[policy.WorkloadID]int{policy.BoxOffice: 20}}
	kept := policy.KeepBack(h, messages.KOBIS, 0.9, 3000, false)
	for _, workload := range policy.Workloads {
		if workload.Source == messages.KOBIS && workload.ID != policy.BoxOffice {
			require.GreaterOrEqual(t, kept[workload.ID], 2, workload.ID)
		}
	}
	require.Zero(t, kept[policy.BoxOffice])
	require.Zero(t, policy.KeepBack(h, messages.KOBIS, 0.9, 3000, true)[policy.Catalogue], "it has landed")

	now := in(0).Add(3 * time.Hour) // noon in Seoul
	final := policy.BoxOfficeDay{Date: *in(-1), Rows: 10, FetchedAt: now.Add(-time.Hour)}
	early := final
	early.FetchedAt = now.Add(-10 * time.Hour)
	for _, tt := range []struct {
		days   []policy.BoxOfficeDay
		landed bool
	}{{nil, false}, {[]policy.BoxOfficeDay{early}, false}, {[]policy.BoxOfficeDay{final}, true}} {
		wanted := policy.BoxOffices(now.AddDate(0, 0, -3), tt.days, now, seoul)
		require.Equal(t, tt.landed, policy.Landed(wanted, now, seoul))
	}
}

// daysOf are past days on which one workload had calls.
func daysOf(workload policy.WorkloadID, calls ...int) (past []map[policy.WorkloadID]int) {
	for _, n := range calls {
		past = append(past, map[policy.WorkloadID]int{workload: n})
	}
	return past
}

func TestDailyNeedCountsDaysAndGrowth(t *testing.T) {
	t.Parallel()
	first := policy.History{Past: daysOf(policy.DetailChanged, 500)}
	usual, _ := policy.DailyNeed(policy.History{}, messages.KOBIS, nil)
	need, _ := policy.DailyNeed(first, messages.KOBIS, nil)
	require.InDelta(t, usual, need, 0, "a first load's day is not an example")

	h := policy.History{Past: daysOf(policy.DetailChanged, 500, 30, 32, 34), Today: map[policy.WorkloadID]int{policy.DetailChanged: 5}}
	need, done := policy.DailyNeed(h, messages.KOBIS, map[policy.WorkloadID]int{policy.DetailChanged: 3})
	require.InDelta(t, 33, need, 0)
	require.InDelta(t, 8, done, 0, "called today, or due")

	h = policy.History{Past: daysOf(policy.SearchBack, 9000, 20, 20, 20)}
	need, _ = policy.DailyNeed(h, messages.TMDB, nil)
	require.InDelta(t, 20, need, 0, "films that appear")
	need, _ = policy.DailyNeed(h, messages.TMDB, map[policy.WorkloadID]int{policy.SearchBack: 100})
	require.Zero(t, need, "that is still load")
}

func TestForecastUsesEachDayAndNoMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := policy.Supply{
			PerSecond: rapid.Float64Range(0.5, 50).Draw(t, "rate"), PerDay: rapid.IntRange(1, 5000).Draw(t, "per day"),
			Daily: float64(rapid.IntRange(0, 300).Draw(t, "daily")), Zone: seoul,
		}
		s.Today = rapid.IntRange(0, s.PerDay).Draw(t, "left today")
		var loads []policy.Load
		total := 0
		for range rapid.IntRange(0, 5).Draw(t, "stages") {
			n := rapid.IntRange(0, 20_000).Draw(t, "calls")
			loads, total = append(loads, policy.Load{Workload: policy.DetailBack, Calls: n}), total+n
		}
		finish, days := policy.Forecast(loads, s, now)
		spread, last := 0, now
		for _, d := range days {
			spread += d.Load
			if d.Load > 0 {
				require.LessOrEqual(t, d.Daily+d.Load, s.PerDay)
			}
		}
		never := false
		for _, f := range finish {
			if f.Calls == 0 {
				continue
			}
			if never = never || f.At.IsZero(); never {
				require.True(t, f.At.IsZero(), "what comes after what is never done is never done")
				continue
			}
			require.False(t, f.At.Before(last), "in order")
			last = f.At
		}
		if !never {
			require.Equal(t, total, spread)
		}
	})
}

func TestForecastWithoutADailyLimit(t *testing.T) {
	t.Parallel()
	now := in(0).Add(3 * time.Hour) // far from the day's end
	finish, days := policy.Forecast([]policy.Load{{Workload: policy.SearchBack, Calls: 36_000}}, policy.Supply{PerSecond: 10, Zone: seoul}, now)
	require.Len(t, days, 1)
	require.Equal(t, now.Add(time.Hour), finish[0].At)
}

// What is not believed at once is asked for again, and no more than that.
func TestWhatIsDoubtedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	yesterday := policy.Date(now, seoul).AddDate(0, 0, -1)
	final := time.Date(now.In(seoul).Year(), now.In(seoul).Month(), now.In(seoul).Day(), 10, 0, 0, 0, seoul)
	for _, tt := range []struct{ after, wait time.Duration }{{time.Minute, time.Hour}, {2 * time.Hour, 2 * time.Hour}, {40 * time.Hour, 40 * time.Hour}} {
		short := policy.BoxOfficeDay{Date: yesterday, Rows: 3, Short: true, FetchedAt: final.Add(tt.after)}
		due := policy.BoxOffices(yesterday, []policy.BoxOfficeDay{short}, final.Add(tt.after), seoul)
		require.Equal(t, final.Add(tt.after+tt.wait), due[len(due)-1].At.In(seoul), "a day that lacks films")
	}

	old := policy.Spans(now)[40]
	page := policy.DiscoverPage{Span: old, Page: 1, TotalPages: 2, TotalResults: 30, FetchedAt: now, ExpiresAt: now.Add(180 * day)}
	require.True(t, find(t, policy.Discovers([]policy.DiscoverPage{page}, now), old.String()+".1").At.After(now.Add(2*day)))
	page.TotalPages, page.TotalResults = 1, 0
	require.Equal(t, now.Add(day), find(t, policy.Discovers([]policy.DiscoverPage{page}, now), old.String()+".1").At, "a window without any")
	page.TotalResults = 9
	second := policy.DiscoverPage{Span: old, Page: 2, TotalPages: 2, TotalResults: 30, FetchedAt: now.Add(-day), ExpiresAt: now.Add(150 * day)}
	require.Equal(t, now.Add(day), find(t, policy.Discovers([]policy.DiscoverPage{page, second}, now), old.String()+".1").At, "a window that collapsed")

	for _, tt := range []struct {
		asked, again time.Duration
		doubted      bool
	}{{0, time.Hour, true}, {time.Hour, day, true}, {day, 0, false}} {
		again, doubted := policy.NoChanges(now, now.Add(tt.asked))
		require.Equal(t, tt.doubted, doubted)
		if doubted {
			require.Equal(t, now.Add(tt.again), again, "a day without changes")
		}
	}
}
