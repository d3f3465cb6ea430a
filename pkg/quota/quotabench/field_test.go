package quotabench

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota"
	days "github.com/cledit/pipeline/pkg/quota/internal/budget"
)

const bucket = "QUOTA"

// field is a NATS server that syncs every write, a source that audits, and replica
// processes.
type field struct {
	tb    testing.TB
	opts  server.Options
	srv   *server.Server
	conn  *nats.Conn
	judge *judge
	order order

	gate, keys, other atomic.Int64 // operations on the bucket: writes, also refused ones, and reads

	mu        sync.Mutex
	processes []*exec.Cmd
}

func newField(tb testing.TB, o order) *field {
	tb.Helper()
	f := &field{tb: tb, order: o, opts: server.Options{StoreDir: tb.TempDir(), SyncAlways: true}}
	f.serve()
	nc := natstest.Connect(tb, f.srv)
	f.conn = nc
	js, err := jetstream.New(nc)
	require.NoError(tb, err)
	_, err = js.CreateKeyValue(context.Background(), jetstream.KeyValueConfig{Bucket: bucket, MaxBytes: 16 << 20})
	require.NoError(tb, err)
	for _, subject := range []string{"$KV." + bucket + ".>", "$JS.API.DIRECT.GET.KV_" + bucket + ".>"} {
		_, err := nc.Subscribe(subject, f.countOperation)
		require.NoError(tb, err)
	}
	require.NoError(tb, nc.Flush())
	f.judge = newJudge(o)
	f.order.NATS, f.order.Judge = f.srv.ClientURL(), f.judge.server.URL
	tb.Cleanup(f.judge.server.Close)
	tb.Cleanup(f.killAll)
	return f
}

// serve starts the server, also again: it keeps its address and what it has stored.
func (f *field) serve() {
	f.tb.Helper()
	opts := f.opts
	f.srv = natstest.StartWith(f.tb, &opts)
	f.opts.Host, f.opts.Port = opts.Host, f.srv.Addr().(*net.TCPAddr).Port
}

func (f *field) countOperation(m *nats.Msg) {
	switch {
	case strings.HasSuffix(m.Subject, ".gate"):
		f.gate.Add(1)
	case strings.Contains(m.Subject, ".key."):
		f.keys.Add(1)
	default:
		f.other.Add(1)
	}
}

func (f *field) operations() int64 { return f.gate.Load() + f.keys.Load() + f.other.Load() }

// bind is an access to the bucket.
func (f *field) bind() jetstream.KeyValue {
	f.tb.Helper()
	js, err := jetstream.New(f.conn)
	require.NoError(f.tb, err)
	kv, err := js.KeyValue(context.Background(), bucket)
	require.NoError(f.tb, err)
	return kv
}

// start starts a replica process.
func (f *field) start() *exec.Cmd {
	f.tb.Helper()
	text, err := json.Marshal(f.order)
	require.NoError(f.tb, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	require.NoError(f.tb, cmd.Start())
	f.mu.Lock()
	f.processes = append(f.processes, cmd)
	f.mu.Unlock()
	return cmd
}

// end ends a process by a signal and waits for it.
func (f *field) end(cmd *exec.Cmd, sig syscall.Signal) {
	_ = cmd.Process.Signal(sig) // it may have ended
	_ = cmd.Wait()              // and how does not matter
	f.mu.Lock()
	defer f.mu.Unlock()
	f.processes = slices.DeleteFunc(f.processes, func(c *exec.Cmd) bool { return c == cmd })
}

func (f *field) killAll() {
	f.mu.Lock()
	processes := slices.Clone(f.processes)
	f.mu.Unlock()
	for _, cmd := range processes {
		_ = cmd.Process.Kill()
	}
	for _, cmd := range processes {
		f.end(cmd, syscall.SIGKILL)
	}
}

// judge is the source: it answers after 5 to 20 ms with the outcome.
type judge struct {
	cal    days.Calendar
	quota  int
	server *httptest.Server

	mu       sync.Mutex
	arrivals []time.Time
	days     map[string]int
	refused  int
}

func newJudge(o order) *judge {
	j := &judge{cal: days.Calendar{Length: o.Day}, quota: o.Quota, days: map[string]int{}}
	j.server = httptest.NewServer(j)
	return j
}

func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	outcome := j.arrive(r.URL.Query().Get("key"))
	<-time.After(5*time.Millisecond + rand.N(15*time.Millisecond))
	_, _ = w.Write(strconv.AppendInt(nil, int64(outcome), 10)) // the client may have gone
}

func (j *judge) arrive(key string) quota.Settlement {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	j.arrivals = append(j.arrivals, now)
	day := key + " " + j.cal.Day(now).Name
	if j.quota > 0 && j.days[day] >= j.quota {
		j.refused++
		return quota.Exhausted
	}
	j.days[day]++
	return quota.Spent
}

// violations is the number of requests beyond the rate in any window.
func (j *judge) violations(r quota.Rate) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for i := r.N; i < len(j.arrivals); i++ {
		if j.arrivals[i].Sub(j.arrivals[i-r.N]) < r.Per {
			n++
		}
	}
	return n
}

func (j *judge) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.arrivals)
}

// used is the share of the rate that was used from a request on. Requests come in
// bursts, so it is taken over whole windows' worth of them.
func (j *judge) used(first int, r quota.Rate) float64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	windows := (len(j.arrivals) - 1 - first) / r.N
	if windows < 1 {
		return 0
	}
	took := j.arrivals[first+windows*r.N].Sub(j.arrivals[first])
	return float64(windows) * float64(r.Per) / float64(took)
}

// spent is the answered calls of a day, in all and of the key with the most.
func (j *judge) spent(keys []string, day days.Day) (total, most int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, key := range keys {
		n := j.days[key+" "+day.Name]
		total, most = total+n, max(most, n)
	}
	return total, most
}
