package console

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

func TestMain(m *testing.M) { pgtest.Main(ending{m}) }

// ending closes, after the last test, what several share.
type ending struct{ *testing.M }

var closeShared = func() {}

func (e ending) Run() int {
	code := e.M.Run()
	closeShared()
	return code
}

// noon is the time of these tests: noon in Seoul.
var noon = time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)

// world is a console before tables and streams, with a login and a user of its own.
type world struct {
	url    string // of the pages
	owner  *pgx.Conn
	client *http.Client
}

// database makes one with rows of everything, and a login of the console's.
func database(t *testing.T) (owner *pgx.Conn, login string) {
	t.Helper()
	address := pgtest.Migrated(t)
	owner, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = owner.Close(context.WithoutCancel(t.Context())) })
	rows, err := os.ReadFile("testdata/rows.sql")
	require.NoError(t, err)
	_, err = owner.Exec(t.Context(), string(rows))
	require.NoError(t, err)
	u, err := url.Parse(address)
	require.NoError(t, err)
	name := "console" + strings.ReplaceAll(u.Path, "/", "_")
	_, err = owner.Exec(t.Context(), "CREATE ROLE "+pgx.Identifier{name}.Sanitize()+" LOGIN IN ROLE console")
	require.NoError(t, err)
	u.User = url.User(name)
	return owner, u.String()
}

// streamServer is a NATS server as it is deployed, with the streams.
func streamServer(t *testing.T) string {
	t.Helper()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	js, err := jetstream.New(natstest.Connect(t, srv, nats.UserInfo(natstest.Operator, natstest.Operator)))
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	return srv.ClientURL()
}

// settings are what the console is told, changed by change.
func settings(t *testing.T, databaseURL, natsURL string, change func(*Config)) Config {
	t.Helper()
	cfg, err := service.FromMap[Config](map[string]string{
		"DATABASE_URL": databaseURL, "NATS_URL": natsURL, "NATS_USER": "console", "NATS_PASSWORD": "console", "HTTP_ADDR": "127.0.0.1:0",
		"CONSOLE_ADDR": "127.0.0.1:0",
	})
	require.NoError(t, err)
	cfg.LogWriter = zerolog.NewTestWriter(t)
	cfg.Now = func() time.Time { return noon }
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// serve runs a console until the test ends, and gives its address.
func serve(t *testing.T, cfg Config) string {
	t.Helper()
	serving := make(chan string, 1)
	cfg.Serving = func(addr string) { serving <- "http://" + addr }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	select {
	case address := <-serving:
		return address
	case err := <-ended:
		ended <- err
		require.NoError(t, err)
		return ""
	}
}

// start runs a console before rows and streams; it is connected to both.
func start(t *testing.T, change func(*Config)) *world {
	t.Helper()
	owner, login := database(t)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	w := &world{owner: owner, client: &http.Client{Jar: jar}}
	w.url = serve(t, settings(t, login, streamServer(t), change))
	require.Eventually(t, func() bool {
		_, text := w.get(t, "/streams")
		return strings.Contains(text, "JOBS/fetcher-kobis")
	}, time.Minute, 10*time.Millisecond)
	return w
}

// get fetches a page, following where it leads.
func (w *world) get(t *testing.T, path string) (status int, text string) {
	t.Helper()
	_, code, _ := strings.Cut(path, "lang=")
	code, _, _ = strings.Cut(code, "&")
	resp := w.do(t, http.MethodGet, path, "", http.Header{"Accept-Language": {code}})
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func (w *world) do(t *testing.T, method, path, form string, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(form))
	require.NoError(t, err)
	for name, values := range header {
		req.Header[name] = values
		if name == "Host" {
			req.Host = values[0]
		}
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := w.client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}
