package fetcher

import (
	"fmt"
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
	RetryAttempts int           `env:"RETRY_ATTEMPTS" envDefault:"8" help:"attempts before a job is a dead letter"`
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
	if r.RetryAttempts < 1 || r.RetryAttempts > worker.MostAttempts {
		problems = append(problems, &service.Problem{Variable: "RETRY_ATTEMPTS", Expected: fmt.Sprintf("a number from 1 to %d", worker.MostAttempts)})
	}
	return problems
}

// AtLeastOne checks that a setting is a number from 1.
func AtLeastOne(variable string, value int) []error {
	if value >= 1 {
		return nil
	}
	return []error{&service.Problem{Variable: variable, Expected: "a number from 1"}}
}

// BaseURL checks where a source is: what a request adds to it must stand alone.
func BaseURL(variable, value string) []error {
	if upstream.CheckBaseURL(value) == nil {
		return service.CheckURL(variable, value, "http", "https")
	}
	return []error{&service.Problem{Variable: variable, Expected: "a URL such as http://host/path, without credentials, query and fragment"}}
}

// Secrets checks that no item of a list stands twice, and that each can be sent:
// one with a space or a line break is two, or was cut. It names none.
func Secrets(variable string, values []string) []error {
	sorted := slices.Sorted(slices.Values(values))
	if len(slices.Compact(sorted)) != len(values) {
		return []error{&service.Problem{Variable: variable, Expected: "each item once"}}
	}
	unsendable := func(r rune) bool { return r <= ' ' || r > '~' }
	if slices.ContainsFunc(values, func(value string) bool { return strings.ContainsFunc(value, unsendable) }) {
		return []error{&service.Problem{Variable: variable, Expected: "visible ASCII characters only, no spaces"}}
	}
	return nil
}
