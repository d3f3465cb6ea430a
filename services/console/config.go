package console

import (
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
)

// The ways to come in.
const (
	loginNone  = "none"
	loginBasic = "basic"
	loginProxy = "proxy"
)

// leastSecret is how long the secret of a proxy has to be: as a password that nobody types.
const leastSecret = 16

// Config is what the console runs with.
type Config struct {
	service.Config
	URL string `env:"DATABASE_URL,required" secret:"url" help:"Postgres with the pipeline's schema"`
	Access
	Posters bool `env:"CONSOLE_POSTERS" envDefault:"false" help:"let browsers fetch pictures of TMDB's"`
	// Serving is told the address of the pages; nil for nobody.
	Serving func(addr string) `env:"-"`
	// AnyPort takes a free port where the one of Addr is taken.
	AnyPort bool `env:"-"`
	// Now is the clock that pages tell the time by; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// Access says where the pages are and who may see them.
type Access struct {
	Addr        string `env:"CONSOLE_ADDR" envDefault:"127.0.0.1:8088" help:"address of the pages"`
	Login       string `env:"CONSOLE_LOGIN" envDefault:"none" help:"none (on loopback alone), basic or proxy"`
	UsersFile   string `env:"CONSOLE_USERS_FILE" help:"of basic: a file with a line user:bcrypt[:role] for each user"`
	ProxySecret string `env:"CONSOLE_PROXY_SECRET" secret:"true" help:"of proxy: what the proxy sends as X-Console-Secret"`
	// Published is for a container: its own address is no loopback, the host's is.
	Published bool `env:"CONSOLE_PUBLISHED_ON_LOOPBACK" envDefault:"false" help:"the host alone reaches the address, by its loopback"`
}

// Validate checks that the driver can read the URL.
func (c Config) Validate() []error {
	if expected := schema.URLProblem(c.URL); expected != "" {
		return []error{&service.Problem{Variable: "DATABASE_URL", Expected: expected}}
	}
	return nil
}

// Validate checks that nobody is let in by oversight.
func (a Access) Validate() (problems []error) {
	bad := func(variable, expected, remedy string) {
		problems = append(problems, &service.Problem{Variable: variable, Expected: expected, Remedy: remedy})
	}
	host, port, err := net.SplitHostPort(a.Addr)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		bad("CONSOLE_ADDR", "host:port", "")
		return problems
	}
	a.checkLogin(host, bad)
	return problems
}

// checkLogin checks who may look where the console listens.
func (a Access) checkLogin(host string, bad func(variable, expected, remedy string)) {
	switch a.Login {
	case loginNone:
		if !loopback(host) && !a.Published {
			bad("CONSOLE_LOGIN", "basic or proxy: CONSOLE_ADDR is not on loopback", "set one of them, or an address such as 127.0.0.1:8088")
		}
	case loginBasic:
		if a.UsersFile == "" {
			bad("CONSOLE_USERS_FILE", "a file of users, for CONSOLE_LOGIN=basic", "write it with htpasswd -B")
			break
		}
		if _, err := readUsers(a.UsersFile); err != nil {
			bad("CONSOLE_USERS_FILE", "a file of users", err.Error())
		}
	case loginProxy:
		if len(a.ProxySecret) < leastSecret {
			bad("CONSOLE_PROXY_SECRET", "a secret of 16 letters or more, for CONSOLE_LOGIN=proxy", "")
		}
	default:
		bad("CONSOLE_LOGIN", "none, basic or proxy", "")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// readFile reads a small file of settings.
func readFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}
