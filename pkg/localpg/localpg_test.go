package localpg_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/localpg"
)

// childFolder makes this binary a program that runs a server in that folder
// until it is killed.
const childFolder = "LOCALPG_TEST_CHILD_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		runChild(dir)
		return
	}
	goleak.VerifyTestMain(removingTemplate{m})
}

// removingTemplate removes what template has made.
type removingTemplate struct{ *testing.M }

func (r removingTemplate) Run() int {
	code := r.M.Run()
	if err := os.RemoveAll(templateFolder); err != nil {
		fmt.Println(err)
		return max(code, 1)
	}
	return code
}

// template is the folder of a server that is stopped: most tests are not about how a
// cluster is made, and copy its.
var (
	templateFolder string
	template       = sync.OnceValue(func() (err error) {
		if templateFolder, err = os.MkdirTemp("", "localpg-template-"); err != nil {
			return err
		}
		s, err := localpg.Start(context.Background(), localpg.Config{Dir: templateFolder, Volatile: true})
		if err != nil {
			return err
		}
		return s.Stop(context.Background())
	})
)

func runChild(dir string) {
	if _, err := localpg.Start(context.Background(), localpg.Config{Dir: dir, Volatile: true}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("running")
	select {}
}

// start runs a server on a copy of the template's cluster, or on the one that is there.
func start(t *testing.T, dir string) *localpg.Server {
	t.Helper()
	skipShort(t)
	require.NoError(t, template())
	return startWith(t, localpg.Config{Dir: dir, Volatile: true, Template: templateFolder})
}

// startAnew runs a server on a cluster that it makes.
func startAnew(t *testing.T, dir string) *localpg.Server {
	t.Helper()
	skipShort(t)
	return startWith(t, localpg.Config{Dir: dir, Volatile: true})
}

func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("makes a cluster of its own: left out with -short")
	}
}

func startWith(t *testing.T, cfg localpg.Config) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

func query(t *testing.T, s *localpg.Server, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	var out string
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&out))
	return out
}

func pid(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	n, err := strconv.Atoi(line)
	require.NoError(t, err)
	return n
}

func TestDataOutlivesAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	require.NoError(t, s.EnsureDatabase(t.Context(), "a b"))
	require.NoError(t, s.EnsureDatabase(t.Context(), "a b"), "it is there already")
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()), "a second stop does nothing")
	<-s.Done()
	require.NoError(t, s.Err(), "a stop is not a failure")
	require.NoFileExists(t, filepath.Join(dir, "data", "postmaster.pid"), "a clean shutdown")

	again := start(t, dir)
	require.Equal(t, s.URL("x"), again.URL("x"))
	require.Equal(t, "1", query(t, again, "SELECT count(*)::text FROM pg_database WHERE datname = 'a b'"))
}

// A folder is named by its owner: what is special in a URL, in a shell, in the
// server's configuration or for a socket is an ordinary letter in a path.
func TestServerWorksInAnyFolder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a 한글 'b' \"c\" %20 #1 +&?", strings.Repeat("far ", 25) + ", 영화"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), name)
			s := startAnew(t, dir)
			require.Equal(t, "1", query(t, s, "SELECT '1'"))
			require.NotRegexp(t, `[ "'$#,]`, s.URL("postgres"), "it may be passed on as it is")
		})
	}
}

func TestAFolderIsRemovedOnlyWhereNoServerRuns(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "house")
	require.NoError(t, localpg.Remove(t.Context(), dir), "there is nothing")
	s := start(t, dir)
	require.ErrorIs(t, localpg.Remove(t.Context(), dir), localpg.ErrInUse)
	require.Equal(t, "1", query(t, s, "SELECT '1'"))
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, localpg.Remove(t.Context(), dir))
	require.NoDirExists(t, dir)
}

func TestStopEndsOpenSessions(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	require.Error(t, conn.Ping(t.Context()))
	require.NoError(t, conn.Close(t.Context()))
}

func TestAnImpatientStopStillEndsTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); err != nil { // the server may have been quicker
		require.ErrorIs(t, err, context.Canceled)
	}
	<-s.Done()
	require.NoError(t, s.Err())
}

func TestClusterIsUTF8AndUTC(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	require.Equal(t, "UTF8", query(t, s, "SHOW server_encoding"))
	require.Equal(t, "UTC", query(t, s, "SHOW timezone"))
	require.Equal(t, "é", query(t, s, "SELECT lower('É')"))
	require.Equal(t, "true", query(t, s, `SELECT ('기생충' ~ '^\w+$')::text`), "Korean letters are letters")
	require.Equal(t, "true", query(t, s, "SELECT ('Z' < 'a')::text"), "sorted by code point")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s, err := localpg.Start(t.Context(), localpg.Config{
		Dir:      t.TempDir(),
		Settings: map[string]string{"max_connections": "17", "listen_addresses": "*"},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	require.Equal(t, "17", query(t, s, "SHOW max_connections"))
	require.Equal(t, "on", query(t, s, "SHOW fsync"), "durable unless asked otherwise")
	require.Empty(t, query(t, s, "SHOW listen_addresses"), "nothing opens a TCP port")
}

func TestVolatileTurnsDurabilityOff(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	require.Equal(t, "off", query(t, s, "SHOW fsync"))
}

func TestRefusedSettingIsExplained(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{
		Dir: t.TempDir(), Volatile: true, Settings: map[string]string{"no_such_setting": "1"},
	})
	require.ErrorIs(t, err, localpg.ErrEnded)
	require.ErrorContains(t, err, "no_such_setting", "the end of the log says why")
}

func TestSocketFolderIsClosedToOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, dir)
	for _, name := range []string{"run", "data"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), name)
	}
}

func TestFolderBelowAClosedOne(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700)) // for root: the server's user can't pass
	s := startAnew(t, filepath.Join(closed, "made", "on", "the", "way"))
	require.Equal(t, "1", query(t, s, "SELECT '1'"))
}

func TestFolderWithALongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	s := start(t, dir)
	require.Equal(t, "1", query(t, s, "SELECT '1'"))
	require.NoError(t, s.Stop(t.Context()))
	again := start(t, dir)
	require.Equal(t, s.URL("x"), again.URL("x"))
}

func TestSecondProgramIsKeptOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: dir, Volatile: true})
	require.ErrorIs(t, err, localpg.ErrInUse)
	require.Equal(t, "1", query(t, s, "SELECT '1'"), "the first one goes on")
}

func TestCrashIsReportedAndRecoveredFrom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	require.NoError(t, s.EnsureDatabase(t.Context(), "kept"))
	require.NoError(t, syscall.Kill(pid(t, dir), syscall.SIGKILL))
	<-s.Done()
	require.ErrorIs(t, s.Err(), localpg.ErrEnded)
	require.FileExists(t, filepath.Join(dir, "data", "postmaster.pid"), "what a crash leaves")

	// The killed server's children hold its shared memory until they notice.
	require.Eventually(t, func() bool {
		again, err := localpg.Start(t.Context(), localpg.Config{Dir: dir, Volatile: true})
		if err != nil {
			return !assert.ErrorContains(t, err, "shared memory block")
		}
		require.Equal(t, "1", query(t, again, "SELECT count(*)::text FROM pg_database WHERE datname = 'kept'"))
		return assert.NoError(t, again.Stop(t.Context()))
	}, time.Minute, 50*time.Millisecond)
}

// After a restart of a container, the process id in a left lock file mostly
// belongs to another program, often of the same user.
func TestLockFileOfAReusedProcessID(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	require.NoError(t, syscall.Kill(pid(t, dir), syscall.SIGKILL))
	<-s.Done()

	other := exec.CommandContext(t.Context(), "sleep", "1000")
	var stat syscall.Stat_t
	require.NoError(t, syscall.Stat(filepath.Join(dir, "data"), &stat))
	if os.Geteuid() == 0 {
		other.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
	}
	other.Dir = "/"
	require.NoError(t, other.Start())
	defer func() {
		require.NoError(t, other.Process.Kill())
		require.Error(t, other.Wait(), "killed")
	}()
	path := filepath.Join(dir, "data", "postmaster.pid")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "\n")
	require.NoError(t, os.WriteFile(path, []byte(strconv.Itoa(other.Process.Pid)+"\n"+rest), 0o600))

	again := start(t, dir)
	require.Equal(t, "1", query(t, again, "SELECT '1'"))
	require.NoError(t, other.Process.Signal(syscall.Signal(0)), "the other program was left alone")
}

func TestCancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := localpg.Start(ctx, localpg.Config{Dir: dir, Volatile: true})
	require.ErrorIs(t, err, context.Canceled)
	s := start(t, dir)
	require.Equal(t, "1", query(t, s, "SELECT '1'"))
}

func TestServerThatRefusesIsEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, start(t, dir).Stop(t.Context()))
	rules := filepath.Join(dir, "data", "pg_hba.conf")
	kept, err := os.ReadFile(rules)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(rules, []byte("local all all reject\n"), 0o600))
	_, err = localpg.Start(t.Context(), localpg.Config{Dir: dir, Volatile: true})
	require.ErrorContains(t, err, "rejects connection")

	require.NoError(t, os.WriteFile(rules, kept, 0o600))
	s := start(t, dir)
	require.Equal(t, "1", query(t, s, "SELECT '1'"), "the folder is free again")
}

func TestMissingBinariesNameTheRemedy(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: t.TempDir(), BinDir: t.TempDir()})
	require.ErrorIs(t, err, localpg.ErrNoBinaries)
	require.ErrorContains(t, err, "apt-get install postgresql")
	require.ErrorContains(t, err, "DATABASE_URL")
}

func TestClusterOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600))
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: dir})
	require.ErrorIs(t, err, localpg.ErrVersion)
}

func TestFolderIsNotOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "data", "thesis.txt")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := localpg.Start(t.Context(), localpg.Config{Dir: dir})
	require.ErrorContains(t, err, "holds no cluster")
	require.FileExists(t, file)
}

func TestFolderIsRequired(t *testing.T) {
	t.Parallel()
	_, err := localpg.Start(t.Context(), localpg.Config{})
	require.Error(t, err)
	require.NotErrorIs(t, err, localpg.ErrNoBinaries)
}
