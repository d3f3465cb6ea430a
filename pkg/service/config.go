package service

import (
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is what every running service is configured with; a service's own
// configuration embeds it.
type Config struct {
	LogConfig
	NATSConfig

	// HTTPAddr is where the admin server listens; empty or "off" runs none.
	HTTPAddr string `env:"HTTP_ADDR" envDefault:":8080" help:"address of /livez, /readyz and /metrics; off for none"`
	// OTLPEndpoint is the base URL of an OTLP/HTTP collector; empty or "off"
	// exports no spans.
	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"URL of an OTLP/HTTP collector for traces; off for none"`
	// Listening is told the address of the admin server; nil for nobody.
	Listening func(addr string) `env:"-"`
	// Await bounds the wait for NATS at start; 0 is not a bound.
	Await time.Duration `env:"-"`
}

// Waiting bounds what a command that is done once waits for.
type Waiting struct {
	Wait time.Duration `flag:"wait" default:"10s" help:"how long to wait for NATS and the database"`
}

// Validate refuses what would be no wait.
func (w Waiting) Validate() []error {
	if w.Wait <= 0 {
		return []error{&Problem{Variable: "--wait", Expected: "a duration above 0, such as 30s"}}
	}
	return nil
}

// NATSConfig says where NATS is and who connects.
type NATSConfig struct {
	NATSURL       string `env:"NATS_URL" envDefault:"nats://127.0.0.1:4222" secret:"url" help:"NATS servers, comma-separated"`
	NATSCredsFile string `env:"NATS_CREDS_FILE" help:"file with NATS user credentials"`
	NATSUser      string `env:"NATS_USER" help:"NATS user"`
	NATSPassword  string `env:"NATS_PASSWORD" secret:"true" help:"password of the NATS user"`
	NATSCAFile    string `env:"NATS_CA_FILE" help:"file with the certificates, PEM, that the servers' are signed by; the system's without it"`
}

// LogConfig says how much is logged, and how it looks. It alone suffices for a
// command that needs no NATS.
type LogConfig struct {
	LogLevel  string `env:"LOG_LEVEL" envDefault:"info" help:"trace, debug, info, warn or error"`
	LogFormat string `env:"LOG_FORMAT" envDefault:"json" help:"json or console"`
	// LogWriter takes the log; os.Stderr when nil. It need not be safe for
	// concurrent use unless several services share it.
	LogWriter io.Writer `env:"-"`
}

// Streams are where a command prints what it was asked for. A configuration
// with a field of this type gets them from Main.
type Streams struct {
	Stdin          io.Reader `env:"-"`
	Stdout, Stderr io.Writer `env:"-"`
}

// Validate checks the address of the admin server and of the collector.
func (c Config) Validate() []error {
	var problems []error
	if !isOff(c.HTTPAddr) {
		if _, port, err := net.SplitHostPort(c.HTTPAddr); err != nil || !isPort(port) {
			problems = append(problems, &Problem{Variable: "HTTP_ADDR", Expected: "host:port, :port or off"})
		}
	}
	if !isOff(c.OTLPEndpoint) {
		problems = append(problems, CheckURL("OTEL_EXPORTER_OTLP_ENDPOINT", c.OTLPEndpoint, "http", "https")...)
	}
	return problems
}

// Validate checks that the credentials belong together and can be read.
func (c NATSConfig) Validate() []error {
	problems := checkServers(c.NATSURL)
	if c.NATSCredsFile != "" && c.NATSUser != "" {
		problems = append(problems, &Problem{
			Variable: "NATS_CREDS_FILE", Expected: "either it or NATS_USER, not both", Remedy: "unset one of them",
		})
	}
	if (c.NATSUser == "") != (c.NATSPassword == "") {
		problems = append(problems, &Problem{
			Variable: "NATS_USER", Expected: "a user together with NATS_PASSWORD", Remedy: "set both or neither",
		})
	}
	problems = append(problems, checkReadable("NATS_CREDS_FILE", c.NATSCredsFile)...)
	if problem := checkReadable("NATS_CA_FILE", c.NATSCAFile); len(problem) > 0 || c.NATSCAFile == "" {
		return append(problems, problem...)
	}
	if pem, err := os.ReadFile(c.NATSCAFile); err != nil || !x509.NewCertPool().AppendCertsFromPEM(pem) {
		problems = append(problems, &Problem{Variable: "NATS_CA_FILE", Expected: "a file with certificates in PEM"})
	}
	return problems
}

// checkServers reads a list as the client does: a scheme may be left out, and so
// may an item. Empty is the client's default.
func checkServers(list string) []error {
	servers := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	if len(servers) == 0 && list != "" {
		servers = []string{""}
	}
	for _, server := range servers {
		if !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		if problem := CheckURL("NATS_URL", server, "nats", "tls", "ws", "wss"); len(problem) > 0 {
			return problem
		}
	}
	return nil
}

// checkReadable returns a problem unless the file can be opened or none is named.
func checkReadable(variable, path string) []error {
	if path == "" {
		return nil
	}
	err := regular(path)
	if err == nil {
		var file *os.File
		if file, err = os.Open(path); err == nil {
			_ = file.Close() // opened only to see whether it can be
		}
	}
	if err != nil {
		return []error{&Problem{Variable: variable, Expected: "a file that can be read", Remedy: pathReason(err)}}
	}
	return nil
}

// logLevels are the names that a person may choose; zerolog reads numbers and
// levels of its own besides. Empty is the default.
var logLevels = []string{"", "trace", "debug", "info", "warn", "error"}

// Validate checks the level's and the format's names.
func (c LogConfig) Validate() []error {
	var problems []error
	if !slices.Contains(logLevels, strings.ToLower(c.LogLevel)) {
		problems = append(problems, &Problem{Variable: "LOG_LEVEL", Expected: "trace, debug, info, warn or error"})
	}
	if c.LogFormat != "" && c.LogFormat != formatJSON && c.LogFormat != formatConsole {
		problems = append(problems, &Problem{Variable: "LOG_FORMAT", Expected: "json or console"})
	}
	return problems
}

// CheckURL returns a problem unless the value is an absolute URL with one of the
// schemes, a host and, where it has one, a port that exists.
func CheckURL(variable, value string, schemes ...string) []error {
	u, err := url.Parse(value)
	if err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != "" && (u.Port() == "" || isPort(u.Port())) {
		return nil
	}
	return []error{&Problem{
		Variable: variable,
		Expected: fmt.Sprintf("a URL such as %s://host", schemes[0]),
	}}
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func isOff(value string) bool {
	return value == "" || strings.EqualFold(value, "off")
}
