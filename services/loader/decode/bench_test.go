package decode

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// BenchmarkDecode reads list pages and details: the recorded ones of CLEDIT_DATA
// where that is set, which must show no drift, else made-up ones.
func BenchmarkDecode(b *testing.B) {
	for kind, payloads := range map[messages.Kind][]messages.Payload{
		messages.KindMovieList: benchLists(b), messages.KindMovieDetail: benchDetails(b),
	} {
		size := 0
		for _, p := range payloads {
			size += len(p.Body)
		}
		b.Run(string(kind), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				for _, p := range payloads {
					_, findings, err := Payload(p)
					require.NoError(b, err)
					require.Empty(b, findings.Drift, p.Key)
				}
			}
		})
		b.Run(string(kind)+"/shape-alone", func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				for _, p := range payloads {
					r := reader{body: p.Body}
					r.check(expected()[messages.KOBIS][kind])
				}
			}
		})
	}
}

func benchLists(b *testing.B) (pages []messages.Payload) {
	b.Helper()
	row := listBody[strings.Index(listBody, `{"movieCd"`) : len(listBody)-len("]}}")]
	rows := strings.Split(strings.Repeat(row+"\n", 1_000), "\n")[:1_000]
	if dir := os.Getenv("CLEDIT_DATA"); dir != "" {
		rows = nil
		files, err := filepath.Glob(filepath.Join(dir, "kobis", "searchMovieList_2018-01_full_p*.json.gz"))
		require.NoError(b, err)
		require.NotEmpty(b, files)
		for _, name := range files {
			var body struct {
				MovieListResult struct {
					MovieList []json.RawMessage `json:"movieList"`
				} `json:"movieListResult"`
			}
			require.NoError(b, json.Unmarshal(unzip(b, name), &body))
			for _, row := range body.MovieListResult.MovieList {
				rows = append(rows, string(row))
			}
		}
	}
	for i := 0; i < len(rows); i += 100 {
		body := fmt.Sprintf(`{"movieListResult":{"totCnt":%d,"source":"x","movieList":[%s]}}`, len(rows), strings.Join(rows[i:min(i+100, len(rows))], ","))
		pages = append(pages, kobis(messages.KindMovieList, fmt.Sprintf("all.%d", i/100+1), body))
	}
	return pages
}

func benchDetails(b *testing.B) (details []messages.Payload) {
	b.Helper()
	bodies := []byte(strings.Repeat(strings.ReplaceAll(manyStaff(20), "\n", "")+"\n", 200))
	if dir := os.Getenv("CLEDIT_DATA"); dir != "" {
		bodies = unzip(b, filepath.Join(dir, "kobis", "searchMovieInfo_mymovieproject_6171.jsonl.gz"))
	}
	lines := bufio.NewScanner(bytes.NewReader(bodies))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var body kobisDetailBody
		require.NoError(b, json.Unmarshal(lines.Bytes(), &body))
		details = append(details, kobis(messages.KindMovieDetail, body.MovieInfoResult.MovieInfo.MovieCd.text, lines.Text()))
	}
	require.NoError(b, lines.Err())
	return details
}

func unzip(b *testing.B, name string) []byte {
	b.Helper()
	file, err := os.Open(name)
	require.NoError(b, err)
	defer func() { require.NoError(b, file.Close()) }()
	unzipped, err := gzip.NewReader(file)
	require.NoError(b, err)
	data, err := io.ReadAll(unzipped)
	require.NoError(b, err)
	return data
}
