package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.FromSlash(path))
	require.NoError(t, err)
	return string(content)
}

// project reads the compose file as `docker compose --profile …` does.
func project(t *testing.T, profiles ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithName("cledit"), cli.WithProfiles(profiles))
	require.NoError(t, err)
	p, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	return p
}

func TestComposeProfilesHoldWhatTheySay(t *testing.T) {
	t.Parallel()
	common := []string{"setup", "nats", "postgres", "migrate", "loader"}
	require.ElementsMatch(t, append([]string{"claim-live", "planner", "fetcher-kobis", "fetcher-tmdb"}, common...),
		project(t, "live").ServiceNames())
	require.ElementsMatch(t, append([]string{"claim-demo", "demo-planner", "demo-fetcher-kobis", "demo-fetcher-tmdb", "upstream-sim"}, common...),
		project(t, "demo").ServiceNames())
	require.Contains(t, read(t, "../.env"), "COMPOSE_PROFILES=live", "what runs without a profile")
}

// The demo needs neither keys nor a way out.
func TestComposeDemoNeedsNoSecret(t *testing.T) {
	t.Parallel()
	p := project(t, "demo")
	for _, s := range p.Services {
		require.Empty(t, s.Secrets, s.Name)
		require.NotContains(t, s.Networks, "outside", s.Name)
	}
	require.True(t, p.Networks["inside"].Internal)
}

func TestComposeServicesAreHardened(t *testing.T) {
	t.Parallel()
	for _, s := range project(t, "live", "demo", "audit").Services {
		require.True(t, s.ReadOnly, s.Name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, s.Name)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, s.Name)
		require.NotZero(t, s.MemLimit, s.Name)
		require.NotZero(t, s.PidsLimit, s.Name)
		require.Empty(t, s.Ports, "%s: nothing is published", s.Name)
		require.NotContains(t, s.Image, "latest", s.Name)
		for name, value := range s.Environment {
			if value != nil && !strings.HasSuffix(name, "_FILE") {
				require.NotRegexp(t, `PASSWORD|SECRET|TOKEN|KEYS`, name, "%s: a secret belongs in a file", s.Name)
			}
		}
	}
}

// An image of ours is built, and never looked for in a registry.
func TestComposeBuildsItsImages(t *testing.T) {
	t.Parallel()
	for _, s := range project(t, "live", "demo", "audit").Services {
		require.Equal(t, strings.HasPrefix(s.Image, "cledit/"), s.Build != nil, s.Name)
	}
}

// What replays inside a cluster is what the tests replay with: the version and the
// sums of tools/go.mod, and no version of the image's own.
func TestTheCLIIsTheOneThatIsTested(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `github.com/nats-io/natscli v\S+`, read(t, "../tools/go.mod"))
	dockerfile := read(t, "cli/Dockerfile")
	require.Contains(t, dockerfile, "COPY go.mod go.sum ./\n")
	require.Regexp(t, `go install -mod=readonly .*github.com/nats-io/natscli/nats\n`, dockerfile)
	require.NotContains(t, dockerfile, "natscli/nats@")
}

// Under compose nothing but NATS' own health check reads its monitoring port, so
// no other container reaches it.
func TestMonitoringOfNATSIsForItsHealthCheckAlone(t *testing.T) {
	t.Parallel()
	require.Contains(t, read(t, "nats/nats.conf"), "\nhttp: \"0.0.0.0:8222\"\n")
	require.Contains(t, read(t, "compose/setup.sh"), `s/^http: .*/http: "127.0.0.1:8222"/`)
}

// Passwords of logins reach no log and no view of the server.
func TestPasswordsOfLoginsAreNotLogged(t *testing.T) {
	t.Parallel()
	sql := read(t, "postgres/logins.sql")
	first := strings.Index(sql, "PASSWORD :'")
	require.Positive(t, first)
	for _, setting := range []string{
		"log_statement = none", "log_min_duration_statement = -1", "log_min_error_statement = panic",
		"track_activities = off", "pg_stat_statements.track_utility = off",
	} {
		at := strings.Index(sql, "SET "+setting+";")
		require.True(t, at >= 0 && at < first, setting)
	}
}
