package loader

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

// childOf makes this test's binary a loader in a process of its own.
const childOf = "LOADER_TEST_CHILD"

// orders are what a child is to do.
type orders struct {
	NATS, Database string
	Quarantine     time.Duration
	Subject, Title string // what ends it, when it is decoded or derived
}

// runChild is the main function of a child.
func runChild() int {
	var o orders
	if err := json.Unmarshal([]byte(os.Getenv(childOf)), &o); err != nil {
		panic(err)
	}
	quarantine = o.Quarantine
	die := func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	onOpen = func(subject string) {
		if o.Subject != "" && subject == o.Subject {
			die()
		}
	}
	onDerive = func(keys []string) {
		if slices.Contains(keys, o.Title) {
			die()
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println("up") // what the parent waits for
	if err := Run(ctx, Config{
		Config: service.Config{
			HTTPAddr: "off", NATSConfig: service.NATSConfig{NATSURL: o.NATS}, LogConfig: service.LogConfig{LogLevel: "warn", LogWriter: os.Stderr},
		},
		Database: Database{URL: o.Database}, Consumers: 3, Chunk: 100,
	}); err != nil {
		panic(err)
	}
	return 0
}

// child is a loader in a process of its own.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan error
}

func (w *world) child(t *testing.T, o orders) *child {
	t.Helper()
	o.NATS, o.Database = w.nats, w.url
	text, err := json.Marshal(o)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env, cmd.Stderr = append(os.Environ(), childOf+"="+string(text)), t.Output()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	c := &child{t, cmd, make(chan error, 1)}
	go func() { c.ended <- cmd.Wait() }()
	t.Cleanup(c.kill)
	return c
}

func (c *child) kill() { _ = c.cmd.Process.Kill() }

func (c *child) stop() {
	c.t.Helper()
	require.NoError(c.t, c.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(c.t, <-c.ended)
}

// redeliver shortens what RAW waits for an acknowledgement.
func (w *world) redeliver(after time.Duration) {
	w.tb.Helper()
	consumer, err := w.js.Consumer(w.tb.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(w.tb, err)
	cfg := consumer.CachedInfo().Config
	cfg.AckWait = after
	_, err = w.js.UpdateConsumer(w.tb.Context(), topology.StreamRaw, cfg)
	require.NoError(w.tb, err)
}

// noted are tries alone; those of what is settled go within seconds.
const noted = "ops.suspects WHERE kind = 'message'"

// supervise runs a loader again whenever it ends, until everything is settled, and
// returns how often it ended.
func (w *world) supervise(t *testing.T, o orders) (deaths int) {
	t.Helper()
	c := w.child(t, o)
	deadline := time.After(2 * patience)
	for !w.loaded() || w.count("ops.stale_titles WHERE blocked_until IS NULL") > 0 || w.count(noted) > 0 {
		select {
		case err := <-c.ended:
			t.Logf("a loader ended: %v", err)
			deaths++
			c = w.child(t, o)
		case <-time.After(poll):
		case <-deadline:
			require.Fail(t, "it does not settle", "%d deaths", deaths)
		}
	}
	c.stop()
	return deaths
}

// A message that ends anyone who decodes it is in DEAD, whole, and alone.
func TestAMessageThatEndsTheProcessGoesToDeadAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t)
	w.redeliver(500 * time.Millisecond)
	pages := films(40, 5)
	w.publish(pages...)
	subject := pages[20].RawSubject()
	deaths := w.supervise(t, orders{Quarantine: 200 * time.Millisecond, Subject: subject})
	t.Logf("%d processes ended", deaths)
	// Mostly once in company before; not where the wait for an acknowledgement was
	// over before the first try.
	require.GreaterOrEqual(t, deaths, proof)
	letters := w.deadLetters()
	require.Len(t, letters, 1)
	require.Equal(t, subject, letters[0].Subject)
	require.Equal(t, string(must(pages[20].Msg()).Data), string(letters[0].Body))
	require.Contains(t, letters[0].Reason, "ended three times in a row")
	require.Equal(t, 39*5, w.count("production.titles"))
	require.Zero(t, w.count("ops.suspects"))
}

// A title whose derivation ends the process is blocked, alone.
func TestATitleThatEndsTheProcessIsBlockedAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t)
	w.redeliver(500 * time.Millisecond)
	w.publish(films(10, 10)...)
	deaths := w.supervise(t, orders{Quarantine: 200 * time.Millisecond, Title: "kobis:movie:20190042"})
	t.Logf("%d processes ended", deaths)
	require.GreaterOrEqual(t, deaths, proof)
	require.Equal(t, 99, w.count("production.titles"))
	require.Equal(t, "kobis:movie:20190042", ask[string](w, "SELECT key FROM ops.stale_titles"))
	require.Contains(t, ask[string](w, "SELECT problem FROM ops.stale_titles"), "ended three times in a row")
	require.Empty(t, w.deadLetters())
	require.Zero(t, w.count("ops.suspects"))
}

// Whatever kills loaders, if it is none of the messages, none of them pays for it.
func TestLoadersKilledAtRandomLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	const kills = 50
	w := newWorld(t)
	w.redeliver(300 * time.Millisecond)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	// No process lives long enough to try for the second time what one ended with.
	o := orders{Quarantine: 2 * time.Second}
	pages := films(kills*8, 2)
	suspected := 0
	for i := range kills {
		w.publish(pages[i*8 : i*8+8]...)
		c := w.child(t, o)
		select {
		case <-time.After(time.Duration(random.Int64N(int64(250 * time.Millisecond)))):
		case err := <-c.ended:
			require.NoError(t, err)
		}
		c.kill()
		t.Logf("killed: %v", <-c.ended)
		suspected = max(suspected, w.count(noted))
	}
	c := w.child(t, o)
	require.Eventually(t, func() bool {
		return w.loaded() && w.count("ops.stale_titles") == 0 && w.count("ops.suspects WHERE kind <> 'process'") == 0
	}, patience, poll)
	c.stop()
	t.Logf("at most %d messages were suspects at a time", suspected)
	require.Empty(t, w.deadLetters())
	require.Equal(t, kills*16, w.count("production.titles"))
	require.Zero(t, w.count("ops.suspects"))
}

// What a loader hands back is delivered again, and being tried alone costs it
// little. HANDED sets how many messages.
func TestWhatIsHandedBackIsTriedAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t)
	n := 300
	if text := os.Getenv("HANDED"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	w.publish(films(n, 1)...)
	consumer, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	batch, err := consumer.Fetch(n)
	require.NoError(t, err)
	handed := 0
	for msg := range batch.Messages() {
		require.NoError(t, msg.Nak())
		handed++
	}
	require.Equal(t, n, handed)
	cfg := w.asDeployed()
	started := time.Now()
	w.start(cfg)
	require.Eventually(t, w.loaded, 2*patience, poll)
	t.Logf("%d messages tried alone: %s", n, time.Since(started).Round(time.Millisecond))
	require.Equal(t, n, w.count("staging.kobis_movies"))
	require.Zero(t, w.count(noted))
}
