package e2e_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/rehearsal"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
)

// outage is a time without some services.
type outage struct {
	from, days int
	services   []string
}

// script is how a month goes.
type script struct {
	days, films, series, quota int
	alone                      bool // without the built-in catalogue
	hours                      int  // between two ticks
	edits                      int  // of films, on a day
	outages                    []outage
	tolerance                  float64 // of the plan's estimates for KOBIS
	toleranceTMDB              float64 // whose searches follow from what the ones before find
}

// short is a month in half a minute: what an outage leaves out costs nothing.
var short = script{
	days: 30, films: 350, series: 28, quota: 80, alone: true, hours: 6, edits: 8,
	outages:   []outage{{from: 7, days: 2, services: rehearsal.All}, {from: 10, days: 17, services: rehearsal.All}},
	tolerance: 0.25, toleranceTMDB: 0.25, // some hundred calls scatter
}

// full is a month at whose end TMDB alone was away, while KOBIS went on.
var full = script{
	days: 35, films: 1500, series: 100, quota: 200, alone: true, hours: 3, edits: 12,
	outages:   []outage{{from: 11, days: 2, services: rehearsal.All}, {from: 14, days: 20, services: []string{rehearsal.TMDB}}},
	tolerance: 0.05, toleranceTMDB: 0.05,
}

// TestMonth lets the sources live while the pipeline loads them first, follows
// them day by day, is away for two days, and without TMDB for more than the two
// weeks of changes that TMDB tells.
func TestMonth(t *testing.T) {
	t.Parallel()
	s := short
	if os.Getenv("MONTH") == "full" {
		s = full
	}
	m := newMonth(t, s, 7)
	m.live()
	m.RequireTruth(m.boxOfficeDays())
	m.requireLandings()
	m.requireBudget()
}

// TestEstimateForTMDB holds the plan against the calls of TMDB, where those of KOBIS
// are not bound: a film's later searches wait for its detail.
func TestEstimateForTMDB(t *testing.T) {
	t.Parallel()
	s := short
	if os.Getenv("MONTH") == "full" {
		s = full
	}
	s.quota = 2 * s.films
	m := newMonth(t, s, 7)
	m.Start(rehearsal.All...)
	m.estimateTMDB()
}

// month is a script under way.
type month struct {
	*rehearsal.Stage
	script
	t     *testing.T
	rng   *rand.Rand
	zone  *time.Location
	first time.Time // the first day, at midnight
	added int       // films, and series
	calls []calls   // of each day
	plan  promise
}

// promise is what the plan says about the first load of KOBIS.
type promise struct {
	from, days int // the first day, and how many it takes
	calls      int
	before     int // calls that had been made
	done       bool
}

// estimated is the day on whose morning the plan is asked: it takes some days to
// tell what a day is like.
const estimated = 3

// calls are the requests that the sources counted on a day.
type calls struct{ kobis, tmdb int }

// boxOfficeBefore is how many days before the first the box office is wanted for.
const boxOfficeBefore = 7

func newMonth(t *testing.T, s script, seed uint64) *month {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	m := &month{script: s, t: t, rng: rand.New(rand.NewPCG(seed, 1)), zone: zone}
	m.first = time.Date(2025, time.December, 1, 0, 0, 0, 0, zone)
	m.Stage = rehearsal.New(t, rehearsal.Options{
		Start: m.first.Add(30 * time.Minute), DailyQuota: s.quota,
		Sim: sim.Options{
			Generate: generate.Options{Alone: s.alone, Films: s.films, Series: s.series, BoxOffice: true, Seed: seed},
			KOBIS: kobis.Options{
				BoxOfficeDelay: 2 * time.Hour,
				Drift:          kobis.Drift{Edits: 0.1, Seed: seed},
			},
		},
		Env: map[string]string{
			"BACKFILL_FROM_YEAR": "2015", "BACKFILL_TO_YEAR": "2026", "BOX_OFFICE_FROM": m.first.AddDate(0, 0, -boxOfficeBefore).Format(time.DateOnly),
			"LOADER_CHUNK": "1",
		},
	})
	return m
}

// live goes through the days.
func (m *month) live() {
	m.Start(rehearsal.All...)
	for day := range m.days {
		if day == estimated {
			m.Stop(rehearsal.KOBIS) // else it calls before the plan is asked
		}
		if day > 0 {
			m.WindOn(m.hours)
		}
		if day == estimated {
			m.Quiet()
			m.promised(day)
			m.Start(rehearsal.KOBIS)
		}
		for _, o := range m.outages {
			switch day {
			case o.from:
				m.Stop(o.services...)
			case o.from + o.days:
				m.Start(o.services...)
			}
		}
		m.day(day)
		m.kept(day)
	}
	m.t.Logf("calls by day: %v", m.calls)
}

// promised notes what the plan says on a morning, before anything is called.
func (m *month) promised(day int) {
	r := m.report()
	m.plan = promise{from: day, days: len(r.Days), calls: r.calls(messages.KOBIS), before: m.Sim.Stats().KOBIS.Requests}
	for _, d := range r.Days {
		m.plan.calls += d.Daily
	}
}

// kept holds the plan against the calls and days that the first load took, at the
// end of its last day.
func (m *month) kept(day int) {
	if m.plan.days == 0 || m.plan.done || m.Count(`SELECT count(*) FROM ops.due WHERE stage = 'detail-back' AND ready`) > 0 {
		return
	}
	m.plan.done = true
	calls := m.Sim.Stats().KOBIS.Requests - m.plan.before
	days := day - m.plan.from + 1
	m.t.Logf("KOBIS: %d calls on %d days, estimated %d on %d", calls, days, m.plan.calls, m.plan.days)
	require.InEpsilon(m.t, calls, m.plan.calls, m.tolerance)
	require.InDelta(m.t, days, m.plan.days, max(1, m.tolerance*float64(days)), "a day is the unit")
}

// estimateTMDB asks the plan when half of the films have been searched, and holds
// it against the calls that the rest takes.
func (m *month) estimateTMDB() {
	m.Until(func(s planner.Status) bool {
		return s.CatalogueRead && 2*m.Count(`SELECT count(DISTINCT movie_cd) FROM staging.tmdb_searches`) > m.films
	})
	m.Stop(rehearsal.TMDB)
	m.Quiet()
	estimate, before := m.report().calls(messages.TMDB), m.Sim.Stats().TMDB.Requests
	m.Start(rehearsal.TMDB)
	m.Quiet()
	calls := m.Sim.Stats().TMDB.Requests - before
	m.t.Logf("TMDB: %d calls, estimated %d", calls, estimate)
	require.InEpsilon(m.t, calls, estimate, m.toleranceTMDB)
}

// report is what the plan says now.
func (m *month) report() (r report) {
	m.t.Helper()
	require.NoError(m.t, json.Unmarshal(m.Plan(), &r))
	return r
}

type report planner.Report

// calls are those that a source is still to be asked, without daily work.
func (r report) calls(source messages.Source) (n int) {
	for _, workload := range r.Workloads {
		if workload.Source == source {
			n += workload.Calls
		}
	}
	return n
}

// away reports whether nothing runs on a day.
func (m *month) away(day int) bool {
	for _, o := range m.outages {
		if day >= o.from && day < o.from+o.days && len(o.services) == len(rehearsal.All) {
			return true
		}
	}
	return false
}

// day goes from half past midnight to the last tick before the next. On the last
// two nothing changes at the sources, so that what did has been seen.
func (m *month) day(day int) {
	before := m.Sim.Stats()
	midnight := m.first.AddDate(0, 0, day+1)
	for {
		if !m.away(day) {
			m.Quiet()
		}
		if day < m.days-2 {
			m.change()
		}
		if m.Clock.Now().Add(time.Duration(m.hours) * time.Hour).After(midnight) {
			break
		}
		m.WindOn(m.hours)
	}
	after := m.Sim.Stats()
	m.calls = append(m.calls, calls{after.KOBIS.Requests - before.KOBIS.Requests, after.TMDB.Requests - before.TMDB.Requests})
	if !m.away(day) {
		m.requireYesterday()
	}
}

// requireYesterday holds that the box office of the day before has landed.
func (m *month) requireYesterday() {
	m.t.Helper()
	yesterday := m.Clock.Now().In(m.zone).AddDate(0, 0, -1).Format(time.DateOnly)
	require.Equal(m.t, 10, m.Count(`SELECT count(*) FROM staging.kobis_box_office WHERE date = $1::text::date`, yesterday),
		"the box office of %s did not land on the next day", yesterday)
}

// change is what people do at the sources until the next tick.
func (m *month) change() {
	looks := 24 / m.hours
	for range m.share(m.edits, looks) {
		codes := m.Sim.KOBIS.Catalogue().Codes()
		m.Sim.KOBIS.Catalogue().Edit(codes[m.rng.IntN(len(codes))], func(f *kobis.Film, d *kobis.Detail) {
			kobis.ToggleStatus(f, d)
			if d != nil {
				minutes, _ := strconv.Atoi(d.Minutes)
				d.Minutes = strconv.Itoa(minutes + 1)
			}
		})
	}
	for range m.share(m.edits/2, looks) {
		movies := m.Sim.TMDB.Catalogue()
		ids, serials := movies.MovieIDs(), movies.SeriesIDs()
		movies.EditMovie(ids[m.rng.IntN(len(ids))], func(movie *tmdb.Movie) { movie.Minutes++ })
		movies.EditSeries(serials[m.rng.IntN(len(serials))], func(s *tmdb.Series) { s.Episodes++ })
	}
	for range m.share(m.edits/4, looks) {
		m.add()
	}
}

// share is how many of a day's events happen before the next of so many looks.
func (m *month) share(events, looks int) int {
	n := events / looks
	if m.rng.IntN(looks) < events%looks {
		n++
	}
	return n
}

// add is a new film, known to both sources, and a new series.
func (m *month) add() {
	const apart = 1_000_000 // from the films that were there at first
	film, detail := generate.NewFilm(7)(apart + m.added)
	m.Sim.KOBIS.Catalogue().Add(film, detail)
	m.Sim.TMDB.Catalogue().AddMovie(generate.Counterpart(film, *detail, apart+m.added))
	series := generate.Series(7, apart+m.added)
	series.FirstAired = m.Clock.Now().In(m.zone).Format(time.DateOnly)
	m.Sim.TMDB.Catalogue().AddSeries(series)
	m.added++
}

// boxOfficeDays are those from the first that is wanted to yesterday.
func (m *month) boxOfficeDays() (days []string) {
	today := m.Clock.Now().In(m.zone).Format("20060102")
	for day := m.first.AddDate(0, 0, -boxOfficeBefore); day.Format("20060102") < today; day = day.AddDate(0, 0, 1) {
		days = append(days, day.Format("20060102"))
	}
	return days
}

// requireLandings holds that each day's box office was fetched once its figures were
// final, at ten of the next day, and that the planner knows it.
func (m *month) requireLandings() {
	m.t.Helper()
	for _, day := range m.boxOfficeDays()[:len(m.boxOfficeDays())-1] { // yesterday's may still be corrected
		final := m.Count(`SELECT count(*) FROM staging.kobis_box_office_days
			WHERE date = $1::text::date AND fetched_at >= (date + 1 + time '10:00') AT TIME ZONE 'Asia/Seoul'`, day)
		require.Equal(m.t, 1, final, "the final figures of %s have no landing time", day)
	}
	landed := m.Count(`SELECT count(*) FROM ops.status, jsonb_array_elements(body->'datasets') AS d
		WHERE d->>'dataset' = 'box-office' AND (d->>'overdue_seconds')::int = 0 AND d->>'landed_at' IS NOT NULL`)
	require.Equal(m.t, 1, landed, "the planner says that nothing is late, and when the last day landed")
}

// requireBudget asks the sources whether anything exceeded their limits.
func (m *month) requireBudget() {
	m.t.Helper()
	stats := m.Sim.Stats()
	for _, spent := range stats.KOBIS.Keys {
		require.Zero(m.t, spent.OverQuota)
		require.LessOrEqual(m.t, spent.MaxDay, m.quota)
		require.GreaterOrEqual(m.t, spent.MaxDay, m.quota*95/100, "a day's budget is used up while there is work")
	}
	require.Zero(m.t, stats.KOBIS.Window.Violations)
	require.Zero(m.t, stats.TMDB.Window.Violations)
}
