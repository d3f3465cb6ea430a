package e2e_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/topology"
)

// fault is something that happens to a running loader. Both halves may be nil.
type fault struct {
	name  string
	begin func(*arena)
	end   func(*arena)
	seen  string // what the loader logs of it, before the fault may end
}

const unusable = "the database is not usable"

// Of each group at most one is under way at a time.
var (
	postgresFaults = []fault{
		{"Postgres restarts", func(a *arena) { a.stopPostgres(a.t.Context()) }, (*arena).startPostgres, unusable},
		{"Postgres crashes", func(a *arena) { a.stopPostgres(ended()) }, (*arena).startPostgres, unusable},
		{"sessions are ended", func(a *arena) { a.sql(a.database, endSessions) }, nil, ""},
		{"out of connections", role("CONNECTION LIMIT 0"), role("CONNECTION LIMIT -1"), unusable},
		{"read-only", role("SET default_transaction_read_only = on"), role("RESET default_transaction_read_only"), unusable},
		{"serializable", role("SET default_transaction_isolation = 'serializable'"), role("RESET default_transaction_isolation"), ""},
		{"disk full", raise("53100", "No space left on device"), raiseNoMore, unusable},
		{"statement timeout", func(a *arena) {
			raiseWith(a, "PERFORM pg_sleep(60)")
			role("SET statement_timeout = '20ms'")(a)
		}, func(a *arena) {
			raiseNoMore(a)
			role("RESET statement_timeout")(a)
		}, unusable},
		{"deadlocks", raise("40P01", "deadlock detected"), raiseNoMore, ""},
		{"a deadlock", (*arena).deadlock, nil, ""},
	}
	natsFaults = []fault{
		{"the leader restarts", func(a *arena) { a.cluster.Stop(a.leader()) }, func(a *arena) { a.startNats() }, ""},
		{"all of NATS restarts", func(a *arena) {
			for i := range a.cluster.Size() {
				a.cluster.Stop(i)
			}
		}, func(a *arena) { a.startNats() }, "NATS connection lost"},
		{"the stream's leader moves", stepDown("STREAM.LEADER.STEPDOWN.RAW"), nil, ""},
		{"the consumer's leader moves", stepDown("CONSUMER.LEADER.STEPDOWN.RAW.loader"), nil, ""},
		{"the consumer is reset", func(a *arena) { a.reset(1) }, nil, ""},
		{"the consumer is reset to its floor", func(a *arena) { a.reset(0) }, nil, ""},
		{"the consumer is removed", func(a *arena) {
			_ = a.js.DeleteConsumer(a.t.Context(), topology.StreamRaw, topology.ConsumerLoader)
		}, func(a *arena) { a.until("the consumer is created again", func() bool { return a.topology() == nil }) }, ""},
	}
	processFaults = []fault{
		{"SIGKILL", func(a *arena) { a.loader.Kill() }, (*arena).start, ""},
		{"SIGTERM", func(a *arena) { require.Zero(a.t, a.loader.Stop()) }, (*arena).start, ""},
	}
)

const endSessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + login + "'"

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func (a *arena) stopPostgres(ctx context.Context) { _ = a.postgres.Stop(ctx) }

func (a *arena) startPostgres() { a.postgres = pgtest.Server(a.t, a.dir) }

func role(setting string) func(*arena) {
	return func(a *arena) { a.sql(a.database, "ALTER ROLE "+login+" "+setting, endSessions) }
}

// raise makes every load fail with an error of the database's own.
func raise(code, words string) func(*arena) {
	return func(a *arena) { raiseWith(a, "RAISE EXCEPTION '"+words+"' USING ERRCODE = '"+code+"'") }
}

func raiseWith(a *arena, statement string) {
	a.sql(a.database, "CREATE FUNCTION public.fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "+statement+"; RETURN NULL; END $$",
		"CREATE TRIGGER fault BEFORE INSERT ON raw.payloads EXECUTE FUNCTION public.fault()")
}

func raiseNoMore(a *arena) {
	a.sql(a.database, "DROP TRIGGER fault ON raw.payloads", "DROP FUNCTION public.fault()")
}

// deadlock locks tables in the opposite order of the loader's.
func (a *arena) deadlock() {
	for range 3 {
		conn, err := a.connect(a.database)
		require.NoError(a.t, err)
		for _, sql := range []string{"SET deadlock_timeout = '10s'", "BEGIN", "LOCK TABLE ops.stale_titles IN SHARE MODE", "LOCK TABLE raw.payloads IN SHARE MODE"} {
			if _, err = conn.Exec(a.t.Context(), sql); err != nil {
				break // it was this session that had to give way
			}
		}
		_ = conn.Close(context.Background())
	}
}

func (a *arena) leader() int {
	stream, err := a.js.Stream(a.t.Context(), topology.StreamRaw)
	if err != nil || stream.CachedInfo().Cluster == nil {
		return 0
	}
	return a.cluster.Index(stream.CachedInfo().Cluster.Leader)
}

func (a *arena) startNats() {
	for i := range a.cluster.Size() {
		if !a.cluster.Running(i) {
			a.cluster.Start(i)
		}
	}
	a.until("the cluster answers", func() bool { return a.topology() == nil })
}

func stepDown(call string) func(*arena) {
	return func(a *arena) {
		// Without a leader at the moment there is nobody to step down.
		_, _ = a.js.Conn().Request("$JS.API."+call, nil, time.Second)
	}
}

func (a *arena) reset(sequence uint64) {
	var err error
	if sequence == 0 {
		_, err = a.js.ResetConsumer(a.t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	} else {
		_, err = a.js.ResetConsumerToSequence(a.t.Context(), topology.StreamRaw, topology.ConsumerLoader, sequence)
	}
	if err != nil {
		require.NotErrorIs(a.t, err, jetstream.ErrConsumerNotFound)
	}
}

// TestFaultsLeaveTheTablesAsTheyShouldBe runs the loader through seeded faults of
// Postgres, NATS and its own process, two or three at a time, and compares the
// tables with those of a run without any. FAULT_RUNS sets how many runs, FAULT_SEED
// the first seed, and FAULT_NATS how many servers NATS has: leaders move from three
// on.
func TestFaultsLeaveTheTablesAsTheyShouldBe(t *testing.T) {
	t.Parallel()
	runs, seed := number(t, "FAULT_RUNS", 1), number(t, "FAULT_SEED", 1)
	a := newArena(t)
	for i := range runs {
		started := time.Now()
		names := a.faultyRun(seed + i)
		t.Logf("seed %d, %s: %s", seed+i, time.Since(started).Round(time.Millisecond), strings.Join(names, "; "))
	}
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	require.NoError(t, err, variable)
	return n
}

// Runs share a few sets of answers, so that what is true of each is found once.
const (
	sets  = 4
	films = 40
	steps = 2
)

func (a *arena) faultyRun(seed uint64) (names []string) {
	a.t.Helper()
	list := answers(seed%sets, films)
	truth := a.truth(seed % sets)
	a.begin(seed)
	each := len(list) / (2 * steps)
	for step := range steps {
		before := list[2*step*each : (2*step+1)*each]
		during := list[(2*step+1)*each : (2*step+2)*each]
		have := a.count("raw.payloads")
		require.NoError(a.t, a.publish(before))
		a.until("the loader goes on", func() bool { return a.count("raw.payloads") > have })
		names = append(names, a.fail(func() error { return a.publish(during) })...)
	}
	require.NoError(a.t, a.publish(list[2*steps*each:]))
	require.Equal(a.t, truth, a.end(distinct(list)), "seed %d: %v", seed, names)
	a.sql("postgres", "DROP DATABASE "+a.database+" WITH (FORCE)")
	return names
}

// truth is what the tables hold without a fault.
func (a *arena) truth(seed uint64) map[string]string {
	a.t.Helper()
	if a.truths[seed] == nil {
		list := answers(seed, films)
		a.begin(seed)
		require.NoError(a.t, a.publish(list))
		a.truths[seed] = a.end(distinct(list))
	}
	return a.truths[seed]
}

// fail begins faults, publishes meanwhile, and ends them when the loader has
// noticed.
func (a *arena) fail(publish func() error) (names []string) {
	a.t.Helper()
	faults := a.draw()
	published := make(chan error, 1)
	for _, f := range faults {
		names = append(names, f.name)
		f.begin(a)
	}
	go func() { published <- publish() }()
	for _, f := range faults {
		if f.seen != "" {
			a.until(f.name+" is seen", func() bool { return underWay(a.loader.Log(), f.seen) })
		}
	}
	a.random.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
	for _, f := range faults {
		if f.end != nil {
			f.end(a)
		}
	}
	require.NoError(a.t, <-published)
	return names
}

// underWay reports whether the loader has logged a fault and not yet its end: one
// that begins before the last is over is not told again.
func underWay(log, seen string) bool {
	end := "NATS connected again"
	if seen == unusable {
		end = "the database is usable again"
	}
	return strings.LastIndex(log, seen) > strings.LastIndex(log, end)
}

// draw takes a fault of one, two or all groups. A loader that is dead notices
// nothing, so the end of a process is not combined with what must be noticed.
func (a *arena) draw() (faults []fault) {
	for len(faults) == 0 {
		for _, group := range [][]fault{postgresFaults, natsFaults} {
			if a.random.IntN(3) > 0 {
				faults = append(faults, group[a.random.IntN(len(group))])
			}
		}
		noticed := false
		for _, f := range faults {
			noticed = noticed || f.seen != ""
		}
		if !noticed && a.random.IntN(2) == 0 {
			faults = append(faults, processFaults[a.random.IntN(len(processFaults))])
		}
	}
	return faults
}
