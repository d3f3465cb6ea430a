package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/sim/audit"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/hostile"
)

// hostileShare is how many of the names are mutated.
const hostileShare = 0.7

// newHostileWorld is small: a seed is to take seconds. A day of the box office has ten of
// its films, each once.
func newHostileWorld(t *testing.T) *harness.World {
	t.Helper()
	options := limited()
	options.Generate = generate.Options{Alone: true, Films: 38, Series: 12, BoxOffice: true}
	w := harness.NewWorld(t, options, goodKeys, goodToken)
	for name, value := range map[string]string{
		"BACKFILL_FROM_YEAR": "2018", "PLANNER_INTERVAL": "500ms", "RETRY_ATTEMPTS": "3", "RETRY_BASE": "10ms", "RETRY_MAX": "100ms",
	} {
		w.Set(name, value)
	}
	return w
}

// TestHostileSourcesCostOnlyThemselves runs the four services, as they are deployed,
// against sources that mutate a share of their answers. At first half of these names
// are mutated, before anything is known of them; then everything is asked for again,
// they are well, and the other half is mutated, which is known. What was left alone
// is as in a run without mutations, what was known stays as it was, and what could
// not be loaded is in DEAD with a reason.
func TestHostileSourcesCostOnlyThemselves(t *testing.T) {
	t.Parallel()
	truth := readTruth(t)
	// These two fire nearly all mutations between them, and hold nobody up.
	first, runs := number(t, "HOSTILE_SEED", 127), number(t, "HOSTILE_RUNS", 2)
	shares := classes{counts: map[hostile.Class]int{}}
	t.Cleanup(func() { shares.require(t) })
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := newSiege(t, seed, os.Getenv("HOSTILE_ONLY"), truth)
			s.run()
			shares.count(s.hostile.Fired())
		})
	}
	for _, f := range keptSieges() {
		t.Run(fmt.Sprintf("%s of seed %d", f.mutation, f.seed), func(t *testing.T) {
			t.Parallel()
			s := newSiege(t, f.seed, f.mutation, truth)
			s.run()
			require.NotEmpty(t, s.hostile.Fired())
		})
	}
}

// found is what a seed has found.
type found struct {
	mutation string
	seed     uint64
}

// kept are seeds that have found something, each with the one mutation that did it. A
// mutation that is added changes nothing of what these draw.
var kept = []found{
	{"lone surrogates", 1},
	{"a title that is none", 1},
	{"an optional field missing", 1},
	{"an optional field unreadable", 1},
	{"controls", 1},
	{"the source's error", 1},
	{"bad bytes", 1},
	{"an identity in a row that is none", 1},
	{"the key in disguise", 1},
	{"millions of elements", 1},
	{"about another", 1},
	{"NUL", 1},
	{hostile.Emptied, 1},
	{hostile.NotFound, 1},
}

// keptSieges are run by hand: they take a minute of processor time.
func keptSieges() []found {
	if os.Getenv("HOSTILE_KEPT") == "" {
		return nil
	}
	return kept
}

// run besieges the services in two rounds.
func (s *siege) run() {
	s.t.Helper()
	s.round("unknown", func(n messages.Name) bool { return !s.hostile.Late(n) })
	s.askAll()
	s.round("known", s.hostile.Late)
	s.requireLimits()
	told := s.metrics()
	s.world.StopAll(s.t)
	s.requireNoSecrets(told + s.world.Logs())
}

// truth is what a run without mutations has found.
type truth struct {
	rows   harness.Rows
	tables map[string]string // digests
	lines  map[string][]string
	names  []asked
	// films are those that a record of TMDB is a candidate of.
	films map[string][]string
}

// asked is a job that was answered.
type asked struct {
	name   messages.Name
	params map[string]string
}

// id is the name by which the sources know it. A further search is asked in one run
// and not in another.
func (a asked) id() messages.Name {
	if a.name.Kind == messages.KindMovieSearch {
		return messages.Name{Source: messages.TMDB, Kind: a.name.Kind, Key: hostile.SearchKey(a.params)}
	}
	return a.name
}

func readTruth(t *testing.T) *truth {
	t.Helper()
	w := newHostileWorld(t)
	w.StartAll(t)
	w.UntilSettled(t)
	w.StopAll(t)
	tr := &truth{rows: w.Rows(t), tables: harness.Decided(t, w.DatabaseURL), films: map[string][]string{}}
	conn := harness.Connect(t, w.DatabaseURL)
	var err error
	tr.lines, err = audit.Lines(t.Context(), conn)
	require.NoError(t, err)
	rows, err := conn.Query(t.Context(), `SELECT DISTINCT subject, request FROM raw.payloads`)
	require.NoError(t, err)
	for rows.Next() {
		var tail string
		var a asked
		require.NoError(t, rows.Scan(&tail, &a.params))
		a.name, err = messages.ParseName(tail)
		require.NoError(t, err)
		tr.names = append(tr.names, a)
	}
	require.NoError(t, rows.Err())
	rows, err = conn.Query(t.Context(), `SELECT DISTINCT movie_cd, c ->> 'tmdb_id' FROM staging.tmdb_searches, jsonb_array_elements(candidates) AS c`)
	require.NoError(t, err)
	for rows.Next() {
		var film, id string
		require.NoError(t, rows.Scan(&film, &id))
		tr.films[id] = append(tr.films[id], film)
	}
	require.NoError(t, rows.Err())
	return tr
}

// siege is a world whose sources are hostile.
type siege struct {
	t       *testing.T
	world   *harness.World
	hostile *hostile.Handler
	truth   *truth
	before  harness.Rows
	landed  map[messages.Name]bool   // before this round
	dead    map[messages.Name]string // reasons
}

// newSiege draws from all mutations, or from one alone.
func newSiege(t *testing.T, seed uint64, alone string, tr *truth) *siege {
	t.Helper()
	s := &siege{t: t, truth: tr, before: harness.Rows{}, world: newHostileWorld(t)}
	s.world.LimitMemory(t)
	s.world.Before(t, func(next http.Handler) http.Handler {
		s.hostile = hostile.New(next, seed, hostileShare)
		if alone != "" {
			s.hostile.Alone(alone)
		}
		return s.hostile
	})
	return s
}

// round mutates what only allows, until nothing happens any more, and looks.
func (s *siege) round(title string, only func(messages.Name) bool) {
	s.t.Helper()
	s.hostile.Mutate(only)
	if s.world.Process("planner") == nil {
		s.start()
	}
	s.quiet()
	s.readDead()
	fired := maps.Clone(s.hostile.Fired())
	maps.DeleteFunc(fired, func(n messages.Name, _ hostile.Mutation) bool { return !only(n) })
	s.tell(title, fired)
	verdict := &judgement{siege: s, fired: fired, rows: s.world.Rows(s.t)}
	verdict.judge()
	if s.t.Failed() {
		s.t.FailNow()
	}
	s.before = verdict.rows
	require.Zero(s.t, s.world.Process("planner").Metric(s.t, "cledit_planner_failed_ticks_total"), "ticks failed")
}

// start runs the services and confines each when it is idle.
func (s *siege) start() {
	s.t.Helper()
	s.world.StartAll(s.t)
	for _, service := range harness.Pipeline {
		process := s.world.Process(service)
		s.world.Until(s.t, service+" is ready", func(context.Context) (bool, error) { return process.Ready(), nil })
		process.Confine(s.t, s.world.Memory(service))
	}
}

const (
	// quietTicks are how many ticks of the planner must have ended since anything
	// moved. The first may have begun before; the others have looked at all that is
	// there and wanted nothing.
	quietTicks = 3
	// stuckTicks without any movement, though there is something to do, are more than
	// all attempts at a source that never answers.
	stuckTicks = 600
)

// quiet waits until nobody does anything, as the streams, the tables and the ticks of
// the planner tell: what is due later stays.
func (s *siege) quiet() {
	s.t.Helper()
	ticked := func() float64 {
		return s.world.Process("planner").Metric(s.t, "cledit_planner_tick_seconds_count")
	}
	s.world.Until(s.t, "the planner has made the streams", func(context.Context) (bool, error) { return ticked() > 0, nil })
	var last harness.Progress
	since := -1.0 // not known: something moved
	s.world.Until(s.t, "nothing moves any more", func(ctx context.Context) (bool, error) {
		now := s.world.Progress(ctx, s.t)
		if now != last {
			last, since = now, -1
			return false, nil
		}
		ticks := ticked()
		if since < 0 {
			since = ticks
		}
		require.Less(s.t, ticks-since, float64(stuckTicks), "somebody waits for ever: %s", now)
		return now.Idle() && ticks-since >= quietTicks, nil
	})
	blocked, err := s.world.Count(s.t.Context(), `SELECT count(*) FROM ops.stale_titles`)
	require.NoError(s.t, err)
	require.Zero(s.t, blocked, "titles can't be derived")
}

// askAll asks again for whatever the undisturbed run had asked for, as an operator
// may.
func (s *siege) askAll() {
	s.t.Helper()
	s.hostile.Mutate(s.hostile.Late)
	real := s.hostile.Real()
	for _, a := range s.truth.names {
		if a.name.Kind == messages.KindSeriesDiscover && bytes.Contains(real[a.name], []byte(`"results":[]`)) {
			continue // as most windows are
		}
		job := messages.Job{Name: a.name, RunID: "again", Known: a.name.Kind == messages.KindMovieDetail || a.name.Kind == messages.KindSeriesDetail || a.name.Kind == messages.KindSeasonDetail}
		if a.name.Kind == messages.KindMovieSearch {
			job.Params = a.params
		}
		_, err := s.world.JS.PublishMsgAsync(job.Msg())
		require.NoError(s.t, err, "asking for %s", a.name)
	}
	<-s.world.JS.PublishAsyncComplete()
}

// readDead reads the reasons of all dead letters.
func (s *siege) readDead() {
	s.t.Helper()
	s.dead = map[messages.Name]string{}
	for _, msg := range harness.Messages(s.t, s.world.JS, topology.StreamDead) {
		_, name, err := messages.ParseSubject(strings.TrimPrefix(msg.Subject(), messages.PrefixDead))
		require.NoError(s.t, err, msg.Subject())
		reason := msg.Headers().Get(messages.HeaderReason)
		require.NotEmpty(s.t, reason, "%s is dead without a reason", name)
		a := asked{name: name}
		for _, request := range []string{msg.Headers().Get(messages.HeaderRequest), string(msg.Data())} {
			if len(a.params) == 0 {
				_ = json.Unmarshal([]byte(request), &a.params) // of a payload the one, of a job the other
			}
		}
		s.dead[a.id()] = reason
	}
}

// tell prints what was fired, so that a seed can be reduced to it.
func (s *siege) tell(title string, fired map[messages.Name]hostile.Mutation) {
	names := slices.SortedFunc(maps.Keys(fired), func(a, b messages.Name) int { return strings.Compare(a.String(), b.String()) })
	var lines strings.Builder
	for _, name := range names {
		fmt.Fprintf(&lines, "%s %s: %s (%s)\n", title, name, fired[name].Name, fired[name].Class)
	}
	s.t.Logf("%d of %d names mutated\n%s", len(fired), len(s.hostile.Real()), lines.String())
}

// classes counts the mutations of a run by their class.
type classes struct {
	mu     sync.Mutex
	counts map[hostile.Class]int
}

func (c *classes) count(fired map[messages.Name]hostile.Mutation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range fired {
		c.counts[m.Class]++
	}
}

// require holds that a fifth is of each class.
func (c *classes) require(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("mutated: %v", c.counts)
	if os.Getenv("HOSTILE_ONLY") != "" {
		return
	}
	all := 0
	for _, n := range c.counts {
		all += n
	}
	for _, class := range hostile.Classes {
		require.GreaterOrEqual(t, 5*c.counts[class], all, "%s of %d", class, all)
	}
}

// metrics is what all services tell of themselves.
func (s *siege) metrics() (all string) {
	s.t.Helper()
	for _, service := range harness.Pipeline {
		all += s.world.Process(service).Metrics(s.t)
	}
	return all
}

// requireNoSecrets looks for what the fetchers were given in what was told and kept.
func (s *siege) requireNoSecrets(told string) {
	s.t.Helper()
	for _, secret := range append([]string{goodToken}, goodKeys...) {
		assert.NotContains(s.t, told, secret, "a log or a metric tells a secret")
		requireNotInStreams(s.t, s.world.JS, secret)
		requireNotInTables(s.t, s.world.DatabaseURL, secret)
	}
}

// requireLimits compares the largest memory of each service with its limit.
func (s *siege) requireLimits() {
	s.t.Helper()
	for _, service := range harness.Pipeline {
		peak, limit := s.world.Process(service).PeakRSS(s.t), s.world.Memory(service).Limit
		s.t.Logf("peak memory of %s: %.0f MiB of %.0f", service, peak/(1<<20), limit/(1<<20))
		require.Less(s.t, peak, limit, service)
	}
}
