package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// alertCase is what Prometheus scrapes once a minute, in the notation of its own
// tests, and for how long.
type alertCase struct {
	name    string
	minutes int
	series  string
	fires   bool
}

// alertCases has of every alert what makes it fire, and what looks like it.
var alertCases = map[string][]alertCase{
	"CleditNATSAway": {
		{"without NATS", 4, "cledit_nats_connected{instance=\"a\"} 1 0x10", true},
		{"a short reconnect", 4, "cledit_nats_connected{instance=\"a\"} 1 0 1x10", false},
	},
	"CleditNoPlannerLeads": {
		{"two that wait", 4, "cledit_planner_leader{pod=\"a\"} 0x10\ncledit_planner_leader{pod=\"b\"} 0x10", true},
		{"none is scraped", 4, "cledit_build_info{service=\"loader\"} 1x10", true},
		{"one of two leads", 4, "cledit_planner_leader{pod=\"a\"} 0x10\ncledit_planner_leader{pod=\"b\"} 1x10", false},
	},
	"CleditServiceAbsent": {
		{"a quiet day without a loader", 30, quietDay + "\ncledit_build_info{service=\"loader\"} 1x5 stale", true},
		{"a restart", 20, quietDay + "\ncledit_build_info{service=\"loader\"} 1x5 _x2 1x30", false},
		{"no fetchers, as scaled", 20, quietDay + "\ncledit_build_info{service=\"loader\"} 1x30", false},
	},
	"CleditLoaderStalled": {
		{"a quiet day without a loader", 15, quietDay + "\ncledit_loader_last_commit_timestamp_seconds 0x2 stale", true},
		{"a loader that stands still", 15, quietDay + "\ncledit_loader_last_commit_timestamp_seconds 0x60", true},
		{"a loader that loads slowly", 60, quietDay + "\ncledit_loader_last_commit_timestamp_seconds 0+60x60", false},
		{"nothing waits", 60, "cledit_planner_loader_backlog_messages 0x60\ncledit_loader_last_commit_timestamp_seconds 0x60", false},
	},
	"CleditPlannerFails": {
		{"every tick fails", 20, "cledit_planner_failed_ticks_total 0+30x30", true},
		{"two ticks failed", 20, "cledit_planner_failed_ticks_total 0x5 2x30", false},
	},
	"CleditPlannersDiffer": {
		{"two planners", 20, "cledit_planner_settings_info{pod=\"a\",digest=\"1\"} 1x30\ncledit_planner_settings_info{pod=\"b\",digest=\"2\"} 1x30", true},
		{"two planners of one mind", 20, "cledit_planner_settings_info{pod=\"a\",digest=\"1\"} 1x30\ncledit_planner_settings_info{pod=\"b\",digest=\"1\"} 1x30", false},
		{"a rollout", 30, "cledit_planner_settings_info{pod=\"a\",digest=\"1\"} 1x8 stale\ncledit_planner_settings_info{pod=\"b\",digest=\"2\"} _x4 1x30", false},
	},
	"CleditSourceHalted": {
		{"every key refused", 1, "cledit_worker_halted{source=\"kobis\",pod=\"a\"} 0x5\ncledit_worker_halted{source=\"kobis\",pod=\"b\"} 1x5", true},
		{"well", 1, "cledit_worker_halted{source=\"kobis\"} 0x5", false},
	},
	"CleditKeyInvalid": {
		{"a key refused", 3, "cledit_planner_key_state{source=\"kobis\",key=\"k\",state=\"invalid\"} 1x5", true},
		{"a key spent", 3, "cledit_planner_key_state{source=\"kobis\",key=\"k\",state=\"exhausted\"} 1x5", false},
	},
	"CleditSourceFails": {
		{"for half an hour", 30, "cledit_worker_source_failing{source=\"tmdb\"} 1x40", true},
		{"for ten minutes", 30, "cledit_worker_source_failing{source=\"tmdb\"} 1x10 0x40", false},
	},
	"CleditSourceDoubted": {
		{"doubted", 1, "cledit_worker_source_doubted{source=\"tmdb\"} 1x5", true},
		{"believed", 1, "cledit_worker_source_doubted{source=\"tmdb\"} 0x5", false},
	},
	"CleditNothingFetched": {
		{"nobody calls", 40, "cledit_planner_runnable_jobs{source=\"kobis\"} 120x60\ncledit_upstream_requests_total{source=\"kobis\"} 50x60", true},
		{"no fetcher is left", 40, "cledit_planner_runnable_jobs{source=\"kobis\"} 120x60", true},
		{"calls are made", 40, "cledit_planner_runnable_jobs{source=\"kobis\"} 120x60\ncledit_upstream_requests_total{source=\"kobis\"} 0+5x60", false},
		{
			"the lead changed, and the new leader has nothing to do", 40,
			"cledit_planner_runnable_jobs{source=\"kobis\",pod=\"old\"} 120x5 stale\ncledit_planner_runnable_jobs{source=\"kobis\",pod=\"new\"} _x5 0x60", false,
		},
	},
	"CleditLoaderBehind": {
		{"blocked", 20, "cledit_planner_blocked 1x30", true},
		{"the lead changed, and nothing is blocked any more", 30, "cledit_planner_blocked{pod=\"old\"} 1x5 stale\ncledit_planner_blocked{pod=\"new\"} _x5 0x60", false},
	},
	"CleditTitlesBlocked": {
		{"one", 10, "cledit_loader_blocked_titles_total 0x5 1x30", true},
		{"one, two hours ago", 130, "cledit_loader_blocked_titles_total 0x5 1x180", false},
	},
	"CleditKindHeld": {
		{"a kind", 1, "cledit_loader_held_kinds 1x5", true},
		{"none", 1, "cledit_loader_held_kinds 0x5", false},
	},
	"CleditDeadLetters": {
		{"one", 10, "cledit_planner_dead_letters_total 0x5 1x30", true},
		{"none", 10, "cledit_planner_dead_letters_total 4x30", false},
	},
	"CleditDeadLettersOpen": {
		{"more than a day ago, though none within the hour", 1560, openLetters + " 3x1440 8x200", true},
		{"counted for the first time", 20, openLetters + " 3x40", true},
		{"no more than a day ago, under another leader", 1560, openLetters + " 3x100 stale\ncledit_planner_dead_letters_open{source=\"kobis\",kind=\"movie-detail\",pod=\"b\"} _x100 3x1600", false},
		{"fewer than a day ago", 1560, openLetters + " 8x100 3x1600", false},
		{"none", 60, openLetters + " 0x100", false},
	},
	"CleditDataLate": {
		{"late for half an hour", 30, "cledit_freshness_overdue_seconds{dataset=\"series\"} 0x5 60+60x60", true},
		{"late for ten minutes", 30, "cledit_freshness_overdue_seconds{dataset=\"series\"} 0x5 60+60x10 0x60", false},
		{"the lead changed, and the new leader sees it landed", 40, "cledit_freshness_overdue_seconds{dataset=\"series\",pod=\"a\"} 60x5 stale\ncledit_freshness_overdue_seconds{dataset=\"series\",pod=\"b\"} _x5 0x60", false},
	},
	"CleditBoxOfficeLate": {
		{"three hours late", 200, "cledit_freshness_overdue_seconds{dataset=\"box-office\"} 0+60x300", true},
		{"an hour late", 60, "cledit_freshness_overdue_seconds{dataset=\"box-office\"} 0+60x300", false},
		{"another data set", 200, "cledit_freshness_overdue_seconds{dataset=\"series\"} 0+60x300", false},
	},
	"CleditQuotaGoneEarly": {
		{"in the morning", 20, spent + "\ncledit_planner_quota_reset_timestamp_seconds{source=\"kobis\"} 43200x60\n" + dueToday, true},
		{"in the evening", 20, spent + "\ncledit_planner_quota_reset_timestamp_seconds{source=\"kobis\"} 10800x60\n" + dueToday, false},
		{"by a first load", 20, spent + "\ncledit_planner_quota_reset_timestamp_seconds{source=\"kobis\"} 43200x60\ncledit_planner_due_calls{source=\"kobis\",stage=\"detail-back\"} 3000x60", false},
		{"without a daily limit", 20, "cledit_planner_budget_calls{source=\"tmdb\"} 1e300x60\ncledit_planner_due_calls{source=\"tmdb\",stage=\"tmdb-changed\"} 8x60", false},
	},
	"CleditStorageNearFull": {
		{"DEAD fills", 20, "cledit_planner_stream_bytes{stream=\"DEAD\"} 90x60\ncledit_planner_stream_max_bytes{stream=\"DEAD\"} 100x60", true},
		{"half full", 20, "cledit_planner_stream_bytes{stream=\"DEAD\"} 50x60\ncledit_planner_stream_max_bytes{stream=\"DEAD\"} 100x60", false},
		{"RAW, which is meant to be full", 20, "cledit_planner_stream_bytes{stream=\"RAW\"} 99x60\ncledit_planner_stream_max_bytes{stream=\"RAW\"} 100x60", false},
	},
	"CleditJobsStuck": {
		{"one", 10, "cledit_planner_stuck_jobs_total 0x5 1x30", true},
		{"one, two hours ago", 130, "cledit_planner_stuck_jobs_total 0x5 1x180", false},
	},
	"CleditVersionsDiffer": {
		{"for two hours", 120, "cledit_build_info{service=\"loader\",version=\"1\"} 1x200\ncledit_build_info{service=\"planner\",version=\"2\"} 1x200", true},
		{"a rollout of half an hour", 120, "cledit_build_info{service=\"loader\",version=\"1\"} 1x30 stale\ncledit_build_info{service=\"planner\",version=\"2\"} 1x200", false},
	},
	"CleditForeignMessages": {
		{"one in RAW", 10, "cledit_loader_foreign_total 0x5 1x30", true},
		{"jobs done", 10, "cledit_worker_jobs_total{outcome=\"done\"} 0+5x30", false},
	},
	"CleditTopologyDiffers": {
		{"a setting", 10, "cledit_planner_topology_differences 1x30", true},
		{"none", 10, "cledit_planner_topology_differences 0x30", false},
	},
}

const (
	// quietDay has a planner that leads and forty answers that wait: far from what
	// blocks planning.
	quietDay = "cledit_build_info{service=\"planner\"} 1x60\ncledit_planner_leader 1x60\n" +
		"cledit_planner_blocked 0x60\ncledit_planner_loader_backlog_messages 40x60"
	spent       = "cledit_planner_budget_calls{source=\"kobis\"} 0x60"
	dueToday    = "cledit_planner_due_calls{source=\"kobis\",stage=\"box-office\"} 1x60\ncledit_planner_due_calls{source=\"kobis\",stage=\"detail-changed\"} 0x60"
	openLetters = "cledit_planner_dead_letters_open{source=\"kobis\",kind=\"movie-detail\",pod=\"a\"}"
)

// Every alert fires when it has to and is silent when it looks like it, as
// Prometheus itself evaluates it once a minute.
func TestAlertsFireWhenTheyHaveTo(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, a := range readAlerts(t) {
		known[a.Alert] = true
		var fires, silent bool
		for _, c := range alertCases[a.Alert] {
			fires, silent = fires || c.fires, silent || !c.fires
			t.Run(a.Alert+" "+c.name, func(t *testing.T) {
				t.Parallel()
				require.Equal(t, c.fires, firesAt(t, a, c))
			})
		}
		require.True(t, fires && silent, "%s needs a case in which it fires and one in which it does not", a.Alert)
	}
	for name := range alertCases {
		require.True(t, known[name], "there is no alert %s", name)
	}
}

// firesAt evaluates a rule each minute, and reports whether it fires at the end: for
// the time that it asks for there was a row, with the same labels, at each minute.
func firesAt(t *testing.T, a alert, c alertCase) bool {
	t.Helper()
	var hold model.Duration
	if a.For != "" {
		var err error
		hold, err = model.ParseDuration(a.For)
		require.NoError(t, err)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 1_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: parser.NewParser(parser.Options{}),
	})
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	store := scraped(t, c.series)
	pending := map[uint64]int{}
	for minute := max(0, c.minutes-int(time.Duration(hold)/time.Minute)); minute <= c.minutes; minute++ {
		query, err := engine.NewInstantQuery(t.Context(), store, nil, a.Expr, time.Unix(int64(minute)*60, 0))
		require.NoError(t, err)
		result := query.Exec(t.Context())
		require.NoError(t, result.Err)
		rows, err := result.Vector()
		require.NoError(t, err)
		now := map[uint64]int{}
		for _, row := range rows {
			now[row.Metric.Hash()] = pending[row.Metric.Hash()] + 1
		}
		pending = now
		query.Close()
	}
	for _, minutes := range pending {
		if time.Duration(minutes-1)*time.Minute >= time.Duration(hold) {
			return true
		}
	}
	return false
}

// scraped are series in the notation of Prometheus' own tests, a sample a minute.
func scraped(t *testing.T, text string) (all series) {
	t.Helper()
	for line := range strings.Lines(text) {
		metric, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(strings.TrimSpace(line))
		require.NoError(t, err, line)
		one := promql.Series{Metric: metric}
		for minute, v := range values {
			if !v.Omitted {
				one.Floats = append(one.Floats, promql.FPoint{T: int64(minute) * 60_000, F: v.Value})
			}
		}
		all = append(all, one)
	}
	return all
}
