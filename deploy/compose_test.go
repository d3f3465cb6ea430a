package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
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
	common := []string{"setup", "nats", "postgres", "migrate", "loader", "console"}
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
	require.Equal(t, "false", p.Networks["loopback"].DriverOpts["com.docker.network.bridge.enable_ip_masquerade"], "a published port needs a network that is not internal")
}

func TestComposeServicesAreHardened(t *testing.T) {
	t.Parallel()
	for _, s := range project(t, "live", "demo", "audit", "monitoring").Services {
		require.True(t, s.ReadOnly, s.Name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, s.Name)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, s.Name)
		require.NotZero(t, s.MemLimit, s.Name)
		require.NotZero(t, s.PidsLimit, s.Name)
		require.NotNil(t, s.Logging, s.Name)
		require.Equal(t, map[string]string{"max-size": "10m", "max-file": "5"}, map[string]string(s.Logging.Options), "%s: its log is rotated", s.Name)
		for _, port := range s.Ports {
			require.True(t, s.Name == "console" || slices.Contains(s.Profiles, "monitoring"), "%s: nothing else is published", s.Name)
			require.Equal(t, "127.0.0.1", port.HostIP, "%s: on this machine alone", s.Name)
		}
		require.NotContains(t, s.Image, "latest", s.Name)
		for name, value := range s.Environment {
			if value != nil && !strings.HasSuffix(name, "_FILE") {
				require.NotRegexp(t, `PASSWORD|SECRET|TOKEN|KEYS`, name, "%s: a secret belongs in a file", s.Name)
			}
		}
	}
}

// Monitoring adds two services beside either profile, which read what the services
// measure, hold no secret and have no way out.
func TestComposeMonitoringIsForThisMachine(t *testing.T) {
	t.Parallel()
	p := project(t, "demo", "monitoring")
	require.Len(t, p.Services, len(project(t, "demo").Services)+2)
	require.Equal(t, "false", p.Networks["loopback"].DriverOpts["com.docker.network.bridge.enable_ip_masquerade"])
	for _, name := range []string{"prometheus", "grafana"} {
		s, err := p.GetService(name)
		require.NoError(t, err)
		require.Len(t, s.Ports, 1, name)
		require.NotContains(t, s.Networks, "outside", name)
		require.Empty(t, s.Secrets, name)
		for _, v := range s.Volumes {
			require.NotContains(t, v.Source, "pw-", "%s sees no password", name)
			if v.Type == "bind" {
				require.True(t, v.ReadOnly, v.Source)
				require.FileExists(t, within(v.Source), v.Target)
			}
		}
	}
	grafana, _ := p.GetService("grafana")
	require.NotContains(t, grafana.Networks, "inside", "it asks Prometheus and nobody else")
}

// within is a file that is mounted, or one of a folder that is.
func within(path string) string {
	files, err := filepath.Glob(filepath.Join(path, "*"))
	if err != nil || len(files) == 0 {
		return path
	}
	return within(files[0])
}

// What Prometheus looks for under compose are the services that there are, and Grafana
// finds it where it is, and the dashboards where they are mounted.
func TestComposeMonitoringFindsTheServices(t *testing.T) {
	t.Parallel()
	var config struct {
		Global struct {
			ScrapeInterval     string            `json:"scrape_interval"`
			EvaluationInterval string            `json:"evaluation_interval"`
			ExternalLabels     map[string]string `json:"external_labels"`
		} `json:"global"`
		RuleFiles     []string `json:"rule_files"`
		ScrapeConfigs []struct {
			JobName string `json:"job_name"`
			DNS     []struct {
				Names           []string `json:"names"`
				Type            string   `json:"type"`
				Port            int      `json:"port"`
				RefreshInterval string   `json:"refresh_interval"`
			} `json:"dns_sd_configs"`
		} `json:"scrape_configs"`
	}
	require.NoError(t, yaml.UnmarshalStrict([]byte(read(t, "monitoring/prometheus.yaml")), &config))
	p := project(t, "live", "demo", "monitoring")
	looked := config.ScrapeConfigs[0].DNS[0]
	for _, s := range p.Services {
		ours := strings.HasPrefix(s.Image, "cledit/") && len(s.Command) == 0 && s.Name != "upstream-sim"
		require.Equal(t, ours, slices.Contains(looked.Names, s.Name), s.Name)
	}
	require.Equal(t, 8080, looked.Port)
	grafana, err := p.GetService("grafana")
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:"+grafana.Ports[0].Published, config.Global.ExternalLabels["grafana"])
	targets := map[string]bool{}
	for _, name := range []string{"prometheus", "grafana"} {
		s, err := p.GetService(name)
		require.NoError(t, err)
		for _, v := range s.Volumes {
			targets[v.Target] = true
		}
	}
	require.True(t, targets[config.RuleFiles[0]])
	require.Contains(t, read(t, "monitoring/grafana/datasources/prometheus.yaml"), `url: "http://prometheus:9090"`)
	require.Contains(t, read(t, "monitoring/grafana/dashboards/cledit.yaml"), "path: /etc/grafana/dashboards}")
	require.True(t, targets["/etc/grafana/dashboards"])
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
