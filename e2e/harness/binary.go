package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Services are the binaries of the pipeline and the module each is built from.
var Services = map[string]string{
	"planner":       "github.com/cledit/pipeline/services/planner/cmd/planner",
	"fetcher-kobis": "github.com/cledit/pipeline/services/fetcher-kobis/cmd/fetcher-kobis",
	"fetcher-tmdb":  "github.com/cledit/pipeline/services/fetcher-tmdb/cmd/fetcher-tmdb",
	"console":       "github.com/cledit/pipeline/services/console/cmd/console",
	"loader":        "github.com/cledit/pipeline/services/loader/cmd/loader",
}

// Pipeline are the services that load, in the order in which they are started.
var Pipeline = []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader"}

// build compiles the binaries once for each test binary. They are built as `make
// build` builds them, without the race detector: their start-up time and memory are
// those of a release.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cledit-e2e-bin-")
	if err != nil {
		return "", err
	}
	args := []string{"build", "-tags", "grpcnotrace", "-trimpath", "-ldflags=-s -w", "-o", dir + string(filepath.Separator)}
	for _, pkg := range Services {
		args = append(args, pkg)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return dir, cmd.Run()
})

// Binary is the path of a service's binary.
func Binary(tb testing.TB, service string) string {
	tb.Helper()
	SkipShort(tb)
	require.Contains(tb, Services, service)
	dir, err := build()
	require.NoError(tb, err, "building the services")
	return filepath.Join(dir, service)
}

// SkipShort leaves a test out with -short: one that builds the services or boots all
// of them takes longer than somebody waits between two edits.
func SkipShort(tb testing.TB) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("runs the whole pipeline: left out with -short")
	}
}

// RemoveBinaries removes what the tests of this binary built.
func RemoveBinaries() error {
	if testing.Short() {
		return nil
	}
	dir, err := build()
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
