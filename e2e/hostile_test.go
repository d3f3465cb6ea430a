package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/audit"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/hostile"
)

// hostileShare is how many of the names are mutated.
const hostileShare = 0.3

// hostileSources are small: a seed is to take seconds.
func hostileSources() sim.Options {
	options := limited()
	options.Generate = generate.Options{Alone: true, Films: 120, Series: 30, BoxOffice: true}
	return options
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
	first, runs := number(t, "HOSTILE_SEED", 1), number(t, "HOSTILE_RUNS", 2)
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newSiege(t, seed, truth)
			s.round("unknown", func(n messages.Name) bool { return !s.hostile.Late(n) })
			s.askAll()
			s.round("known", s.hostile.Late)
			s.requireClasses()
			s.requireLimits()
			s.world.StopAll(t)
		})
	}
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
	w := harness.NewWorld(t, hostileSources(), goodKeys, goodToken)
	w.Set("BACKFILL_FROM_YEAR", "1985")
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
	dead    map[messages.Name]string // reasons
}

func newSiege(t *testing.T, seed uint64, tr *truth) *siege {
	t.Helper()
	s := &siege{t: t, truth: tr, before: harness.Rows{}, world: harness.NewWorld(t, hostileSources(), goodKeys, goodToken)}
	for name, value := range map[string]string{
		"BACKFILL_FROM_YEAR": "1985", "RETRY_ATTEMPTS": "3", "RETRY_BASE": "10ms", "RETRY_MAX": "100ms",
	} {
		s.world.Set(name, value)
	}
	s.world.LimitMemory(t)
	s.world.Before(t, func(next http.Handler) http.Handler {
		s.hostile = hostile.New(next, seed, hostileShare)
		return s.hostile
	})
	return s
}

// round mutates what only allows, until nothing happens any more, and looks.
func (s *siege) round(title string, only func(messages.Name) bool) {
	s.t.Helper()
	s.mutate(only)
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
	require.Zero(s.t, s.failedTicks(), "ticks failed")
}

// mutate mutates what only allows, with HOSTILE_ONLY in one way alone.
func (s *siege) mutate(only func(messages.Name) bool) {
	alone := os.Getenv("HOSTILE_ONLY")
	s.hostile.Mutate(func(n messages.Name, m hostile.Mutation) bool { return only(n) && (alone == "" || alone == m.Name) })
}

// start runs the services and confines each when it is idle.
func (s *siege) start() {
	s.t.Helper()
	s.world.StartAll(s.t)
	for service := range harness.Services {
		process := s.world.Process(service)
		s.world.Until(s.t, service+" is ready", func(context.Context) (bool, error) { return process.Ready(), nil })
		process.Confine(s.t, s.world.Memory(service))
	}
}

// stillLooks are how many looks in a row must find nothing that moves; several
// ticks of the planner lie between the first and the last.
const stillLooks = 15

// mostLooks guards against a run that hangs, far above what a round takes.
const mostLooks = 400

// left says what is not done.
func (s *siege) left(ctx context.Context) string {
	var all strings.Builder
	for _, name := range []string{topology.StreamJobs, topology.StreamRaw} {
		stream, err := s.world.JS.Stream(ctx, name)
		require.NoError(s.t, err)
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
		require.NoError(s.t, err)
		fmt.Fprintf(&all, "%s holds %d messages", name, info.State.Msgs)
		if name == topology.StreamJobs {
			fmt.Fprintf(&all, ": %v", info.State.Subjects)
		}
		all.WriteString("\n")
	}
	loader, err := s.world.JS.Consumer(ctx, topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(s.t, err)
	info := loader.CachedInfo()
	fmt.Fprintf(&all, "the loader has %d before it and %d in hand\n", info.NumPending, info.NumAckPending)
	for name := range s.hostile.Fired() {
		fmt.Fprintf(&all, "%s: %s\n", name, s.hostile.Fired()[name].Name)
	}
	return all.String()
}

// quiet waits until nobody does anything: what is due later stays.
func (s *siege) quiet() {
	s.t.Helper()
	still, requests, looks := 0, -1, 0
	s.world.Until(s.t, "nothing moves any more", func(ctx context.Context) (bool, error) {
		idle, err := s.world.Idle(ctx)
		stats := s.world.Sim.Stats()
		now := stats.KOBIS.Requests + stats.TMDB.Requests
		if still++; !idle || now != requests {
			still = 0
		}
		requests = now
		if looks++; looks > mostLooks {
			require.Fail(s.t, "somebody waits for ever", "%s", s.left(ctx))
		}
		return still >= stillLooks, err
	})
}

// askAll asks again for whatever the undisturbed run had asked for, as an operator
// may.
func (s *siege) askAll() {
	s.t.Helper()
	s.mutate(s.hostile.Late)
	for _, a := range s.truth.names {
		job := messages.Job{Name: a.name, RunID: "again", Known: a.name.Kind == messages.KindMovieDetail || a.name.Kind == messages.KindSeriesDetail}
		if a.name.Kind == messages.KindMovieSearch {
			job.Params = a.params
		}
		_, err := s.world.JS.PublishMsg(s.t.Context(), job.Msg())
		require.NoError(s.t, err, "asking for %s", a.name)
	}
}

// readDead reads the reasons of all dead letters.
func (s *siege) readDead() {
	s.t.Helper()
	s.dead = map[messages.Name]string{}
	consumer, err := s.world.JS.OrderedConsumer(s.t.Context(), topology.StreamDead, jetstream.OrderedConsumerConfig{})
	require.NoError(s.t, err)
	stream, err := s.world.JS.Stream(s.t.Context(), topology.StreamDead)
	require.NoError(s.t, err)
	for range stream.CachedInfo().State.Msgs {
		msg, err := consumer.Next()
		require.NoError(s.t, err)
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

// requireClasses holds that a fifth is of each class.
func (s *siege) requireClasses() {
	s.t.Helper()
	fired := s.hostile.Fired()
	if os.Getenv("HOSTILE_ONLY") != "" {
		return
	}
	counts := map[hostile.Class]int{}
	for _, m := range fired {
		counts[m.Class]++
	}
	for _, class := range hostile.Classes {
		require.GreaterOrEqual(s.t, 5*counts[class], len(fired), "%s of %d", class, len(fired))
	}
}

// failedTicks is the planner's own count.
func (s *siege) failedTicks() (sum float64) {
	s.t.Helper()
	response, err := http.Get(s.world.Process("planner").AdminURL() + "/metrics")
	require.NoError(s.t, err)
	defer response.Body.Close()
	found := false
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "cledit_planner_failed_ticks_total") {
			value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			require.NoError(s.t, err)
			sum, found = sum+value, true
		}
	}
	require.True(s.t, found, "the planner does not count failed ticks")
	return sum
}

// requireLimits compares the largest memory of each service with its limit.
func (s *siege) requireLimits() {
	s.t.Helper()
	for service := range harness.Services {
		peak, limit := s.world.Process(service).PeakRSS(s.t), s.world.Memory(service).Limit
		s.t.Logf("peak memory of %s: %.0f MiB of %.0f", service, peak/(1<<20), limit/(1<<20))
		require.Less(s.t, peak, limit, service)
	}
}
