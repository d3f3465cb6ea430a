package fetcher

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

// Retries are the settings of when a job is tried again; a fetcher's
// configuration embeds them.
type Retries struct {
	RetryBase     time.Duration `env:"RETRY_BASE" envDefault:"1s" help:"mean delay before a job's second attempt"`
	RetryMax      time.Duration `env:"RETRY_MAX" envDefault:"5m" help:"longest delay of our own between attempts, jitter included"`
	RetryAttempts int           `env:"RETRY_ATTEMPTS" envDefault:"8" help:"attempts before a job is a dead letter, 1 to 15"`
}

// Backoff is the settings as a worker takes them.
func (r Retries) Backoff() worker.Backoff {
	return worker.Backoff{Base: r.RetryBase, Max: r.RetryMax, Attempts: r.RetryAttempts}
}

// Validate checks that the delays are delays, and that the limit of attempts lies
// below the one at which the queue parks a job unseen.
func (r Retries) Validate() []error {
	var problems []error
	if r.RetryBase <= 0 {
		problems = append(problems, &service.Problem{Variable: "RETRY_BASE", Expected: "a duration above 0, such as 1s"})
	}
	if r.RetryMax < r.RetryBase {
		problems = append(problems, &service.Problem{Variable: "RETRY_MAX", Expected: "a duration not below RETRY_BASE"})
	}
	return append(problems, service.CheckNumber("RETRY_ATTEMPTS", r.RetryAttempts, 1, worker.MostAttempts)...)
}

// mostCalls in flight are more than a source allows in a minute: what is asked for
// beyond them is a slip of the pen.
const mostCalls = 1000

// Concurrency checks how many calls a fetcher may have in flight.
func Concurrency(calls int) []error {
	return service.CheckNumber("FETCH_CONCURRENCY", calls, 1, mostCalls)
}

// baseURL checks where a source is: what a request adds to it must stand alone.
func baseURL(variable, value string) []error {
	if upstream.CheckBaseURL(value) == nil {
		return service.CheckURL(variable, value, "http", "https")
	}
	return []error{&service.Problem{Variable: variable, Expected: "a URL such as http://host/path, without credentials, query and fragment"}}
}

// BaseURLWithout checks where a source is, for a source whose paths begin with
// something that bases are often written with: every call of a base that ends in it
// would ask for what is not there. last reports that by a base's last segment, in
// lower case.
func BaseURLWithout(variable, value, why string, last func(segment string) bool) []error {
	if problems := baseURL(variable, value); len(problems) > 0 {
		return problems
	}
	base, err := url.Parse(value)
	if err != nil { // baseURL has read it
		return nil
	}
	if !last(strings.ToLower(path.Base(path.Clean("/" + base.Path)))) {
		return nil
	}
	return []error{&service.Problem{Variable: variable, Expected: why}}
}

// Secrets checks that no item of a list stands twice, and that each can be sent:
// one with a space or a line break is two, or was cut. It names the first that is
// wrong by its position, from 1.
func Secrets(variable string, values []string) []error {
	for i, value := range values {
		switch {
		case !sendable(value):
			return []error{&service.Problem{Variable: variable, Expected: "visible ASCII characters only, no spaces" + position(i, values)}}
		case slices.Contains(values[:i], value):
			return []error{&service.Problem{Variable: variable, Expected: "each item once" + position(i, values)}}
		}
	}
	return nil
}

// OneSecret is Secrets for a variable that holds one, not a list.
func OneSecret(variable string, values []string) []error {
	if len(values) != 1 {
		return []error{&service.Problem{Variable: variable, Expected: fmt.Sprintf("one item, not %d", len(values))}}
	}
	return Secrets(variable, values)
}

// position tells an item of several.
func position(i int, values []string) string {
	if len(values) == 1 {
		return ""
	}
	return fmt.Sprintf("; item %d of %d is not", i+1, len(values))
}

func sendable(secret string) bool {
	return secret != "" && !strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' })
}
