package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim"
)

// ErrFindings is returned when a count differs from the source's own, or a limit
// of a source was broken.
var ErrFindings = errors.New("the tables or the traffic are not as the sources have it")

const (
	pollEvery  = time.Second
	askTimeout = 5 * time.Second
)

// Config says where the tables and the simulators are.
type Config struct {
	service.Streams
	DatabaseURL string        `env:"DATABASE_URL,required" secret:"url" help:"Postgres with the tables"`
	SimURL      string        `env:"SIM_URL" envDefault:"http://127.0.0.1:9101" help:"where the simulators answer"`
	Wait        time.Duration `env:"SIM_AUDIT_WAIT" envDefault:"0s" help:"how long the tables may take to be complete"`
}

// Validate checks the URL of the simulators.
func (c Config) Validate() []error { return service.CheckURL("SIM_URL", c.SimURL, "http", "https") }

// Result is what was found at one moment.
type Result struct {
	Checks []Check
	Stats  sim.Stats
	Digest string // of all tables, see Digests
}

// ok says whether the tables are complete and no limit was broken.
func (r Result) ok() bool {
	return Complete(r.Checks) && r.Stats.KOBIS.Violations() == 0 && r.Stats.TMDB.Violations() == 0
}

// Run looks until the tables are complete and the sources are asked nothing more,
// or the wait is over; it prints the last comparison and returns ErrFindings unless all
// is well.
func Run(ctx context.Context, cfg Config) error {
	conn, err := pgx.Connect(ctx, cfg.DatabaseURL)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // only read from
	result, err := settle(ctx, conn, cfg)
	if err != nil {
		return err
	}
	result.write(cfg.Stdout)
	if !result.ok() {
		return ErrFindings
	}
	return nil
}

// settle compares until two comparisons in a row are complete and saw the same: the same
// traffic, and the same tables, since what was fetched last may be loaded later.
func settle(ctx context.Context, conn *pgx.Conn, cfg Config) (Result, error) {
	over := time.NewTimer(cfg.Wait)
	defer over.Stop()
	requests, digest := -1, ""
	for {
		result, err := look(ctx, conn, cfg.SimURL)
		if err != nil {
			return Result{}, err
		}
		now := result.Stats.KOBIS.Requests + result.Stats.TMDB.Requests
		if Complete(result.Checks) && now == requests && result.Digest == digest {
			return result, nil
		}
		requests, digest = now, result.Digest
		select {
		case <-ctx.Done():
			return Result{}, context.Cause(ctx)
		case <-over.C:
			return result, nil
		case <-time.After(pollEvery):
		}
	}
}

func look(ctx context.Context, conn *pgx.Conn, url string) (Result, error) {
	var result Result
	var truth sim.Truth
	err := errors.Join(ask(ctx, url+"/_sim/truth", &truth), ask(ctx, url+"/_sim/stats", &result.Stats))
	if err != nil {
		return Result{}, err
	}
	if result.Checks, err = Checks(ctx, conn, &truth); err != nil {
		return Result{}, err
	}
	digests, err := Digests(ctx, conn)
	if err != nil {
		return Result{}, err
	}
	hash := sha256.New()
	for _, table := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintln(hash, table, digests[table])
	}
	result.Digest = hex.EncodeToString(hash.Sum(nil))[:16]
	return result, nil
}

var client = &http.Client{Timeout: askTimeout}

// ask reads an answer of the simulators' own.
func ask(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("asking the simulators: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking the simulators: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the simulators: %s answered %s", url, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", url, err)
	}
	return nil
}

func (r Result) write(out io.Writer) {
	for _, c := range r.Checks {
		mark, of := "ok", ""
		if !c.OK {
			mark = "WRONG"
		}
		if c.Source != nil {
			of = fmt.Sprintf(" of %d", *c.Source)
		}
		fmt.Fprintf(out, "%-5s %s: %s: %d%s\n", mark, c.Layer, c.What, c.Landed, of)
	}
	r.Stats.Write(out)
	fmt.Fprintln(out, "digest:", r.Digest)
}
