package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
		{"the ledger's bucket fills", 20, "cledit_planner_stream_bytes{stream=\"KV_QUOTA\"} 90x60\ncledit_planner_stream_max_bytes{stream=\"KV_QUOTA\"} 100x60", true},
		{"half full", 20, "cledit_planner_stream_bytes{stream=\"DEAD\"} 50x60\ncledit_planner_stream_max_bytes{stream=\"DEAD\"} 100x60", false},
		{"RAW, which is meant to be full", 20, "cledit_planner_stream_bytes{stream=\"RAW\"} 99x60\ncledit_planner_stream_max_bytes{stream=\"RAW\"} 100x60", false},
	},
	"CleditJobsStuck": {
		{"one", 10, "cledit_planner_stuck_jobs_total 0x5 1x30", true},
		{"one, two hours ago", 130, "cledit_planner_stuck_jobs_total 0x5 1x180", false},
	},
	"CleditCallsWasted": {
		{"every fifth call", 90, sent + " 0+5x100\n" + brought + " 0+4x100", true},
		{"no call brings anything, and none ever did", 90, sent + " 0+5x100", true},
		{"it is over", 90, sent + " 0+5x100\n" + brought + " 0+3x80 240+5x20", false},
		{"every twentieth", 90, sent + " 0+20x100\n" + brought + " 0+19x100", false},
		{"four calls", 90, sent + " 0x80 1+1x3 4x20", false},
	},
	"CleditCallsWastedSlowly": {
		{"every tenth call", 400, sent + " 0+10x500\n" + brought + " 0+9x500", true},
		{"one in a hundred", 400, sent + " 0+100x500\n" + brought + " 0+99x500", false},
		{"a bad quarter of an hour", 400, sent + " 0+10x500\n" + brought + " 0+10x100 1000+5x15 1080+10x400", false},
	},
	"CleditPlannerSlow": {
		{"three seconds of two", 30, ticks + "le=\"2\"} 0+1x40\n" + ticks + "le=\"4\"} 0+30x40\n" + ticks + "le=\"+Inf\"} 0+30x40", true},
		{"one of fifty", 30, ticks + "le=\"2\"} 0+49x40\n" + ticks + "le=\"4\"} 0+50x40\n" + ticks + "le=\"+Inf\"} 0+50x40", false},
		{"for ten minutes", 30, ticks + "le=\"2\"} 0x10 0+30x40\n" + ticks + "le=\"4\"} 0+30x50\n" + ticks + "le=\"+Inf\"} 0+30x50", false},
	},
	"CleditReviewGrows": {
		{"more than a week ago", 10300, inReview + " 210x400 240x11000", true},
		{"fewer than a week ago", 10300, inReview + " 240x400 210x11000", false},
		{"few", 10300, inReview + " 3x400 180x11000", false},
		{"a first load", 300, inReview + " 0+10x400", false},
	},
	"CleditCatalogueIncomplete": {
		{"a film is missing for eight days", 11600, inCatalogue(1200, 1199) + complete + " 0x12000", true},
		{"a year that never adds up", 11600, inCatalogue(1200, 1200) + complete + " 1x12000", true},
		{"whole, and looked at every day", 11600, inCatalogue(1200, 1200) + complete + " 0x1000 1x10 0x1400 1x10 0x10000", false},
		{"a first load of six days", 11600, inCatalogue(1200, 1200) + complete + " 1x8640 0x3000", false},
	},
	"CleditTMDBExpiring": {
		{"within six days, with calls that are due", 90, expiring(6*24*3600) + renewals + " 12x100", true},
		{"within six days, and none is to be renewed", 90, expiring(6*24*3600) + renewals + " 0x100", false},
		{"within a month", 90, expiring(30*24*3600) + renewals + " 12x100", false},
		{"of a table that no reader sees", 90, "cledit_loader_expiry_next_timestamp_seconds{table=\"tmdb_searches\"} 1000x100\n" + renewals + " 12x100", false},
	},
	"CleditFloorSet": {
		{"purged, and fetched again", 10, "cledit_loader_floor_set_timestamp_seconds{source=\"tmdb\"} 60x20\ncledit_upstream_requests_total{source=\"tmdb\"} 0+5x20", true},
		{"purged, and the other is fetched", 10, "cledit_loader_floor_set_timestamp_seconds{source=\"tmdb\"} 60x20\ncledit_upstream_requests_total{source=\"kobis\"} 0+5x20", false},
		{"purged long ago", 100, "cledit_loader_floor_set_timestamp_seconds{source=\"tmdb\"} 60x200\ncledit_upstream_requests_total{source=\"tmdb\"} 0+5x200", false},
	},
	"CleditDrift": {
		{"a new field", 10, drift + "what=\"new field\"} 0x5 1x30", true},
		{"a missing field", 10, drift + "what=\"missing field\"} 0x5 1x30", false},
		{"a new field, two hours ago", 130, drift + "what=\"new field\"} 0x5 1x200", false},
	},
	"CleditFieldMissing": {
		{"a missing field", 10, drift + "what=\"missing field\"} 0x5 1x30", true},
		{"a new field", 10, drift + "what=\"new field\"} 0x5 1x30", false},
	},
	"CleditDatabaseRefuses": {
		{"the disk is full", 10, "cledit_loader_retries_total{cause=\"disk_full\"} 0x5 1x30", true},
		{"a restart of Postgres", 10, "cledit_loader_retries_total{cause=\"unavailable\"} 0x5 9x30", false},
		{"mended a while ago", 30, "cledit_loader_retries_total{cause=\"disk_full\"} 0x5 9x60", false},
	},
	"CleditRawForgetsEarly": {
		{"a day is left", 120, raw(98) + " 0x200", true},
		{"half full", 120, raw(50) + " 0x200", false},
		{"full, and months old", 120, raw(98) + " -9000000x200", false},
	},
	"CleditBackupOld": {
		{"of the day before yesterday", 1700, "kube_cronjob_created{cronjob=\"backup-database\"} -9000000x2000\nkube_cronjob_status_last_successful_time{cronjob=\"backup-database\"} 0x2000", true},
		{"never, since it was set up two days ago", 1700, "kube_cronjob_created{cronjob=\"backup-database\"} 0x2000", true},
		{"of last night", 1700, "kube_cronjob_created{cronjob=\"backup-database\"} -9000000x2000\nkube_cronjob_status_last_successful_time{cronjob=\"backup-database\"} 43200x2000", false},
		{"set up today", 300, "kube_cronjob_created{cronjob=\"backup-database\"} 0x2000", false},
		{"a restore that was never made", 1700, "kube_cronjob_created{cronjob=\"restore-database\"} 0x2000", false},
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
	sent     = `cledit_upstream_requests_total{source="kobis",kind="movie-detail",status="2xx"}`
	brought  = `cledit_worker_jobs_total{source="kobis",kind="movie-detail",outcome="done"}`
	ticks    = "cledit_planner_interval_seconds 2x60\ncledit_planner_tick_seconds_bucket{"
	inReview = `cledit_loader_matches{status="review"}`
	complete = `cledit_planner_catalogue_windows{phase="complete"} 20x12000` + "\n" + `cledit_planner_catalogue_windows{phase="reading"}`
	renewals = `cledit_planner_due_calls{source="tmdb",stage="tmdb-refresh"}`
	drift    = `cledit_loader_drift_total{source="tmdb",kind="movie-detail",`
	// quietDay has a planner that leads and forty answers that wait: far from what
	// blocks planning.
	quietDay = "cledit_build_info{service=\"planner\"} 1x60\ncledit_planner_leader 1x60\n" +
		"cledit_planner_blocked 0x60\ncledit_planner_loader_backlog_messages 40x60"
	spent       = "cledit_planner_budget_calls{source=\"kobis\"} 0x60"
	dueToday    = "cledit_planner_due_calls{source=\"kobis\",stage=\"box-office\"} 1x60\ncledit_planner_due_calls{source=\"kobis\",stage=\"detail-changed\"} 0x60"
	openLetters = "cledit_planner_dead_letters_open{source=\"kobis\",kind=\"movie-detail\",pod=\"a\"}"
)

// inCatalogue is a list of KOBIS that claims so many films, of which so many are known.
func inCatalogue(claimed, known int) string {
	return fmt.Sprintf("cledit_planner_catalogue_claimed_films %dx12000\ncledit_planner_catalogue_known_films %dx12000\n", claimed, known)
}

// expiring are films of TMDB of which the first expires after so many seconds.
func expiring(seconds int) string {
	return fmt.Sprintf("cledit_loader_expiry_next_timestamp_seconds{table=\"tmdb_movies\"} %dx100\n", seconds)
}

// raw is the stream RAW that is full to so many percent; the time of its first message
// follows.
func raw(percent int) string {
	return fmt.Sprintf("cledit_planner_stream_bytes{stream=\"RAW\"} %dx200\ncledit_planner_stream_max_bytes{stream=\"RAW\"} 100x200\ncledit_planner_stream_first_timestamp_seconds{stream=\"RAW\"}", percent)
}

// always is the alert that has nothing to be silent about.
const always = "CleditWatchdog"

// The dead man's switch fires with nothing measured at all.
func TestTheWatchdogAlwaysFires(t *testing.T) {
	t.Parallel()
	for _, a := range readAlerts(t) {
		if a.Alert == always {
			require.True(t, firesAt(t, a, alertCase{minutes: 1}))
			return
		}
	}
	t.Fatal("there is none")
}

// Alertmanager's example speaks of alerts that there are.
func TestTheExampleOfAlertmanagerNamesAlerts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(monitoring, "alertmanager.yaml"))
	require.NoError(t, err)
	known := map[string]bool{}
	for _, a := range readAlerts(t) {
		known[a.Alert] = true
	}
	named := regexp.MustCompile(`Cledit[A-Za-z]+`).FindAllString(string(text), -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		require.True(t, known[name], "there is no alert %s", name)
	}
}

// Every alert fires when it has to and is silent when it looks like it, as
// Prometheus itself evaluates it once a minute.
func TestAlertsFireWhenTheyHaveTo(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, a := range readAlerts(t) {
		known[a.Alert] = true
		if a.Alert == always {
			continue
		}
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

// firesAt evaluates a rule each minute, or a hundred times in the time that it asks
// for where that is longer, and reports whether it fires at the end: for that time
// there was a row, with the same labels, each time.
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
	asked := int(time.Duration(hold) / time.Minute)
	every := max(1, asked/100)
	for minute := max(0, c.minutes-(asked+every-1)/every*every); minute <= c.minutes; minute += every {
		query, err := engine.NewInstantQuery(t.Context(), store, nil, a.Expr, time.Unix(int64(minute)*60, 0))
		require.NoError(t, err)
		result := query.Exec(t.Context())
		require.NoError(t, result.Err)
		rows, err := result.Vector()
		require.NoError(t, err)
		now := map[uint64]int{}
		for _, row := range rows {
			now[row.Metric.Hash()] = pending[row.Metric.Hash()] + every
		}
		pending = now
		query.Close()
	}
	for _, minutes := range pending {
		if time.Duration(minutes-every)*time.Minute >= time.Duration(hold) {
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
