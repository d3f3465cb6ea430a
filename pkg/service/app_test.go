package service_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/service"
)

const (
	keyOne   = "430156241533f1d058c603178cc3ca0e"
	keyTwo   = "f5eef3421c602c6cb7ea224104795888"
	password = "correct-horse"
)

// rate is a type of the services' own: it explains what it wants.
type rate struct {
	N   int
	Per time.Duration
}

func (r *rate) UnmarshalText(text []byte) error {
	count, per, _ := strings.Cut(string(text), "/")
	n, errN := strconv.Atoi(count)
	d, errD := time.ParseDuration(per)
	if errN != nil || errD != nil {
		return errors.New("want a rate such as 5/1s")
	}
	r.N, r.Per = n, d
	return nil
}

// limits are a nested part with a check of its own.
type limits struct {
	Low  int `env:"LIMIT_LOW" envDefault:"1"`
	High int `env:"LIMIT_HIGH" envDefault:"10"`
}

func (l limits) Validate() []error {
	if l.Low > l.High {
		return []error{&service.Problem{
			Variable: "LIMIT_LOW", Expected: fmt.Sprintf("at most LIMIT_HIGH (%d)", l.High), Remedy: "lower it",
		}}
	}
	return nil
}

type runConfig struct {
	service.Config
	Keys     []string      `env:"KOBIS_API_KEYS,required" secret:"true" help:"KOBIS API keys"`
	Database string        `env:"DATABASE_URL,required" secret:"url" help:"Postgres"`
	Rate     rate          `env:"KOBIS_RATE" envDefault:"5/1s" help:"calls per window"`
	Zone     time.Location `env:"KOBIS_QUOTA_ZONE" envDefault:"Asia/Seoul"`
	Quota    int           `env:"KOBIS_DAILY_QUOTA" envDefault:"3000"`
	Wait     time.Duration `env:"RETRY_BASE" envDefault:"1s"`
	Limits   limits
	// Hook is set by programs that embed the service.
	Hook func() `env:"-"`
}

func (c runConfig) Validate() []error {
	if c.Quota < 1 {
		return []error{&service.Problem{Variable: "KOBIS_DAILY_QUOTA", Expected: "at least 1"}}
	}
	return nil
}

type planConfig struct {
	service.Streams
	Database string        `env:"DATABASE_URL,required" secret:"url" help:"Postgres"`
	JSON     bool          `flag:"json" help:"print JSON"`
	Days     int           `flag:"days" default:"3" help:"days to plan"`
	Since    time.Duration `flag:"since" help:"how far back"`
	Subjects []string      `args:"[subject...]"`
}

// outcome is what one call of the app left behind.
type outcome struct {
	code           int
	stdout, stderr string
	run            *runConfig
	plan           *planConfig
}

// call runs the app; the commands only keep their configuration.
func call(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	return callWith(t, nil, environ, args...)
}

func callWith(t *testing.T, result error, environ []string, args ...string) outcome {
	t.Helper()
	var got outcome
	app := service.App{Name: "fetcher", Short: "Fetches.", Commands: []service.Command{
		service.NewCommand("run", "Fetch until stopped", func(_ context.Context, cfg runConfig) error {
			got.run = &cfg
			return result
		}),
		service.NewCommand("plan", "Say what would be fetched", func(_ context.Context, cfg planConfig) error {
			got.plan = &cfg
			_, err := fmt.Fprintf(cfg.Stdout, "planned %d days\n", cfg.Days)
			return errors.Join(result, err)
		}),
	}}
	var stdout, stderr bytes.Buffer
	got.code = app.Execute(t.Context(), args, environ, service.Streams{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
	})
	got.stdout, got.stderr = stdout.String(), stderr.String()
	for _, secret := range []string{keyOne, keyTwo, password} {
		require.NotContains(t, got.stdout+got.stderr, secret)
	}
	return got
}

// enough is an environment in which run starts.
func enough(more ...string) []string {
	return append([]string{
		"KOBIS_API_KEYS=" + keyOne + "," + keyTwo, "DATABASE_URL=postgres://loader:" + password + "@db/x",
	}, more...)
}

func TestWithoutACommandItRuns(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"run"}} {
		got := call(t, enough(), args...)
		require.Equal(t, service.ExitOK, got.code, got.stderr)
		require.Equal(t, []string{keyOne, keyTwo}, got.run.Keys)
		require.Equal(t, rate{5, time.Second}, got.run.Rate)
		require.Equal(t, "Asia/Seoul", got.run.Zone.String())
		require.Equal(t, 3000, got.run.Quota)
		require.Equal(t, time.Second, got.run.Wait)
		require.Equal(t, limits{1, 10}, got.run.Limits)
		require.Equal(t, "nats://127.0.0.1:4222", got.run.NATSURL)
		require.Equal(t, ":8080", got.run.HTTPAddr)
		require.NotNil(t, got.run.LogWriter)
		require.Empty(t, got.stderr)
	}
}

func TestFlagsStandAboveTheEnvironmentAboveTheDefault(t *testing.T) {
	t.Parallel()
	environ := enough("KOBIS_DAILY_QUOTA=7", "RETRY_BASE=2s", "LOG_LEVEL=")
	got := call(t, environ, "--kobis-daily-quota", "9", "run", "--kobis-rate=40/10s", "--limit-low", "2")
	require.Equal(t, service.ExitOK, got.code, got.stderr)
	require.Equal(t, 9, got.run.Quota)
	require.Equal(t, 2*time.Second, got.run.Wait)
	require.Equal(t, rate{40, 10 * time.Second}, got.run.Rate)
	require.Equal(t, limits{2, 10}, got.run.Limits)
	require.Equal(t, "info", got.run.LogLevel, "an empty value is not a value")
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestSecretsCanBeReadFromFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		content string
		want    []string
	}{
		"one line":        {keyOne + "\n", []string{keyOne}},
		"Windows line":    {keyOne + "\r\n", []string{keyOne}},
		"comma-separated": {keyOne + ", " + keyTwo + ",\n", []string{keyOne, keyTwo}},
		"one a line":      {keyOne + "\n" + keyTwo + "\n\n", []string{keyOne, keyTwo}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := []string{"DATABASE_URL=postgres://db/x", "KOBIS_API_KEYS_FILE=" + writeFile(t, tt.content)}
			got := call(t, environ)
			require.Equal(t, service.ExitOK, got.code, got.stderr)
			require.Equal(t, tt.want, got.run.Keys)
		})
	}
	t.Run("by flag, above the environment", func(t *testing.T) {
		t.Parallel()
		got := call(t, enough(), "--kobis-api-keys-file", writeFile(t, keyTwo))
		require.Equal(t, service.ExitOK, got.code, got.stderr)
		require.Equal(t, []string{keyTwo}, got.run.Keys)
	})
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	environ := []string{
		"DATABASE_URL=postgres://loader:" + password + "@db/x", "DATABASE_URL_FILE=/somewhere",
		"KOBIS_RATE=fast", "KOBIS_QUOTA_ZONE=Asia/Soul", "KOBIS_DAILY_QUOTA=0", "RETRY_BASE=soon", "LIMIT_LOW=11",
		"HTTP_ADDR=8080", "LOG_LEVEL=loud", "LOG_FORMAT=xml", "NATS_URL=http://nats", "OTEL_EXPORTER_OTLP_ENDPOINT=collector",
		"NATS_PASSWORD=" + password, "NATS_CREDS_FILE=/no/such/file",
	}
	got := call(t, environ, "--frobnicate", "5", "--kobis-rat=1", "-z", "--limit-high")
	require.Equal(t, service.ExitRefused, got.code)
	require.Nil(t, got.run)
	require.Equal(t, `fetcher run: 18 problems in the configuration:
  - unknown flag --frobnicate
  - unknown flag --kobis-rat; did you mean --kobis-rate?
  - unknown flag -z
  - --limit-high has no value: expected --limit-high=value
  - DATABASE_URL (environment) is given twice: expected either it or DATABASE_URL_FILE; unset one of them
  - KOBIS_API_KEYS is missing: expected KOBIS API keys; set KOBIS_API_KEYS or KOBIS_API_KEYS_FILE or --kobis-api-keys
  - KOBIS_RATE=fast (environment) is malformed: expected calls per window; want a rate such as 5/1s
  - KOBIS_QUOTA_ZONE=Asia/Soul (environment) is malformed: expected a time zone such as Asia/Seoul
  - RETRY_BASE=soon (environment) is malformed: expected a duration such as 30s or 5m
  - LOG_LEVEL=loud (environment) is not usable: expected trace, debug, info, warn or error
  - LOG_FORMAT=xml (environment) is not usable: expected json or console
  - NATS_URL=http://nats (environment) is not usable: expected a URL such as nats://host
  - NATS_USER is not usable: expected a user together with NATS_PASSWORD; set both or neither
  - NATS_CREDS_FILE=/no/such/file (environment) is not usable: expected a file that can be read; no such file or directory
  - HTTP_ADDR=8080 (environment) is not usable: expected host:port, :port or off
  - OTEL_EXPORTER_OTLP_ENDPOINT=collector (environment) is not usable: expected a URL such as http://host
  - LIMIT_LOW=11 (environment) is not usable: expected at most LIMIT_HIGH (10); lower it
  - KOBIS_DAILY_QUOTA=0 (environment) is not usable: expected at least 1
See fetcher run --help.
`, got.stderr)
}

// TestTheValueOfAFlagIsNoCommand puts flags that are refused before flags with
// values, without naming a command.
func TestTheValueOfAFlagIsNoCommand(t *testing.T) {
	t.Parallel()
	got := call(t, enough(), "--bogus", "--kobis-daily-quota", "many", "--nor-this=1", "--kobis-rate", "5")
	require.Equal(t, service.ExitRefused, got.code)
	for _, named := range []string{"--bogus", "KOBIS_DAILY_QUOTA", "--nor-this", "KOBIS_RATE"} {
		require.Contains(t, got.stderr, named)
	}
}

func TestOneProblem(t *testing.T) {
	t.Parallel()
	empty, missing := writeFile(t, "\n"), filepath.Join(t.TempDir(), "none")
	tests := map[string]struct {
		environ, args []string
		says          string
	}{
		"missing by spaces":   {enough("KOBIS_API_KEYS= , "), nil, "KOBIS_API_KEYS is missing"},
		"empty file":          {[]string{"DATABASE_URL=x://h", "KOBIS_API_KEYS_FILE=" + empty}, nil, "KOBIS_API_KEYS (environment) is empty in " + empty},
		"no such file":        {[]string{"DATABASE_URL=x://h", "KOBIS_API_KEYS_FILE=" + missing}, nil, "KOBIS_API_KEYS (environment) cannot be read from " + missing},
		"an argument":         {enough(), []string{"run", "now"}, `argument "now" is not expected`},
		"a bad whole number":  {enough("KOBIS_DAILY_QUOTA=1.5"), nil, "KOBIS_DAILY_QUOTA=1.5 (environment) is malformed: expected a whole number"},
		"by flag":             {enough(), []string{"--kobis-daily-quota=x"}, "KOBIS_DAILY_QUOTA=x (flag) is malformed"},
		"a flag alone":        {enough(), []string{"plan", "--days=x"}, "--days=x (flag) is malformed: expected a whole number"},
		"a malformed bool":    {enough(), []string{"plan", "--json=perhaps"}, "--json=perhaps (flag) is malformed: expected true or false"},
		"a bad standard flag": {enough(), []string{"--print-config=perhaps"}, "--print-config is malformed: expected true or false"},
		"flag syntax":         {enough(), []string{"---x=" + keyOne}, "unknown flag ---x"},
		"bad credentials":     {enough("NATS_CREDS_FILE="+empty, "NATS_USER=u", "NATS_PASSWORD="+password), nil, "NATS_CREDS_FILE=" + empty + " (environment) is not usable: expected either it or NATS_USER, not both"},
		"blank file":          {[]string{"DATABASE_URL=x://h", "KOBIS_API_KEYS_FILE=" + writeFile(t, " \t\n")}, nil, "KOBIS_API_KEYS (environment) is empty in "},
		"no such port":        {enough("HTTP_ADDR=:99999"), nil, "HTTP_ADDR=:99999 (environment) is not usable"},
		"a port by name":      {enough("HTTP_ADDR=:metrics"), nil, "HTTP_ADDR=:metrics (environment) is not usable"},
		"no server":           {enough("NATS_URL= , "), nil, "NATS_URL= ,  (environment) is not usable"},
		"a second server":     {enough("NATS_URL=host:4222,:4222"), nil, "NATS_URL=host:4222,:4222 (environment) is not usable"},
		"a server's port":     {enough("NATS_URL=nats://h:70000"), nil, "NATS_URL=nats://h:70000 (environment) is not usable"},
		"a level by number":   {enough("LOG_LEVEL=3"), nil, "LOG_LEVEL=3 (environment) is not usable"},
		"a secret in a URL":   {enough("NATS_URL=http://u:" + password + "@h"), nil, "NATS_URL=http://u:[redacted]@h (environment)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, tt.environ, tt.args...)
			require.Equal(t, service.ExitRefused, got.code)
			require.Contains(t, got.stderr, "1 problem in the configuration:\n  - "+tt.says)
		})
	}
}

func TestPrintConfig(t *testing.T) {
	t.Parallel()
	environ := enough("NATS_PASSWORD="+password, "NATS_USER=fetcher", "NATS_URL=nats://a:"+password+"@h:4222", "KOBIS_DAILY_QUOTA=7")
	got := call(t, environ, "--print-config", "--kobis-rate", "40/10s")
	require.Equal(t, service.ExitOK, got.code, got.stderr)
	require.Nil(t, got.run, "nothing is started")
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	require.Len(t, lines, 17)
	for _, want := range []string{
		"NATS_URL=nats://a:[redacted]@h:4222 # environment", "NATS_USER=fetcher # environment",
		"NATS_PASSWORD=[redacted] # environment", "LOG_LEVEL=info # default", "NATS_CREDS_FILE= # default",
		"KOBIS_API_KEYS=" + redact.Mask(keyOne) + "," + redact.Mask(keyTwo) + " # environment",
		"DATABASE_URL=postgres://loader:[redacted]@db/x # environment",
		"KOBIS_RATE=40/10s # flag", "KOBIS_DAILY_QUOTA=7 # environment",
	} {
		require.Contains(t, squeeze(lines), want)
	}
}

// squeeze takes the alignment out of a table.
func squeeze(lines []string) []string {
	squeezed := make([]string, 0, len(lines))
	for _, line := range lines {
		value, comment, _ := strings.Cut(line, " # ")
		squeezed = append(squeezed, strings.TrimSpace(value)+" # "+comment)
	}
	return squeezed
}

func TestPrintConfigOfABadConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	got := call(t, enough("KOBIS_RATE=fast"), "run", "--print-config")
	require.Equal(t, service.ExitRefused, got.code)
	require.Empty(t, got.stdout)
}

func TestACommandHasAConfigurationOfItsOwn(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=postgres://db/x", "KOBIS_RATE=fast"} // not plan's variable
	got := call(t, environ, "plan", "--json", "jobs.kobis.>", "--days", "5", "jobs.tmdb.>", "--since=1h")
	require.Equal(t, service.ExitOK, got.code, got.stderr)
	require.True(t, got.plan.JSON)
	require.Equal(t, 5, got.plan.Days)
	require.Equal(t, time.Hour, got.plan.Since)
	require.Equal(t, []string{"jobs.kobis.>", "jobs.tmdb.>"}, got.plan.Subjects)
	require.Equal(t, "planned 5 days\n", got.stdout)

	got = call(t, environ, "plan")
	require.False(t, got.plan.JSON)
	require.Equal(t, 3, got.plan.Days)
	require.Empty(t, got.plan.Subjects)
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		says []string
	}{
		"app":         {[]string{"--help"}, []string{"Fetches.", "run ", "plan ", "health ", "--kobis-rate", "[KOBIS_RATE]", "--kobis-api-keys-file", "--print-config"}},
		"short":       {[]string{"-h"}, []string{"Fetches."}},
		"command":     {[]string{"plan", "--help"}, []string{"fetcher plan [subject...]", "--json", "--days int", "(default 3)"}},
		"by name":     {[]string{"help", "plan"}, []string{"fetcher plan [subject...]"}},
		"with faults": {[]string{"--help", "--frobnicate"}, []string{"Fetches."}},
		"version":     {[]string{"--version"}, []string{"fetcher " + service.Version()}},
		"of command":  {[]string{"plan", "-v"}, []string{"fetcher " + service.Version()}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, nil, tt.args...)
			require.Equal(t, service.ExitOK, got.code, got.stderr)
			for _, want := range tt.says {
				require.Contains(t, got.stdout, want)
			}
			require.Nil(t, got.run)
			require.Nil(t, got.plan)
		})
	}
}

func TestAnUnknownCommandIsRefusedWithASuggestion(t *testing.T) {
	t.Parallel()
	got := call(t, enough(), "pla")
	require.Equal(t, service.ExitRefused, got.code)
	require.Contains(t, got.stderr, `unknown command "pla" for "fetcher"`)
	require.Contains(t, got.stderr, "plan")
	require.Nil(t, got.run)
}

func TestMisspeltVariablesAreWarnedAboutAndForeignOnesAreNot(t *testing.T) {
	t.Parallel()
	environ := enough(
		"KOBIS_API_KEY="+keyTwo, "NATS_ULR=x", "nats_user=x", "LOG-LEVEL=debug", "DATABASE_URI=x", "HTTP_ADR=x",
		// what Kubernetes and Docker inject for services called nats, fetcher, kobis…
		"NATS_PORT=tcp://10.0.0.1:4222", "NATS_SERVICE_HOST=10.0.0.1", "NATS_SERVICE_PORT=4222",
		"NATS_SERVICE_PORT_CLIENT=4222", "NATS_PORT_4222_TCP=x", "NATS_PORT_4222_TCP_ADDR=x", "NATS_PORT_4222_TCP_PROTO=tcp",
		"FETCHER_PORT=x", "HTTP_PORT=80", "DATABASE_PORT=x", "KOBIS_PORT=x",
		// and what is in any environment
		"PATH=/bin", "HOME=/", "HTTP_PROXY=x", "TMDB_RATE=1/1s", "OTEL_SERVICE_NAME=x", "LOGNAME=me", "USER=me",
	)
	got := call(t, environ)
	require.Equal(t, service.ExitOK, got.code)
	require.Equal(t, 6, strings.Count(got.stderr, "looks like a misspelling"), got.stderr)
	for found, meant := range map[string]string{
		"KOBIS_API_KEY": "KOBIS_API_KEYS", "NATS_ULR": "NATS_URL", "nats_user": "NATS_USER", "LOG-LEVEL": "LOG_LEVEL",
		"DATABASE_URI": "DATABASE_URL", "HTTP_ADR": "HTTP_ADDR",
	} {
		require.Contains(t, got.stderr, fmt.Sprintf(`"variable":%q,"meant":%q`, found, meant))
	}
}

func TestAMisspellingIsNamedBesideTheProblemItCauses(t *testing.T) {
	t.Parallel()
	got := call(t, []string{"KOBIS_API_KEY=" + keyOne, "DATABASE_URL=postgres://db/x"})
	require.Equal(t, service.ExitRefused, got.code)
	require.Contains(t, got.stderr, "warning: unknown environment variable KOBIS_API_KEY; did you mean KOBIS_API_KEYS?")
	require.Contains(t, got.stderr, "KOBIS_API_KEYS is missing")
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	got := callWith(t, errors.New("the database is gone, says "+keyOne), enough())
	require.Equal(t, service.ExitFailed, got.code)
	require.Contains(t, got.stderr, `"level":"error"`)
	require.Contains(t, got.stderr, `"error":"the database is gone, says `+redact.Mask(keyOne)+`"`)

	got = callWith(t, errors.New("no such day"), enough(), "plan")
	require.Equal(t, service.ExitFailed, got.code)
	require.Equal(t, "fetcher plan: no such day\n", got.stderr)

	got = callWith(t, context.Canceled, enough())
	require.Equal(t, service.ExitFailed, got.code, "nobody asked it to stop")
}

func TestAnAppWithoutRunAsksForACommand(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	app := service.App{Name: "tool", Commands: []service.Command{
		service.NewCommand("one", "The only one", func(context.Context, struct{}) error { return nil }),
	}}
	code := app.Execute(t.Context(), nil, nil, service.Streams{Stdout: &stderr, Stderr: &stderr})
	require.Equal(t, service.ExitRefused, code)
	require.Equal(t, "tool: no command given; see --help\n", stderr.String())
}

func TestAnAppWithoutRunTellsItsVersion(t *testing.T) {
	t.Parallel()
	app := service.App{Name: "tool", Commands: []service.Command{
		service.NewCommand("plan", "Plan", func(context.Context, planConfig) error { return nil }),
	}}
	var stdout, stderr bytes.Buffer
	code := app.Execute(t.Context(), []string{"--version"}, nil, service.Streams{Stdout: &stdout, Stderr: &stderr})
	require.Equal(t, service.ExitOK, code, stderr.String())
	require.Contains(t, stdout.String(), "tool "+service.Version())
}

func TestFromMap(t *testing.T) {
	t.Parallel()
	cfg, err := service.FromMap[runConfig](map[string]string{
		"KOBIS_API_KEYS": keyOne, "DATABASE_URL": "postgres://db/x", "HTTP_ADDR": "off",
	})
	require.NoError(t, err)
	require.Equal(t, []string{keyOne}, cfg.Keys)
	require.Equal(t, rate{5, time.Second}, cfg.Rate)
	require.Equal(t, "off", cfg.HTTPAddr)

	_, err = service.FromMap[runConfig](map[string]string{"KOBIS_API_KEYS": keyOne, "KOBIS_RATE": "fast", "NATS_ULR": "x"})
	var refused *service.ConfigError
	require.ErrorAs(t, err, &refused)
	require.Len(t, refused.Problems, 3)
	require.ErrorContains(t, err, "unknown variable NATS_ULR of service_test.runConfig")
	var problem *service.Problem
	require.ErrorAs(t, err, &problem)
}

func TestADeclarationThatContradictsItselfPanics(t *testing.T) {
	t.Parallel()
	type twice struct {
		One string `env:"SAME_NAME"`
		Two string `flag:"same-name"`
	}
	require.PanicsWithValue(t, "service: --same-name is declared twice in service_test.twice", func() {
		_, _ = service.FromMap[twice](nil)
	})
}
