package loader

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// repeats of the catalogue make the 63,069 films of the recorded one 252,276.
const repeats = 4

// repeated is the catalogue several times, each with pages and film codes of its
// own, so that every row is a new one.
func repeated(pages []messages.Payload) []messages.Payload {
	all := make([]messages.Payload, 0, len(pages)*repeats)
	for n := range repeats {
		for _, p := range pages {
			p.Body = bytes.ReplaceAll(p.Body, []byte(`"movieCd":"`), fmt.Appendf(nil, `"movieCd":"%c`, 'A'+n))
			p.Key = fmt.Sprintf("all.%d", len(all)+1)
			p.FetchedAt = noon.Add(time.Duration(len(all)) * time.Second)
			all = append(all, p)
		}
	}
	return all
}

// round is one comparison: staged rows a second of the bare loop, the loader and
// the bare loop again.
type round struct{ bare, loader, control float64 }

func (r round) ratio() float64 { return 2 * r.loader / (r.bare + r.control) }

func (r round) noise() float64 { return r.control / r.bare }

// BenchmarkThroughput compares the loader with a bare loop that writes the same
// rows into the same tables, over BENCH_ROUNDS (1) rounds of alternating runs.
// Rows are counted in the tables.
func BenchmarkThroughput(b *testing.B) {
	pages, films := catalogue(b)
	pages, films = repeated(pages), films*repeats
	chunks := bareChunks(b, pages, 500)
	rows := 0 // of raw and staging together
	run := func(name string, load func(*testing.B, *world) time.Duration) (speed float64) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := newWorld(b)
				took := load(b, w)
				require.Equal(b, films, w.count("staging.kobis_movies"))
				landed := w.rows("raw") - w.count("raw.field_notes") + w.rows("staging")
				if rows == 0 {
					rows = landed
				}
				require.Equal(b, rows, landed, "the same rows")
				speed = float64(films) / took.Seconds()
			}
			b.ReportMetric(speed, "staged-films/s")
			b.ReportMetric(0, "ns/op") // publishing is no part of it
		})
		return speed
	}
	bare := func(b *testing.B, w *world) time.Duration { return bareLoad(b, w.url, chunks, 5) }
	loader := func(b *testing.B, w *world) time.Duration { return loadPages(b, w, pages, films) }
	rounds := make([]round, setting(b, "BENCH_ROUNDS", 1))
	for i := range rounds {
		rounds[i].bare = run("bare", bare)
		rounds[i].loader = run("loader", loader)
		rounds[i].control = run("control", bare)
	}
	_, err := os.Stdout.WriteString(report(films, rows, rounds)) // a log of a benchmark with parts is not shown
	require.NoError(b, err)
}

// loadPages returns how long the loader takes for a backlog, marks included, from
// its start until the last acknowledgement.
func loadPages(b *testing.B, w *world, pages []messages.Payload, films int) time.Duration {
	w.publish(pages...)
	started := time.Now()
	stop := w.start(w.asDeployed())
	require.Eventually(b, w.loaded, 10*patience, look)
	took := time.Since(started)
	stop()
	require.Equal(b, films, w.count("production.titles")+w.count("ops.stale_titles"), "each film is marked or derived")
	return took
}

// report shows every round and the medians.
func report(films, rows int, rounds []round) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d films, %d rows of raw.payloads and staging; films/s\n", films, rows)
	fmt.Fprintln(&out, "round       bare    loader   control     loader:bare  control:bare")
	line := func(name string, r round, ratio, noise float64) {
		fmt.Fprintf(&out, "%-6s %9.0f %9.0f %9.0f %15.2f %13.2f\n", name, r.bare, r.loader, r.control, ratio, noise)
	}
	for i, r := range rounds {
		line(fmt.Sprint(i+1), r, r.ratio(), r.noise())
	}
	line("median", round{
		median(rounds, func(r round) float64 { return r.bare }), median(rounds, func(r round) float64 { return r.loader }),
		median(rounds, func(r round) float64 { return r.control }),
	}, median(rounds, round.ratio), median(rounds, round.noise))
	return out.String()
}

func median(rounds []round, of func(round) float64) float64 {
	values := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
}
