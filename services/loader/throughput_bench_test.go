package loader

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
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

// codeStarts are the first characters of codes, of which a code has eight: of recorded
// films, and of made-up ones.
const codeStarts = "129"

// titleValue is a title as a list page has it.
var titleValue = regexp.MustCompile(`"movieNm":"(?:[^"\\]|\\.)*"`)

// repeated is the catalogue several times, each with pages, film codes and titles of
// its own, so that every row is a new one and no title has more films than it has. from
// tells one such catalogue from another.
func repeated(pages []messages.Payload, from int) []messages.Payload {
	all := make([]messages.Payload, 0, len(pages)*repeats)
	for n := range repeats {
		for _, p := range pages {
			for i, start := range codeStarts {
				p.Body = bytes.ReplaceAll(p.Body, fmt.Appendf(nil, `"movieCd":"%c`, start), fmt.Appendf(nil, `"movieCd":"%c`, 'A'+(from+n)*len(codeStarts)+i))
			}
			p.Body = bytes.ReplaceAll(p.Body, []byte(`"movieNm":"`), fmt.Appendf(nil, `"movieNm":"%c`, 'A'+from+n))
			page := from*len(pages) + len(all) + 1
			p.Key = fmt.Sprintf("all.%d", page)
			p.FetchedAt = noon.Add(time.Duration(page) * time.Second)
			all = append(all, p)
		}
	}
	return all
}

// cost is what one load took: wall time, and processor time of Go, NATS and Postgres
// together, which other work on the machine disturbs less.
type cost struct{ took, cpu time.Duration }

// round has the loops by name: those of loops.
type round map[string]cost

var loops = []string{"bare", "loader", "second", "plain", "copy", "shared", "shared-2nd", "control"}

// ratio is how fast one loop was by another's measure, in time or processor time.
func (r round) ratio(of, by string, what func(cost) time.Duration) float64 {
	return what(r[by]).Seconds() / what(r[of]).Seconds()
}

func took(c cost) time.Duration { return c.took }
func cpu(c cost) time.Duration  { return c.cpu }

// ratios are what is compared; of the bare loop the mean of both runs counts.
var ratios = []struct {
	name string
	of   func(r round, what func(cost) time.Duration) float64
}{
	{"loader : bare", func(r round, what func(cost) time.Duration) float64 {
		return (r.ratio("loader", "bare", what) + r.ratio("loader", "control", what)) / 2
	}},
	{"loader : plain", func(r round, what func(cost) time.Duration) float64 { return r.ratio("loader", "plain", what) }},
	{"plain : COPY alone (0.6 or more, else it does not count)", func(r round, what func(cost) time.Duration) float64 {
		return r.ratio("plain", "copy", what)
	}},
	{"second round, on full tables : first", func(r round, what func(cost) time.Duration) float64 {
		return r.ratio("second", "loader", what)
	}},
	{"ten films a title : one", func(r round, what func(cost) time.Duration) float64 { return r.ratio("shared", "loader", what) }},
	{"twenty, on full tables : ten", func(r round, what func(cost) time.Duration) float64 {
		return r.ratio("shared-2nd", "shared", what)
	}},
	{"A/A: bare again : bare", func(r round, what func(cost) time.Duration) float64 { return r.ratio("control", "bare", what) }},
}

// BenchmarkThroughput compares the loader with a bare loop that writes the same
// rows into the same tables, and with a plain one that lands the films of the same
// stream in a table without indexes, over BENCH_ROUNDS (1) rounds of alternating runs.
// Rows are counted in the tables.
func BenchmarkThroughput(b *testing.B) {
	pages, films := catalogue(b)
	first, second, films := repeated(pages, 0), repeated(pages, repeats), films*repeats
	rounds := make([]round, setting(b, "BENCH_ROUNDS", 1))
	rows := 0 // of raw and staging together
	for i := range rounds {
		r := make(round)
		measure := func(name, table string, want int, w *world, load func() cost) {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					r[name] = load()
					require.Equal(b, want, w.count(table))
				}
				b.ReportMetric(float64(films)/r[name].took.Seconds(), "staged-films/s")
				b.ReportMetric(0, "ns/op") // publishing is not part of it
			})
		}
		twice := func(name, again string, pages, more []messages.Payload) {
			w := newWorld(b)
			measure(name, movieTable, films, w, func() cost { return loadPages(b, w, pages) })
			w.sameRows(&rows)
			measure(again, movieTable, 2*films, w, func() cost { return loadPages(b, w, more) })
		}
		bare := func(name string) {
			w := newWorld(b)
			// Its rows are created again for each run: a heap that holds them would be a
			// burden to the others.
			measure(name, movieTable, films, w, func() cost { return bareLoad(b, w.url, bareChunks(b, first, 500), 5) })
			w.sameRows(&rows)
		}
		bare("bare")
		twice("loader", "second", first, second)
		w := newWorld(b)
		measure("plain", "plain.movies", films, w, func() cost { return plainLoad(b, w, first) })
		w = newWorld(b)
		measure("copy", "plain.movies", films, w, func() cost { return copyAlone(b, w, first) })
		twice("shared", "shared-2nd", sharing(first, films, 10), sharing(second, films, 10))
		bare("control")
		rounds[i] = r
	}
	_, err := os.Stdout.WriteString(comparison(films, rows, rounds)) // a log of a benchmark with parts is not shown
	require.NoError(b, err)
}

const movieTable = "staging.kobis_movies"

// sameRows holds each load to what the first one landed in raw and staging, but for the
// loader's notes of fields, which the bare loop does not make.
func (w *world) sameRows(rows *int) {
	w.tb.Helper()
	landed := w.rows("raw") - w.count("raw.field_notes") + w.rows("staging") - w.count("staging.kept_fields")
	if *rows == 0 {
		*rows = landed
	}
	require.Equal(w.tb, *rows, landed, "the same rows")
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
	for i, r := range rounds {
		fmt.Fprintf(&out, "round %d:", i+1)
		for _, name := range loops {
			fmt.Fprintf(&out, "  %s %.0f films/s %.1f CPU s", name, float64(films)/r[name].took.Seconds(), r[name].cpu.Seconds())
		}
		fmt.Fprintln(&out)
	}
	fmt.Fprintln(&out, "  time    CPU   median")
	for _, compared := range ratios {
		fmt.Fprintf(&out, "%6.2f %6.2f   %s\n", median(rounds, compared.of, took), median(rounds, compared.of, cpu), compared.name)
	}
	return out.String()
}

func median(rounds []round, of func(round, func(cost) time.Duration) float64, what func(cost) time.Duration) float64 {
	values := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		values = append(values, of(r, what))
	}
	slices.Sort(values)
	return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
}
