package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/cledit/pipeline/pkg/service"
)

const nowhere = "nats://127.0.0.1:1"

// status asks for a page with headers.
func (w *world) status(t *testing.T, method, path, form string, pairs ...string) *http.Response {
	t.Helper()
	header := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w.do(t, method, path, form, header)
}

// No policy lets a page of another site read, frame or send anything, and a name that
// was made to lead here is not answered.
func TestOtherSitesAreKeptOut(t *testing.T) {
	t.Parallel()
	_, login := database(t)
	w := &world{client: &http.Client{}, url: serve(t, settings(t, login, nowhere, nil))}
	resp := w.status(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	require.Equal(t, http.StatusForbidden, w.status(t, http.MethodGet, "/", "", "Host", "rebound.example").StatusCode)
	for _, host := range []string{"localhost:8088", "127.0.0.1", "[::1]:8088"} {
		require.Equal(t, http.StatusOK, w.status(t, http.MethodGet, "/", "", "Host", host).StatusCode, host)
	}

	form := "lang=en&back=/plan%3Fkeys%3D2%26lang%3Dko"
	require.Equal(t, http.StatusForbidden, w.status(t, http.MethodPost, "/preferences", form, "Sec-Fetch-Site", "cross-site").StatusCode)
	require.Equal(t, http.StatusForbidden, w.status(t, http.MethodPost, "/preferences", form, "Origin", "https://other.example").StatusCode)
	resp = w.status(t, http.MethodPost, "/preferences", form, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	require.Equal(t, "/plan?keys=2", resp.Header.Get("Location"))
	cookie := resp.Header.Get("Set-Cookie")
	for _, want := range []string{"lang=en", "HttpOnly", "SameSite=Strict"} {
		require.Contains(t, cookie, want)
	}
	for _, back := range []string{"https://other.example/", "//other.example/", `/\other.example`, "javascript:alert(1)", ""} {
		resp = w.status(t, http.MethodPost, "/preferences", "theme=dark&back="+back, "Sec-Fetch-Site", "same-origin")
		require.Equal(t, "/", resp.Header.Get("Location"), back)
	}
	require.Empty(t, w.status(t, http.MethodPost, "/preferences", "lang=xx&theme=%3Cb%3E", "Sec-Fetch-Site", "same-origin").Header.Values("Set-Cookie"))
	require.Equal(t, http.StatusMethodNotAllowed, w.status(t, http.MethodPost, "/plan", "a=b", "Sec-Fetch-Site", "same-origin").StatusCode)
}

func TestBasicAsksForANameAndAPassword(t *testing.T) {
	t.Parallel()
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "users")
	require.NoError(t, os.WriteFile(file, []byte("# who may look\nlooker:"+string(hash)+"\n\nowner:"+string(hash)+":operator\n"), 0o600))
	_, login := database(t)
	w := &world{client: &http.Client{}, url: serve(t, settings(t, login, nowhere, func(c *Config) { c.Login, c.UsersFile = loginBasic, file }))}
	body := ""
	ask := func(path, name, password string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, http.NoBody)
		require.NoError(t, err)
		if name != "" {
			req.SetBasicAuth(name, password)
		}
		resp, err := w.client.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		body = string(text)
		return resp.StatusCode
	}
	for range 2 { // what was right is remembered, what was wrong is not
		require.Equal(t, http.StatusUnauthorized, ask("/", "", ""))
		require.Equal(t, http.StatusUnauthorized, ask("/", "looker", "wrong"))
		require.Equal(t, http.StatusUnauthorized, ask("/", "nobody", "right"))
		require.Equal(t, http.StatusUnauthorized, ask("/events", "nobody", "right"))
		require.Equal(t, http.StatusOK, ask("/", "looker", "right"))
		require.NotContains(t, body, `"/keys"`, "a page that a viewer may not see")
		require.Equal(t, http.StatusForbidden, ask("/keys", "looker", "right"), "a viewer")
		require.Equal(t, http.StatusOK, ask("/keys", "owner", "right"))
		require.Contains(t, body, `"/keys"`)
	}
}

func TestAProxyIsBelievedWithItsSecret(t *testing.T) {
	t.Parallel()
	const secret = "a secret of the proxy's"
	_, login := database(t)
	w := &world{client: &http.Client{}, url: serve(t, settings(t, login, nowhere, func(c *Config) { c.Login, c.ProxySecret = loginProxy, secret }))}
	for _, test := range []struct {
		headers []string
		path    string
		status  int
	}{
		{nil, "/", http.StatusUnauthorized},
		{[]string{headerUser, "somebody"}, "/", http.StatusUnauthorized},
		{[]string{headerUser, "somebody", headerSecret, secret + "!"}, "/", http.StatusUnauthorized},
		{[]string{headerSecret, secret}, "/", http.StatusUnauthorized},
		{[]string{headerUser, "somebody", headerSecret, secret}, "/", http.StatusOK},
		{[]string{headerEmail, "somebody@example.org", headerSecret, secret}, "/", http.StatusOK},
		{[]string{headerUser, "somebody", headerSecret, secret, headerGroups, "cledit-viewer, other"}, "/keys", http.StatusForbidden},
		{[]string{headerUser, "somebody", headerSecret, secret, headerGroups, "other,cledit-operator"}, "/keys", http.StatusOK},
	} {
		require.Equal(t, test.status, w.status(t, http.MethodGet, test.path, "", test.headers...).StatusCode, test.headers)
	}
}

func TestNobodyIsLetInByOversight(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "users")
	require.NoError(t, os.WriteFile(bad, []byte("looker:plain\n"), 0o600))
	for _, test := range []struct {
		change map[string]string
		named  string
	}{
		{map[string]string{"CONSOLE_ADDR": ":8088"}, "CONSOLE_LOGIN"},
		{map[string]string{"CONSOLE_ADDR": "0.0.0.0:8088"}, "CONSOLE_LOGIN"},
		{map[string]string{"CONSOLE_ADDR": "8088"}, "CONSOLE_ADDR"},
		{map[string]string{"CONSOLE_LOGIN": "open"}, "CONSOLE_LOGIN"},
		{map[string]string{"CONSOLE_LOGIN": "basic"}, "CONSOLE_USERS_FILE"},
		{map[string]string{"CONSOLE_LOGIN": "basic", "CONSOLE_USERS_FILE": bad}, "not hashed by bcrypt"},
		{map[string]string{"CONSOLE_LOGIN": "proxy", "CONSOLE_PROXY_SECRET": "short"}, "CONSOLE_PROXY_SECRET"},
		{map[string]string{"DATABASE_URL": "no url"}, "DATABASE_URL"},
	} {
		values := map[string]string{"DATABASE_URL": "postgres://127.0.0.1:1/x"}
		maps.Copy(values, test.change)
		_, err := service.FromMap[Config](values)
		require.ErrorContains(t, err, test.named, test.change)
	}
	for _, values := range []map[string]string{
		{}, {"CONSOLE_ADDR": "localhost:0"}, {"CONSOLE_ADDR": "[::1]:8088"}, {"CONSOLE_ADDR": ":8088", "CONSOLE_PUBLISHED_ON_LOOPBACK": "true"},
	} {
		values["DATABASE_URL"] = "postgres://127.0.0.1:1/x"
		_, err := service.FromMap[Config](values)
		require.NoError(t, err, values)
	}
}

// What is away is said, and what is there is shown.
func TestWhatIsAwayIsSaid(t *testing.T) {
	t.Parallel()
	_, login := database(t)
	w := &world{client: &http.Client{}, url: serve(t, settings(t, login, nowhere, nil))}
	for _, path := range []string{"/?lang=en", "/streams?lang=en", "/keys?lang=en"} {
		status, text := w.get(t, path)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, text, "NATS does not answer", path)
	}
	_, text := w.get(t, "/?lang=en")
	require.Contains(t, text, "2,290 calls wait until midnight", "the planner's word stands")

	w.url = serve(t, settings(t, "postgres://127.0.0.1:1/x?connect_timeout=1", nowhere, nil))
	status, text := w.get(t, "/?lang=ko")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, text, "데이터베이스가 제대로 응답하지 않습니다.")
	resp := w.do(t, http.MethodGet, "/events?lang=en", "", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// The login of another service is refused at once, and the console's own writes nothing.
func TestTheConsoleWritesNothing(t *testing.T) {
	t.Parallel()
	owner, login := database(t)
	pool, err := openPool(t.Context(), login)
	require.NoError(t, err)
	defer pool.Close()
	var readOnly, limit string
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')").Scan(&readOnly, &limit))
	require.Equal(t, "on", readOnly)
	require.Equal(t, "5s", limit)
	conn, err := pgx.Connect(t.Context(), login)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // the test has ended
	_, err = conn.Exec(t.Context(), "DELETE FROM ops.status")
	require.ErrorContains(t, err, "permission denied")

	name := "other_" + owner.Config().Database
	_, err = owner.Exec(t.Context(), "CREATE ROLE "+pgx.Identifier{name}.Sanitize()+" LOGIN IN ROLE reader")
	require.NoError(t, err)
	_, err = openPool(t.Context(), strings.Replace(login, "console_", "other_", 1))
	require.ErrorContains(t, err, "is not a member of role console")
}

func TestATakenAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cfg := settings(t, "postgres://127.0.0.1:1/x", nowhere, func(c *Config) { c.Addr = taken.Addr().String() })
	require.ErrorContains(t, Run(ctx, cfg), "another program has it: set CONSOLE_ADDR to an address of its own")
	cfg.AnyPort = true
	require.NotContains(t, serve(t, cfg), taken.Addr().String())
}

// The scripts are as their makers gave them out: htmx, which is served, and axe-core, which
// tests alone use.
func TestTheScriptsAreWhatTheyWere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"static/htmx-4.0.1.min.js":        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
		"static/hx-sse-4.0.1.min.js":      "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
		"testdata/axe-core-4.14.1.min.js": "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
	} {
		script, err := os.ReadFile(name)
		require.NoError(t, err)
		sum := sha256.Sum256(script)
		require.Equal(t, want, hex.EncodeToString(sum[:]), name)
	}
}
