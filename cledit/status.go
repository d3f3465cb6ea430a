package cledit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/pkg/service"
)

// StatusConfig says whose state is shown.
type StatusConfig struct {
	At
	service.Streams
	service.Waiting
	JSON bool `flag:"json" help:"print JSON"`
}

// State is how a running stack is.
type State struct {
	stack.Running
	Services map[string]Readiness `json:"services"`
	Rows     map[string]int64     `json:"rows"` // by table
}

// Readiness is what a service says of itself.
type Readiness struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks"`
	Notes  map[string]string `json:"notes,omitempty"`
}

// askTimeout bounds one question to a service of the same machine.
const askTimeout = 3 * time.Second

// Status shows how the stack is that runs in a folder.
func Status(ctx context.Context, cfg StatusConfig) error {
	r, err := stack.Find(cfg.Dir)
	if err != nil {
		return err
	}
	state := State{Running: r, Services: map[string]Readiness{}}
	for name, addr := range r.Admin {
		state.Services[name] = ask(ctx, addr)
	}
	if state.Rows, err = rows(ctx, cmp.Or(r.DatabaseURL, cfg.DatabaseURL), cfg.Wait); err != nil {
		return err
	}
	if cfg.JSON {
		encoder := json.NewEncoder(cfg.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(state)
	}
	return state.print(cfg.Stdout)
}

// ask returns what a service says, or that it says nothing.
func ask(ctx context.Context, addr string) (answer Readiness) {
	silent := func(err error) Readiness {
		return Readiness{Checks: map[string]string{"answer": err.Error()}}
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", http.NoBody)
	if err != nil {
		return silent(err)
	}
	client := &http.Client{Timeout: askTimeout}
	response, err := client.Do(request)
	if err != nil {
		return silent(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return silent(err)
	}
	return answer
}

// counted are the tables whose rows tell how far a load is.
const counted = `SELECT 'answers', count(*) FROM raw.payloads
	UNION ALL SELECT 'films of KOBIS', count(*) FROM staging.kobis_movies
	UNION ALL SELECT 'their details', count(found_at) FROM staging.kobis_movie_details
	UNION ALL SELECT 'films of TMDB', count(*) FROM staging.tmdb_movies
	UNION ALL SELECT 'titles', count(*) FROM production.titles
	UNION ALL SELECT 'matched films', count(*) FROM production.matches WHERE status IN ('matched', 'pinned')
	UNION ALL SELECT 'dead letters', count(*) FROM ops.dead_letters`

func rows(ctx context.Context, url string, wait time.Duration) (map[string]int64, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	conn, err := schema.Connect(ctx, config, wait)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it only read
	found, err := conn.Query(ctx, counted)
	if err != nil {
		return nil, fmt.Errorf("counting rows: %w", err)
	}
	counts := map[string]int64{}
	var name string
	var n int64
	if _, err := pgx.ForEachRow(found, []any{&name, &n}, func() error {
		counts[name] = n
		return nil
	}); err != nil {
		return nil, fmt.Errorf("counting rows: %w", err)
	}
	return counts, nil
}

func (s State) print(out io.Writer) error {
	sources := "simulated sources"
	if s.Real {
		sources = "the real sources"
	}
	width := screen.Width(out)
	services := screen.NewTable(width, "", "service", "state", "/readyz and /metrics")
	for _, name := range sortedKeys(s.Admin) {
		services.Add(name, s.Services[name].String(), "http://"+s.Admin[name])
	}
	tables := screen.NewTable(width, "", "what", "rows").Right(2)
	for _, name := range []string{"answers", "films of KOBIS", "their details", "films of TMDB", "titles", "matched films", "dead letters"} {
		tables.Add(name, s.Rows[name])
	}
	_, err := fmt.Fprintf(out, "Running on %s since %s, process %d.\n%s\n%s\n",
		sources, s.Since.Local().Format(time.DateTime), s.PID, services.Render(), tables.Render())
	return err
}

// String is what a person wants to know of it.
func (r Readiness) String() string {
	text := "ready"
	if !r.Ready {
		text = "not ready"
		for _, name := range sortedKeys(r.Checks) {
			if r.Checks[name] != "ok" {
				text += "; " + name + ": " + r.Checks[name]
			}
		}
	}
	for _, name := range sortedKeys(r.Notes) {
		text += "; " + name + " " + r.Notes[name]
	}
	return text
}
