package cledit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner"
)

// PlanConfig is what the plan of a running stack takes.
type PlanConfig struct {
	At
	service.Streams
	service.Waiting
	Keys planner.Count `flag:"keys" help:"what if: this many KOBIS keys"`
	Rate quota.Rate    `flag:"rate" help:"what if: this rate at KOBIS, such as 10/1s"`
	Next planner.Count `flag:"next" help:"how many of the next calls to show (20)"`
	JSON bool          `flag:"json" help:"print JSON"`
}

// At says which stack is meant.
type At struct {
	Dir         string `env:"CLEDIT_DIR" envDefault:".cledit" help:"folder of the database, streams and logs"`
	DatabaseURL string `env:"DATABASE_URL" secret:"url" help:"the Postgres that it was started with, if that is not its own"`
}

// Validate checks that the driver can read the URL.
func (a At) Validate() []error { return stack.CheckDatabase(a.DatabaseURL) }

// Plan shows what the planner of a stack that runs would call.
func Plan(ctx context.Context, cfg PlanConfig) error {
	r, err := stack.Find(cfg.Dir)
	if err != nil {
		return err
	}
	plan, err := planOf(r, cfg.At, cfg.Stdout, cfg.Stderr)
	if err != nil {
		return err
	}
	plan.Wait, plan.Keys, plan.Rate, plan.Next, plan.JSON = cfg.Wait, cfg.Keys, cfg.Rate, cfg.Next, cfg.JSON
	return planner.Plan(ctx, plan)
}

// planOf is the planner's plan of a stack.
func planOf(r stack.Running, at At, out, log io.Writer) (planner.PlanConfig, error) {
	user, password, err := r.NATSAs()
	if err != nil {
		return planner.PlanConfig{}, err
	}
	values := maps.Clone(r.Planning)
	maps.Copy(values, map[string]string{
		"DATABASE_URL": cmp.Or(r.DatabaseURL, at.DatabaseURL), "NATS_URL": r.NATSURL, "NATS_USER": user, "NATS_PASSWORD": password,
		"LOG_LEVEL": "warn", "LOG_FORMAT": "console",
	})
	delete(values, "PLANNER_INTERVAL")
	plan, err := service.FromMap[planner.PlanConfig](values)
	plan.Stdout, plan.LogWriter = out, log
	return plan, err
}

// estimate says when the first load will be done, by the planner's own plan.
func estimate(ctx context.Context, h *stack.Stack, cfg stack.Config) (string, error) {
	r, err := h.Running()
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	plan, err := planOf(r, At{DatabaseURL: cfg.DatabaseURL}, &text, io.Discard)
	if err != nil {
		return "", err
	}
	plan.JSON = true
	if err := planner.Plan(ctx, plan); err != nil {
		return "", err
	}
	var f forecast
	if err := json.Unmarshal(text.Bytes(), &f); err != nil {
		return "", fmt.Errorf("reading the plan: %w", err)
	}
	return f.sentence(), nil
}

// forecast is what the planner's plan says of the first load.
type forecast struct {
	Days     []struct{} `json:"days"`
	Supplies []struct {
		Source string `json:"source"`
		Keys   int    `json:"keys"`
	} `json:"supplies"`
	Stages []struct {
		Source string     `json:"source"`
		Calls  int        `json:"calls"`
		DoneAt *time.Time `json:"done_at"`
	} `json:"stages"`
}

// left is what each source is still asked for, and when that is done; ever is false
// where no day comes on which it is.
func (f forecast) left() (calls map[string]int, done time.Time, ever bool) {
	calls, ever = map[string]int{}, true
	for _, stage := range f.Stages {
		calls[stage.Source] += stage.Calls
		ever = ever && (stage.Calls == 0 || stage.DoneAt != nil)
		if stage.DoneAt != nil && stage.DoneAt.After(done) {
			done = *stage.DoneAt
		}
	}
	return calls, done, ever
}

func (f forecast) keys(source string) (n int) {
	for _, supply := range f.Supplies {
		if supply.Source == source {
			n = supply.Keys
		}
	}
	return n
}

func (f forecast) sentence() string {
	calls, done, ever := f.left()
	left := fmt.Sprintf("• left of the first load: about %d calls to KOBIS and %d to TMDB", calls["kobis"], calls["tmdb"])
	switch {
	case !ever:
		return left + "; with these keys the daily work alone takes all calls"
	case calls["kobis"]+calls["tmdb"] == 0:
		return "• the first load is done; what changes is followed"
	case len(f.Days) > 1:
		return fmt.Sprintf("%s; done about %s (%d days with %s; more keys make it shorter)",
			left, done.Local().Format(time.DateOnly), len(f.Days), number(f.keys("kobis"), "key"))
	}
	return fmt.Sprintf("%s; done about %s", left, done.Local().Format("2006-01-02 15:04"))
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
