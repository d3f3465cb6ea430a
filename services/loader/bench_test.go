package loader

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// catalogue is RAW's content of a first load: list pages of 100 films each. It is
// the recorded catalogue of CLEDIT_DATA where that is set, else BENCH_FILMS
// (5,000) made-up films.
func catalogue(b *testing.B) (pages []messages.Payload, rows int) {
	b.Helper()
	if dir := os.Getenv("CLEDIT_DATA"); dir != "" {
		return recordedCatalogue(b, dir)
	}
	n := 5_000
	if text := os.Getenv("BENCH_FILMS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(b, err)
	}
	return films(n/100, 100), n / 100 * 100
}

func recordedCatalogue(b *testing.B, dir string) (pages []messages.Payload, rows int) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "kobis", "searchMovieList_2018-01_full_p*.json.gz"))
	require.NoError(b, err)
	require.NotEmpty(b, files, "the recorded catalogue")
	var films []json.RawMessage
	for _, name := range files {
		films = append(films, recordedRows(b, name)...)
	}
	for i := 0; i < len(films); i += 100 {
		body, err := json.Marshal(map[string]any{"movieListResult": map[string]any{"totCnt": len(films), "movieList": films[i:min(i+100, len(films))]}})
		require.NoError(b, err)
		page := len(pages) + 1
		pages = append(pages, payload(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", page), noon.Add(time.Duration(page)*time.Second), string(body)))
	}
	return pages, len(films)
}

func recordedRows(b *testing.B, name string) []json.RawMessage {
	b.Helper()
	file, err := os.Open(name)
	require.NoError(b, err)
	defer func() { require.NoError(b, file.Close()) }()
	unzipped, err := gzip.NewReader(file)
	require.NoError(b, err)
	var body struct {
		MovieListResult struct {
			MovieList []json.RawMessage `json:"movieList"`
		} `json:"movieListResult"`
	}
	require.NoError(b, json.NewDecoder(unzipped).Decode(&body))
	return body.MovieListResult.MovieList
}

// BenchmarkCatalogue loads a catalogue from RAW to production with the default
// configuration. Rows are counted in the tables.
func BenchmarkCatalogue(b *testing.B) {
	pages, rows := catalogue(b)
	var staged, derived time.Duration
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		w.publish(pages...)
		cfg := w.config()
		cfg.Consumers, cfg.Chunk, cfg.LogLevel = 5, 500, "warn"
		b.StartTimer()
		started := time.Now()
		stop := w.start(cfg)
		require.Eventually(b, func() bool { return w.count("staging.kobis_movies") == rows }, 10*patience, look)
		staged += time.Since(started)
		require.Eventually(b, func() bool { return w.count("production.titles") == rows && w.count("ops.stale_titles") == 0 }, 10*patience, look)
		derived += time.Since(started)
		b.StopTimer()
		stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(rows*b.N)/staged.Seconds(), "staged-rows/s")
	b.ReportMetric(float64(rows*b.N)/derived.Seconds(), "titles/s")
}

// BenchmarkReplay loads again what is there already.
func BenchmarkReplay(b *testing.B) {
	pages, rows := catalogue(b)
	w := newWorld(b)
	w.publish(pages...)
	cfg := w.config()
	cfg.Consumers, cfg.Chunk, cfg.LogLevel = 5, 500, "warn"
	w.start(cfg)
	w.settle()
	for b.Loop() {
		w.replay()
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
