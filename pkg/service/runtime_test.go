package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
)

// patience bounds waits for what happens outside the test's control.
const patience = 5 * time.Minute // a loaded machine is slow, and not wrong

// journal keeps the log's lines for tests to look at while it is written.
type journal struct {
	t     *testing.T
	mu    sync.Mutex
	lines []string
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, strings.TrimSpace(string(line)))
	return len(line), nil
}

// count is how many lines hold the text.
func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, line := range j.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func (j *journal) await(text string) {
	j.t.Helper()
	require.Eventually(j.t, func() bool { return j.count(text) > 0 }, patience, time.Millisecond, "no line %q", text)
}

// adminAddr is where the service said that its admin server listens.
func (j *journal) adminAddr() string {
	j.t.Helper()
	j.await("admin server listening")
	j.mu.Lock()
	defer j.mu.Unlock()
	var line struct{ Addr string }
	i := slices.IndexFunc(j.lines, func(line string) bool { return strings.Contains(line, "admin server listening") })
	require.NoError(j.t, json.Unmarshal([]byte(j.lines[i]), &line))
	return line.Addr
}

// config is that of a service on a server, with an admin server on a free port.
func config(t *testing.T, url string) (service.Config, *journal) {
	t.Helper()
	j := &journal{t: t}
	return service.Config{
		NATSConfig: service.NATSConfig{NATSURL: url}, LogConfig: service.LogConfig{LogWriter: j}, HTTPAddr: "127.0.0.1:0",
	}, j
}

func start(t *testing.T, cfg service.Config) *service.Runtime {
	t.Helper()
	rt, err := service.Start(t.Context(), "planner", cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = rt.Close(context.Background()) })
	return rt
}

// get asks the admin server.
func get(t *testing.T, addr, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+addr+path, http.NoBody)
	require.NoError(t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func ready(t *testing.T, rt *service.Runtime) (int, map[string]string) {
	t.Helper()
	status, body := get(t, rt.HTTPAddr(), "/readyz")
	var answer struct {
		Ready  bool
		Checks map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	require.Equal(t, status == http.StatusOK, answer.Ready)
	return status, answer.Checks
}

// work has a service work until the test ends.
func work(t *testing.T, rt *service.Runtime) {
	t.Helper()
	begun, done := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		_ = rt.Work(ctx, func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			return nil
		})
	}()
	<-begun
	t.Cleanup(func() { cancel(); <-done })
}

// Until a service works its checks may not be there: it has a database to reach, say.
func TestAServiceThatDoesNotWorkYetIsNotReady(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	rt := start(t, cfg)
	status, checks := ready(t, rt)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, map[string]string{"running": "starting", "nats": "ok"}, checks)
	work(t, rt)
	status, _ = ready(t, rt)
	require.Equal(t, http.StatusOK, status)
}

func TestAServiceStandsOnNATS(t *testing.T) {
	t.Parallel()
	cfg, log := config(t, natstest.Start(t).ClientURL())
	rt := start(t, cfg)
	work(t, rt)
	require.True(t, strings.HasPrefix(rt.NATS.NewInbox(), "_INBOX_planner."))
	_, err := rt.JS.CreateStream(t.Context(), jetstream.StreamConfig{Name: "RAW", Subjects: []string{"raw.>"}})
	require.NoError(t, err)
	_, err = rt.JS.Publish(t.Context(), "raw.x", nil)
	require.NoError(t, err)

	status, checks := ready(t, rt)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, map[string]string{"running": "ok", "nats": "ok"}, checks)
	_, metrics := get(t, rt.HTTPAddr(), "/metrics")
	for _, want := range []string{
		"cledit_nats_connected 1", "cledit_nats_reconnects_total 0", "cledit_nats_errors_total 0", "go_goroutines ",
		"process_resident_memory_bytes ", `cledit_build_info{goversion="go`, `service="planner"`,
	} {
		require.Contains(t, metrics, want)
	}
	for path, want := range map[string]string{"/livez": "ok", "/debug/pprof/": "goroutine", "/debug/pprof/cmdline": "service.test"} {
		status, body := get(t, rt.HTTPAddr(), path)
		require.Equal(t, http.StatusOK, status, path)
		require.Contains(t, body, want)
	}
	log.await(`"message":"NATS connected"`)
	require.Equal(t, 1, log.count(`"message":"started"`))
	require.Equal(t, log.count(`"service":"planner"`), log.count(`{`), "each line names its service")
}

func TestReadinessNamesWhatFails(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	rt := start(t, cfg)
	work(t, rt)
	rt.Ready("database", func(context.Context) error { return errors.New("migration 7 is missing") })
	rt.Ready("topology", func(context.Context) error { return nil })
	status, checks := ready(t, rt)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, map[string]string{
		"running": "ok", "nats": "ok", "database": "migration 7 is missing", "topology": "ok",
	}, checks)

	rt.Ready("database", func(context.Context) error { return nil })
	status, _ = ready(t, rt)
	require.Equal(t, http.StatusOK, status)
}

func TestAServiceThatIsToStopIsNotReady(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	ctx, cancel := context.WithCancel(t.Context())
	rt, err := service.Start(ctx, "planner", cfg)
	require.NoError(t, err)
	cancel()
	status, checks := ready(t, rt)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "stopping", checks["running"])
	require.Equal(t, "ok", checks["nats"], "it still drains")
	require.NoError(t, rt.Close(ctx), "a context that has ended does not cut it short")
	require.NoError(t, rt.Close(ctx))
	require.True(t, rt.NATS.IsClosed())
	status, _ = get(t, rt.HTTPAddr(), "/livez")
	require.Zero(t, status, "nobody listens any more")
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	cfg, log := config(t, srv.ClientURL())
	rt := start(t, cfg)
	release, got := make(chan struct{}), make(chan string, 100)
	_, err := rt.NATS.Subscribe("work", func(msg *nats.Msg) {
		<-release
		got <- string(msg.Data)
	})
	require.NoError(t, err)
	require.NoError(t, rt.NATS.Flush())
	other := natstest.Connect(t, srv)
	for i := range 100 {
		require.NoError(t, other.Publish("work", []byte(strconv.Itoa(i))))
	}
	require.NoError(t, other.Flush())
	require.NoError(t, rt.NATS.Flush()) // what was published has arrived here
	closed := make(chan error, 1)
	go func() { closed <- rt.Close(context.Background()) }()
	require.Eventually(t, rt.NATS.IsDraining, patience, time.Millisecond)
	close(release)
	require.NoError(t, <-closed)
	require.Len(t, got, 100)
	require.Zero(t, log.count("connection lost"), "an end that was meant is not a loss")
}

func TestNATSIsWaitedFor(t *testing.T) {
	t.Parallel()
	gate := newGate(t)
	cfg, log := config(t, gate.url())
	type result struct {
		rt  *service.Runtime
		err error
	}
	started := make(chan result, 1)
	go func() {
		rt, err := service.Start(t.Context(), "planner", cfg)
		started <- result{rt, err}
	}()
	log.await("waiting for NATS")
	addr := log.adminAddr()
	status, _ := get(t, addr, "/livez")
	require.Equal(t, http.StatusOK, status)
	status, body := get(t, addr, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, `"nats":"not connected`)

	gate.open(natstest.Start(t).Addr())
	got := <-started
	require.NoError(t, got.err)
	require.True(t, got.rt.NATS.IsConnected())
	require.Equal(t, 1, log.count("waiting for NATS"))
	require.Equal(t, 1, log.count(`"NATS connected"`))
	require.NoError(t, got.rt.Close(t.Context()))
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	cfg, log := config(t, "nats://"+nobody)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := service.Start(ctx, "planner", cfg)
		failed <- err
	}()
	log.await("waiting for NATS")
	cancel()
	err := <-failed
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "connecting to NATS: waiting for the first connection")
}

func TestRefusedCredentialsAreFatalAtStart(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, &server.Options{Username: "planner", Password: "right-password", StoreDir: t.TempDir()})
	cfg, _ := config(t, srv.ClientURL())
	cfg.NATSUser, cfg.NATSPassword = "planner", "wrong-password"
	_, err := service.Start(t.Context(), "planner", cfg)
	require.ErrorIs(t, err, service.ErrNATSRefused)
	require.NotContains(t, err.Error(), "wrong-password")

	cfg.NATSPassword = "right-password"
	rt := start(t, cfg)
	require.True(t, rt.NATS.IsConnected())
}

func TestRefusedCredentialsAreFatalAlsoOfAServerThatComesLater(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, &server.Options{Username: "planner", Password: "right-password", StoreDir: t.TempDir()})
	gate := newGate(t)
	cfg, log := config(t, gate.url())
	cfg.NATSUser, cfg.NATSPassword = "planner", "wrong-password"
	failed := make(chan error, 1)
	go func() {
		_, err := service.Start(t.Context(), "planner", cfg)
		failed <- err
	}()
	log.await("waiting for NATS")
	gate.open(srv.Addr())
	require.ErrorIs(t, <-failed, service.ErrNATSRefused)
}

func TestALostConnectionComesBack(t *testing.T) {
	t.Parallel()
	srv, gate := natstest.Start(t), newGate(t)
	gate.open(srv.Addr())
	cfg, log := config(t, gate.url())
	rt := start(t, cfg)
	work(t, rt)

	gate.shut()
	log.await("NATS connection lost; reconnecting")
	status, checks := ready(t, rt)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, checks["nats"], "not connected")
	require.ErrorIs(t, rt.NATS.Publish("x", nil), nats.ErrReconnectBufExceeded, "nothing is kept for later")

	gate.open(srv.Addr())
	log.await("NATS connected again")
	require.Equal(t, 1, log.count("NATS connection lost"))
	require.Equal(t, 1, log.count("NATS connected again"))
	require.Equal(t, 1, log.count(`"NATS connected"`))
	require.NoError(t, rt.NATS.Publish("x", nil))
	status, _ = ready(t, rt)
	require.Equal(t, http.StatusOK, status)
}

func TestAServiceStopsWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	cfg, log := config(t, srv.ClientURL())
	rt := start(t, cfg)
	srv.Shutdown()
	srv.WaitForShutdown()
	log.await("NATS connection lost")
	require.NoError(t, rt.Close(context.Background()))
	require.True(t, rt.NATS.IsClosed())
}

func TestADeniedPermissionIsReported(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, &server.Options{StoreDir: t.TempDir(), Users: []*server.User{{
		Username: "planner", Password: "right-password",
		Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"secret.>"}}},
	}}})
	cfg, log := config(t, srv.ClientURL())
	cfg.NATSUser, cfg.NATSPassword = "planner", "right-password"
	rt := start(t, cfg)
	require.NoError(t, rt.NATS.Publish("secret.x", nil))
	log.await("NATS reports an error")
	require.Equal(t, 1, log.count("Permissions Violation"))
	_, metrics := get(t, rt.HTTPAddr(), "/metrics")
	require.Contains(t, metrics, "cledit_nats_errors_total 1")
}

func TestAnAddressInUseIsFatal(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	cfg.HTTPAddr = taken.Addr().String()
	_, err = service.Start(t.Context(), "planner", cfg)
	require.ErrorContains(t, err, "listening on HTTP_ADDR")
	require.ErrorContains(t, err, "address already in use")
}

func TestTheAdminServerCanBeOff(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"", "off", "OFF"} {
		cfg, _ := config(t, natstest.Start(t).ClientURL())
		cfg.HTTPAddr = addr
		require.Empty(t, start(t, cfg).HTTPAddr())
	}
}

func TestHealthAsksTheRunningService(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	cfg.HTTPAddr = ":0"
	rt, err := service.Start(t.Context(), "fetcher", cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = rt.Close(context.Background()) })
	work(t, rt)
	_, port, err := net.SplitHostPort(rt.HTTPAddr())
	require.NoError(t, err)

	got := call(t, []string{"HTTP_ADDR=:" + port}, "health")
	require.Equal(t, service.ExitOK, got.code, got.stderr)
	require.JSONEq(t, `{"ready":true,"checks":{"nats":"ok","running":"ok"}}`, got.stdout)

	rt.Ready("database", func(context.Context) error { return errors.New("gone") })
	got = call(t, []string{"HTTP_ADDR=0.0.0.0:" + port}, "health")
	require.Equal(t, service.ExitFailed, got.code)
	require.Contains(t, got.stderr, `fetcher health: not ready: {"ready":false`)
	require.Contains(t, got.stderr, `"database":"gone"`)

	require.NoError(t, rt.Close(t.Context()))
	got = call(t, nil, "health", "--http-addr="+nobody)
	require.Equal(t, service.ExitFailed, got.code)
	require.Contains(t, got.stderr, "connection refused")

	got = call(t, []string{"HTTP_ADDR=off"}, "health")
	require.Equal(t, service.ExitFailed, got.code)
	require.Contains(t, got.stderr, "HTTP_ADDR is off")
}

// All services have the same address unless they are told another.
func TestHealthTellsAnotherServiceFromThisOne(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	cfg.HTTPAddr = "127.0.0.1:0"
	rt := start(t, cfg)
	work(t, rt)
	got := call(t, []string{"HTTP_ADDR=" + rt.HTTPAddr()}, "health")
	require.Equal(t, service.ExitFailed, got.code)
	require.Contains(t, got.stderr, "the planner answers at http://"+rt.HTTPAddr()+"/readyz; set HTTP_ADDR to the address of the fetcher")

	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ready":true}`)
	}))
	t.Cleanup(foreign.Close)
	got = call(t, []string{"HTTP_ADDR=" + foreign.Listener.Addr().String()}, "health")
	require.Equal(t, service.ExitFailed, got.code)
	require.Contains(t, got.stderr, "is not one of these services (200 OK)")
	require.Empty(t, got.stdout)
}

func TestTheLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	secret := "a-secret-of-the-log-test"
	_, err := service.FromMap[struct {
		Key string `env:"A_KEY" secret:"true"`
	}](map[string]string{"A_KEY": secret})
	require.NoError(t, err)
	for _, format := range []string{"json", "console"} {
		var out bytes.Buffer
		log := service.NewLogger("planner", service.LogConfig{LogFormat: format, LogWriter: &out})
		log.Error().Str("url", "/?key="+secret).Err(errors.New("is " + secret)).Msg("saying " + secret)
		log.Debug().Msg("not at this level")
		require.NotContains(t, out.String(), secret)
		require.Equal(t, 3, strings.Count(out.String(), "[redacted "), out.String())
		require.Contains(t, out.String(), "planner")
		require.NotContains(t, out.String(), "not at this level")
		if format == "json" {
			var line struct{ Time time.Time }
			require.NoError(t, json.Unmarshal(out.Bytes(), &line))
			require.Equal(t, time.UTC, line.Time.Location())
		}
	}
}

// Nobody waits for ever for what is done once.
func TestTheWaitForNATSCanBeBounded(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "nats://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	cfg, _ := config(t, url)
	cfg.Await = 100 * time.Millisecond
	err = service.Do(t.Context(), "tool", cfg, func(context.Context, *service.Runtime) error { return nil })
	require.ErrorContains(t, err, "NATS does not answer at "+url+" within 100ms (--wait)")
}
