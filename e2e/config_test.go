package e2e_test

import (
	"maps"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
)

// exitRefused is the exit code of a process that refuses its configuration.
const exitRefused = 2

// run runs a binary to its end and returns its exit code and everything it said.
func run(t *testing.T, service string, env map[string]string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), harness.Binary(t, service), args...)
	cmd.Env = harness.Environ(env)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit, "running %s", service)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestEveryConfigurationProblemIsNamedAtOnce gives each service several mistakes
// and expects all of them in one refusal.
func TestEveryConfigurationProblemIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		service string
		env     map[string]string
		args    []string
		named   []string
	}{
		{
			"fetcher-kobis",
			map[string]string{"KOBIS_BASE_URL": "not a url", "KOBIS_RATE": "fast", "FETCH_CONCURRENCY": "many"},
			[]string{"--no-such-flag", "--nor-this=1"},
			[]string{"KOBIS_API_KEYS", "KOBIS_BASE_URL", "KOBIS_RATE", "FETCH_CONCURRENCY", "no-such-flag", "nor-this"},
		},
		{
			"fetcher-tmdb",
			map[string]string{"TMDB_RATE": "40", "RETRY_BASE": "soon", "TMDB_BASE_URL": "ftp://host"},
			nil,
			[]string{"TMDB_ACCESS_TOKEN", "TMDB_RATE", "RETRY_BASE", "TMDB_BASE_URL"},
		},
		{
			"planner",
			map[string]string{"PLANNER_INTERVAL": "0", "STREAM_REPLICAS": "two", "BOX_OFFICE_FROM": "20250825", "KOBIS_QUOTA_ZONE": "Asia/Nowhere"},
			[]string{"--unknown"},
			[]string{"DATABASE_URL", "PLANNER_INTERVAL", "STREAM_REPLICAS", "BOX_OFFICE_FROM", "KOBIS_QUOTA_ZONE", "unknown"},
		},
		{
			"loader",
			map[string]string{"LOADER_CONSUMERS": "0", "LOADER_CHUNK": "-1", "LOG_LEVEL": "loud", "NATS_URL": "http://host"},
			nil,
			[]string{"DATABASE_URL", "LOADER_CONSUMERS", "LOADER_CHUNK", "LOG_LEVEL", "NATS_URL"},
		},
		{
			"console",
			map[string]string{"CONSOLE_ADDR": ":8088", "CONSOLE_POSTERS": "some", "HTTP_ADDR": "here"},
			nil,
			[]string{"DATABASE_URL", "CONSOLE_LOGIN", "CONSOLE_POSTERS", "HTTP_ADDR"},
		},
	} {
		t.Run(test.service, func(t *testing.T) {
			t.Parallel()
			code, out := run(t, test.service, test.env, test.args...)
			require.Equal(t, exitRefused, code, out)
			for _, name := range test.named {
				require.Contains(t, out, name)
			}
		})
	}
}

// TestEveryNumberHasARange gives each service each of its numbers too small and too
// large: a slip of the pen is refused at once.
func TestEveryNumberHasARange(t *testing.T) {
	t.Parallel()
	needed := map[string]string{"DATABASE_URL": "postgres://127.0.0.1:1/db", "KOBIS_API_KEYS": goodKeys[0], "TMDB_ACCESS_TOKEN": goodToken}
	found := 0
	for service := range harness.Services {
		_, printed := run(t, service, needed, "--print-config")
		numbers := regexp.MustCompile(`(?m)^([A-Z_]+)=[0-9]+\s`).FindAllStringSubmatch(printed, -1)
		found += len(numbers)
		for _, number := range numbers {
			for _, value := range []string{"-1", "100000000"} {
				env := maps.Clone(needed)
				env[number[1]] = value
				code, out := run(t, service, env, "--print-config")
				require.Equal(t, exitRefused, code, "%s: %s=%s\n%s", service, number[1], value, out)
				require.Contains(t, out, number[1]+"="+value)
				require.Contains(t, out, "expected", "what it may be")
			}
		}
	}
	require.GreaterOrEqual(t, found, 10, "of all services")
}

// TestPrintConfigTellsNoSecret prints each service's configuration; it connects
// to nothing, since nothing is there.
func TestPrintConfigTellsNoSecret(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"NATS_URL": "nats://user:natspassword@127.0.0.1:1", "DATABASE_URL": "postgres://user:dbpassword@127.0.0.1:1/db",
		"KOBIS_API_KEYS": goodKeys[0] + "," + goodKeys[1], "TMDB_ACCESS_TOKEN": goodToken,
	}
	for service := range harness.Services {
		code, out := run(t, service, maps.Clone(env), "--print-config")
		require.Zero(t, code, out)
		require.Contains(t, out, "NATS_URL")
		for _, secret := range append([]string{"natspassword", "dbpassword", goodToken}, goodKeys...) {
			require.NotContains(t, out, secret, "%s tells a secret", service)
		}
	}
}

// TestInjectedVariablesAreLeftAlone gives what Kubernetes injects beside services
// of these names, and one misspelling of ours.
func TestInjectedVariablesAreLeftAlone(t *testing.T) {
	t.Parallel()
	code, out := run(t, "loader", map[string]string{
		"DATABASE_URL": "postgres://127.0.0.1:1/db", "NATS_PORT": "tcp://10.0.0.1:4222", "NATS_SERVICE_HOST": "10.0.0.1",
		"LOADER_PORT": "tcp://10.0.0.2:80", "LOADER_CONSUMER": "3",
	}, "--print-config")
	require.Zero(t, code, out)
	require.Contains(t, out, `"LOADER_CONSUMER"`, "a near miss is warned about")
	require.NotContains(t, out, "NATS_PORT")
	require.NotContains(t, out, "LOADER_PORT")
}
