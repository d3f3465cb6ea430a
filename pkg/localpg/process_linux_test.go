package localpg_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The server of a killed program shuts down, and the next program needs no
// help to take the folder over.
func TestServerEndsWithAKilledProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "running\n", line)
	server := pid(t, dir)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait(), "killed")

	s := start(t, dir)
	require.NotEqual(t, server, pid(t, dir))
	require.Equal(t, "1", query(t, s, "SELECT '1'"))
	log, err := os.ReadFile(s.LogFile())
	require.NoError(t, err)
	require.NotContains(t, string(log), "was interrupted", "it was shut down, not cut off")
}

func TestServerIsNotGivenTheProgramsEnvironment(t *testing.T) {
	t.Setenv("KOBIS_API_KEYS", "a-secret")
	t.Setenv("PGPORT", "1")
	dir := t.TempDir()
	start(t, dir)
	env, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid(t, dir)), "environ"))
	require.NoError(t, err)
	require.Contains(t, string(env), "PATH=")
	require.NotContains(t, string(env), "a-secret")
}
