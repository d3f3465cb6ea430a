package planner

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// planAt is Plan at the world's time.
func (w *world) planAt(ctx context.Context, cfg PlanConfig) error {
	cfg.Now = w.now
	return Plan(ctx, cfg)
}

// report runs `planner plan --json` with the flags given.
func (w *world) report(flags ...string) Report {
	w.t.Helper()
	var r Report
	require.NoError(w.t, json.Unmarshal([]byte(w.planned(append(flags, "--json")...)), &r))
	return r
}

func (w *world) planned(flags ...string) string {
	w.t.Helper()
	app := App()
	for i, command := range app.Commands {
		if command.Name == "plan" {
			app.Commands[i] = service.NewCommand("plan", command.Short, w.planAt)
		}
	}
	var out, problems bytes.Buffer
	environ := []string{
		"DATABASE_URL=" + w.url, "NATS_URL=" + w.srv.ClientURL(), "LOG_LEVEL=error",
		"BACKFILL_FROM_YEAR=" + w.year(-8), "BACKFILL_TO_YEAR=" + w.year(0), "KOBIS_DAILY_QUOTA=100",
	}
	code := app.Execute(w.t.Context(), append([]string{"plan"}, flags...), environ, service.Streams{Stdout: &out, Stderr: &problems})
	require.Zero(w.t, code, problems.String())
	return out.String()
}

func workloadOf(t testing.TB, r Report, id policy.WorkloadID) workloadReport {
	t.Helper()
	for _, workload := range r.Workloads {
		if workload.Workload == id {
			return workload
		}
	}
	require.Fail(t, "no such stage", id)
	return workloadReport{}
}

func callsOf(r Report, source messages.Source) (n int) {
	for _, workload := range r.Workloads {
		if workload.Source == source {
			n += workload.Calls
		}
	}
	return n
}

func TestPlanOfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	r := w.report()
	require.Equal(t, 19, r.Catalogue.Windows)
	require.Zero(t, r.Catalogue.Complete)
	require.Equal(t, w.boxOffice(-1), r.Next[0].Name)
	require.Equal(t, report.AssumedFilms, workloadOf(t, r, policy.DetailBack).Calls)
	require.InDelta(t, 1200, workloadOf(t, r, policy.Catalogue).Calls, 5)
	require.Greater(t, len(r.Days), 1000, "with one key of 100 calls a day")
	require.False(t, r.Supplies[0].Registered)
	require.Zero(t, w.count("SELECT count(*) FROM ops.windows"), "a dry run changes nothing")
	_, err := w.js.Stream(t.Context(), "JOBS")
	require.Error(t, err, "nor does it make streams")
}

func TestPlanAnswersWhatIf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	one, ten := w.report(), w.report("--keys", "10", "--rate", "50/1s")
	require.Equal(t, 10, ten.Supplies[0].Keys)
	require.Equal(t, 1000, ten.Supplies[0].PerDay)
	require.Equal(t, quota.Rate{N: 50, Per: time.Second}, ten.Supplies[0].Rate)
	require.Less(t, len(ten.Days)*10, len(one.Days))
}

func TestPlanForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(120)...)
	w.settle()
	w.films = append([]film{w.newFilm()}, w.films...)
	w.pass(25 * time.Hour)
	text := w.planned()
	for _, part := range []string{
		"120 films known, 120 claimed, 19 of 19 windows complete", "kobis.movie-list.all.1",
		"Work, best first", "Next calls", "Calls to KOBIS a day",
	} {
		require.Contains(t, text, part)
	}
}

// The estimate that the plan gives once the list is read is held against the calls
// of the run that follows.
func TestPlanEstimatesCallsAndDays(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	films := catalogueOf(400)
	w := newWorld(t, films...)
	for range 3 { // until the total of the list is known
		w.tick()
		w.fetch()
		w.load()
	}
	r := w.report()
	before := w.calledAt(messages.KOBIS)
	w.settle()
	actual := w.calledAt(messages.KOBIS) - before
	// Those of people are assumed: films come first, so no page has told how many there are.
	people := workloadOf(t, r, policy.PeopleList).Calls + workloadOf(t, r, policy.PeopleDetail).Calls
	require.Equal(t, 2501+40, people)
	require.InEpsilon(t, actual, callsOf(r, messages.KOBIS)-people, 0.05)

	// 100 calls a day, less the daily work.
	perDay := 100 - r.Supplies[0].DailyWork
	if perDay > 0 {
		days := math.Ceil(float64(callsOf(r, messages.KOBIS)) / perDay)
		require.InDelta(t, days, len(r.Days), 1)
	}
}

func (w *world) calledAt(source messages.Source) (n int) {
	for _, name := range w.calls {
		if name.Source == source {
			n++
		}
	}
	return n
}

// What new rules of matching, or a person, want to read is in the plan before it
// is called.
func TestPlanShowsTheCallsThatNewRulesOfMatchingBring(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.settle()
	before := w.report()
	require.Zero(t, workloadOf(t, before, policy.TMDBCandidates).Calls)

	w.exec(`UPDATE production.matches SET status = 'review', tmdb_id = NULL, rule_version = 2, evidence = '{"wanted": [900001, 900002]}'
		WHERE movie_cd = (SELECT min(movie_cd) FROM production.matches)`)
	require.Equal(t, 1, w.report().Unread, "a planner reads it with its next tick")
	_, _, err := store.New(w.db).Due.Derive(t.Context(), 100, w.now())
	require.NoError(t, err)
	after := w.report()
	require.Equal(t, 2, workloadOf(t, after, policy.TMDBCandidates).Calls)
	require.Equal(t, callsOf(before, messages.KOBIS), callsOf(after, messages.KOBIS), "none of KOBIS")
	require.Zero(t, w.count("SELECT count(*) FROM ops.jobs WHERE subject LIKE '%90000%'"), "nothing was called yet")
}

// The figures that the README gives are those of this program's own plan.
func TestTheReadmesFiguresAreThePlans(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	said := regexp.MustCompile(`(?s)some ([\d,]+) calls to KOBIS and ([\d,]+) to TMDB\.\s.*? takes (\d+) days with one key and (\d+) with ten`).FindStringSubmatch(string(text))
	require.Len(t, said, 5)
	figure := func(i int) int {
		n, err := strconv.Atoi(strings.ReplaceAll(said[i], ",", ""))
		require.NoError(t, err)
		return n
	}
	w := newWorld(t)
	defaults := []string{"--kobis-daily-quota", "3000", "--backfill-from-year", "1919"}
	one, ten := w.report(defaults...), w.report(append(defaults, "--keys", "10")...)
	require.InEpsilon(t, figure(1), callsOf(one, messages.KOBIS), 0.01)
	require.InEpsilon(t, figure(2), callsOf(one, messages.TMDB), 0.01)
	require.InDelta(t, figure(3), len(one.Days), 1)
	require.InDelta(t, figure(4), len(ten.Days), 1)
}
