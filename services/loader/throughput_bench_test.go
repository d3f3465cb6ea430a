package loader

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// repeats of the catalogue make the 63,069 films of the recorded one 252,276.
const repeats = 4

// repeated is the catalogue several times, each with pages, film codes and titles of
// its own, so that every row is a new one and no title has more films than it has.
func repeated(pages []messages.Payload) []messages.Payload {
	all := make([]messages.Payload, 0, len(pages)*repeats)
	for n := range repeats {
		for _, p := range pages {
			for _, field := range []string{"movieCd", "movieNm"} {
				p.Body = bytes.ReplaceAll(p.Body, fmt.Appendf(nil, `"%s":"`, field), fmt.Appendf(nil, `"%s":"%c`, field, 'A'+n))
			}
			p.Key = fmt.Sprintf("all.%d", len(all)+1)
			p.FetchedAt = noon.Add(time.Duration(len(all)) * time.Second)
			all = append(all, p)
		}
	}
	return all
}

// cost is what one load took: wall time, and processor time of Go, NATS and Postgres
// together, which other work on the machine disturbs less.
type cost struct{ took, cpu time.Duration }

// round is the bare loop, the loader and the bare loop again.
type round struct{ bare, loader, control cost }

func (r round) ratio() float64 {
	return (r.bare.took + r.control.took).Seconds() / 2 / r.loader.took.Seconds()
}

func (r round) ratioCPU() float64 {
	return (r.bare.cpu + r.control.cpu).Seconds() / 2 / r.loader.cpu.Seconds()
}

func (r round) noise() float64 { return r.bare.took.Seconds() / r.control.took.Seconds() }

// BenchmarkThroughput compares the loader with a bare loop that writes the same
// rows into the same tables, over BENCH_ROUNDS (1) rounds of alternating runs.
// Rows are counted in the tables.
func BenchmarkThroughput(b *testing.B) {
	pages, films := catalogue(b)
	pages, films = repeated(pages), films*repeats
	rows := 0 // of raw and staging together
	measure := func(name string, load func(*testing.B, *world) cost) (measured cost) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := newWorld(b)
				measured = load(b, w)
				require.Equal(b, films, w.count("staging.kobis_movies"))
				landed := w.rows("raw") - w.count("raw.field_notes") + w.rows("staging")
				if rows == 0 {
					rows = landed
				}
				require.Equal(b, rows, landed, "the same rows")
			}
			b.ReportMetric(float64(films)/measured.took.Seconds(), "staged-films/s")
			b.ReportMetric(0, "ns/op") // publishing is not part of it
		})
		return measured
	}
	// Its rows are created again for each run: a heap that holds them would be a burden
	// to the loader.
	bare := func(b *testing.B, w *world) cost { return bareLoad(b, w.url, bareChunks(b, pages, 500), 5) }
	loader := func(b *testing.B, w *world) cost { return loadPages(b, w, pages) }
	rounds := make([]round, setting(b, "BENCH_ROUNDS", 1))
	for i := range rounds {
		rounds[i].bare = measure("bare", bare)
		rounds[i].loader = measure("loader", loader)
		rounds[i].control = measure("control", bare)
	}
	_, err := os.Stdout.WriteString(comparison(films, rows, rounds)) // a log of a benchmark with parts is not shown
	require.NoError(b, err)
}

// undone are films that are neither marked nor derived. Some are both: another film
// of the title came later.
const undone = `staging.kobis_movies AS f
	WHERE NOT EXISTS (SELECT 1 FROM ops.stale_titles AS s WHERE s.key = 'kobis:movie:' || f.movie_cd)
	AND NOT EXISTS (SELECT 1 FROM production.matches AS m WHERE m.movie_cd = f.movie_cd)`

// loadPages loads a backlog, marks included, from the loader's start until the last
// acknowledgement.
func loadPages(b *testing.B, w *world, pages []messages.Payload) cost {
	b.Helper()
	w.publish(pages...)
	var stop func()
	measured := timed(b, func() {
		stop = w.start(w.asDeployed())
		require.Eventually(b, w.loaded, 10*patience, poll)
	})
	stop()
	require.Zero(b, w.count(undone), "each film is marked or derived")
	return measured
}

func timed(b *testing.B, load func()) cost {
	b.Helper()
	runtime.GC() // of what went before
	cpu, started := cpuTime(b), time.Now()
	load()
	return cost{time.Since(started), cpuTime(b) - cpu}
}

// cpuTime is what this process and those that it started have used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	all, err := procfs.AllProcs()
	require.NoError(b, err)
	stats := make(map[int]procfs.ProcStat, len(all))
	for _, p := range all {
		if stat, err := p.Stat(); err == nil { // else it has just ended
			stats[p.PID] = stat
		}
	}
	ticks := uint(0)
	for pid, stat := range stats {
		for pid > 1 && pid != os.Getpid() {
			pid = stats[pid].PPID
		}
		if pid == os.Getpid() {
			ticks += stat.UTime + stat.STime + uint(stat.CUTime) + uint(stat.CSTime)
		}
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ
}

// comparison shows every round and the medians.
func comparison(films, rows int, rounds []round) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d films, %d rows of raw.payloads and staging\n", films, rows)
	fmt.Fprintln(&out, "                 films/s              |        CPU s         |   loader:bare  | A/A")
	fmt.Fprintln(&out, "round     bare    loader   control    |   bare loader control|    time    CPU | time")
	for i, r := range rounds {
		fmt.Fprintf(&out, "%-6d%8.0f  %8.0f  %8.0f    | %6.1f %6.1f %6.1f | %7.2f %6.2f | %.2f\n", i+1,
			float64(films)/r.bare.took.Seconds(), float64(films)/r.loader.took.Seconds(), float64(films)/r.control.took.Seconds(),
			r.bare.cpu.Seconds(), r.loader.cpu.Seconds(), r.control.cpu.Seconds(), r.ratio(), r.ratioCPU(), r.noise())
	}
	fmt.Fprintf(&out, "median%64.2f %6.2f | %.2f\n", median(rounds, round.ratio), median(rounds, round.ratioCPU), median(rounds, round.noise))
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
