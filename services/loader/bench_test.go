package loader

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/recorded"
)

const pageRows = 100

// catalogue is what RAW holds after the list was read once: the recorded list of
// the folder CLEDIT_DATA where that is set, else one of BENCH_FILMS (5,000)
// made-up films.
func catalogue(b *testing.B) (pages []messages.Payload, rows int) {
	b.Helper()
	options := sim.Options{Data: os.Getenv("CLEDIT_DATA"), Catalogue: recorded.Whole2018}
	if options.Data == "" {
		options.Catalogue, options.Generate = "", generate.Options{Films: setting(b, "BENCH_FILMS", 5_000)}
	}
	source, err := sim.Open(options)
	require.NoError(b, err)
	for page := 1; ; page++ {
		answer := httptest.NewRecorder()
		source.KOBIS.ServeHTTP(answer, httptest.NewRequestWithContext(b.Context(), http.MethodGet,
			fmt.Sprintf("%s/movie/searchMovieList.json?key=bench&itemPerPage=%d&curPage=%d", sim.KOBISPath, pageRows, page), http.NoBody))
		films := bytes.Count(answer.Body.Bytes(), []byte(`"movieCd"`))
		if films == 0 {
			return pages, rows
		}
		rows += films
		pages = append(pages, payload(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", page),
			noon.Add(time.Duration(page)*time.Second), answer.Body.String()))
	}
}

func setting(b *testing.B, name string, otherwise int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err, name)
	return n
}

// BenchmarkCatalogue loads a catalogue from RAW to production. Rows are counted in
// the tables, and a layer's time ends when it is complete.
func BenchmarkCatalogue(b *testing.B) {
	pages, films := catalogue(b)
	var staged, derived time.Duration
	rows := make(map[string]int)
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		w.publish(pages...)
		started := time.Now()
		b.StartTimer()
		stop := w.start(w.asDeployed())
		require.Eventually(b, w.loaded, 10*patience, poll)
		staged += time.Since(started)
		require.Eventually(b, func() bool { return w.count("ops.stale_titles") == 0 }, 10*patience, poll)
		derived += time.Since(started)
		b.StopTimer()
		require.Equal(b, films, w.count("staging.kobis_movies"))
		require.Equal(b, films, w.count("production.titles"))
		for _, layer := range layers {
			rows[layer] += w.rows(layer)
		}
		stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(rows["raw"])/staged.Seconds(), "raw-rows/s")
	b.ReportMetric(float64(rows["staging"])/staged.Seconds(), "staging-rows/s")
	b.ReportMetric(float64(rows["production"])/derived.Seconds(), "production-rows/s")
	b.ReportMetric(float64(films*b.N)/derived.Seconds(), "films/s")
	b.ReportMetric(derived.Seconds()/float64(b.N), "s/catalogue")
}

// rows counts all rows of a schema.
func (w *world) rows(schema string) (n int) {
	w.tb.Helper()
	for _, table := range ask[[]string](w, "SELECT array_agg(schemaname || '.' || tablename) FROM pg_tables WHERE schemaname = $1", schema) {
		n += w.count(table)
	}
	return n
}

// BenchmarkReplay loads again, twice, what is there already, and compares.
func BenchmarkReplay(b *testing.B) {
	pages, films := catalogue(b)
	w := newWorld(b)
	w.publish(pages...)
	w.runUntilSettled()
	dump, writes := w.dump(layers...), w.writes()
	started := time.Now()
	for b.Loop() {
		for range 2 {
			w.rewind()
			w.runUntilSettled()
		}
	}
	b.ReportMetric(float64(2*films*b.N)/time.Since(started).Seconds(), "rows/s")
	require.Equal(b, writes, w.writes(), "rows that were written")
	require.Equal(b, dump, w.dump(layers...))
}

// BenchmarkExpiry loads a catalogue without and with EXPIRED_ROWS (50,000) answers
// at hand whose time is over, and tells how long the loader took to remove them.
func BenchmarkExpiry(b *testing.B) {
	pages, films := catalogue(b)
	expired := setting(b, "EXPIRED_ROWS", 50_000)
	for _, rows := range []int{0, expired} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			for b.Loop() {
				w := newWorld(b)
				w.publish(pages...)
				w.exec(fmt.Sprintf(`INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request,
						first_fetched_at, last_fetched_at, expires_at, stream_seq, job_id, run_id)
					SELECT 'tmdb.movie-detail.' || n, 'movie-detail', n, 'ok', sha256(n::text::bytea),
						('{"overview":"' || repeat(md5(n::text), 60) || '"}')::json, '{}', t, t, t + interval '180 days', n, n, ''
					FROM generate_series(1, %d) AS n, LATERAL (SELECT timestamptz '2020-01-01' + n * interval '1 second' AS t) AS at`, rows))
				started := time.Now()
				stop := w.start(w.asDeployed())
				require.Eventually(b, w.loaded, 10*patience, poll)
				b.ReportMetric(float64(films)/time.Since(started).Seconds(), "staged-films/s")
				require.Eventually(b, func() bool {
					return ask[bool](w, "SELECT NOT EXISTS (SELECT FROM raw.payloads WHERE expires_at IS NOT NULL)")
				}, 20*patience, poll)
				b.ReportMetric(time.Since(started).Seconds(), "s-until-removed")
				stop()
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
