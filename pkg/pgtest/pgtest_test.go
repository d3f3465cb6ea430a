package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// childMode makes this binary use the shared server and then end ("end") or
// wait to be killed ("wait").
const childMode = "PGTEST_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		runChild(mode)
		return
	}
	Main(m)
}

func runChild(mode string) {
	c, err := shared()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.dir.path)
	if mode == "wait" {
		select {}
	}
	if err := stop(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// child starts this binary again and returns the folder of its server.
func child(t *testing.T, mode string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childMode+"="+mode, "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return cmd, line[:len(line)-1]
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func tables(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	const query = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	one, other := connect(t, Database(t)), connect(t, Database(t))
	_, err := one.Exec(t.Context(), "CREATE TABLE mine (id int)")
	require.NoError(t, err)
	require.Equal(t, 1, tables(t, one))
	require.Zero(t, tables(t, other))
}

func TestDatabaseEndsWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("owner", func(t *testing.T) { url = Database(t) })
	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "does not exist")
}

func TestServerComesBackInItsFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := Server(t, dir)
	conn := connect(t, s.URL("postgres"))
	_, err := conn.Exec(t.Context(), "CREATE TABLE kept (id int)")
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	again := Server(t, dir)
	require.Equal(t, s.URL("postgres"), again.URL("postgres"))
	require.Equal(t, 1, tables(t, connect(t, again.URL("postgres"))))
}

func TestNothingIsLeftAfterARun(t *testing.T) {
	t.Parallel()
	cmd, dir := child(t, "end")
	require.NoError(t, cmd.Wait())
	require.NoDirExists(t, dir)
}

func TestFilesOfAKilledRunAreSwept(t *testing.T) {
	t.Parallel()
	cmd, dir := child(t, "wait")
	sweep(filepath.Dir(dir))
	require.FileExists(t, marker(dir), "its owner is alive")
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "killed")
	require.Eventually(t, func() bool {
		sweep(filepath.Dir(dir)) // in vain while the server is still writing
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}, setUpTimeout, 20*time.Millisecond)
}
