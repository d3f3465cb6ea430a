package doors_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
)

// samples are the answers that mutations start from: the originals, and what was
// recorded in the folder CLEDIT_DATA, where that is set.
var samples = sync.OnceValue(func() []messages.Payload {
	dir := os.Getenv("CLEDIT_DATA")
	if dir == "" {
		return originals
	}
	return append(recorded(dir), originals...)
})

// recorded are the bodies of a folder as they came. Of the catalogue's pages, which
// were recorded larger than they are asked for, the rows are.
func recorded(dir string) (all []messages.Payload) {
	add := func(source messages.Source, kind messages.Kind, key string, body []byte) {
		all = append(all, payload(messages.Name{Source: source, Kind: kind, Key: key}, string(body)))
	}
	films := bytes.Split(bytes.TrimSpace(readFile(filepath.Join(dir, "kobis", "searchMovieInfo_mymovieproject_6171.jsonl.gz"))), []byte("\n"))
	for _, name := range files(dir, "kobis/searchMovieInfo_*.json") {
		films = append(films, readFile(name))
	}
	for _, body := range films {
		var film struct {
			Result struct {
				Info struct{ MovieCd string } `json:"movieInfo"`
			} `json:"movieInfoResult"`
		}
		must(json.Unmarshal(body, &film))
		add(messages.KOBIS, messages.KindMovieDetail, film.Result.Info.MovieCd, body)
	}
	var rows []json.RawMessage
	for _, name := range files(dir, "kobis/searchMovieList_2018-01_full_p*.json.gz") {
		var page struct {
			Result struct{ MovieList []json.RawMessage } `json:"movieListResult"`
		}
		must(json.Unmarshal(readFile(name), &page))
		rows = append(rows, page.Result.MovieList...)
	}
	for i := 0; i < len(rows); i += 100 {
		list, err := json.Marshal(rows[i:min(i+100, len(rows))])
		must(err)
		add(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", i/100+1), fmt.Appendf(nil, `{"movieListResult":{"totCnt":%d,"source":"s","movieList":%s}}`, len(rows), list))
	}
	for _, name := range files(dir, "kobis/searchDailyBoxOfficeList_*.json") {
		day := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "searchDailyBoxOfficeList_"), ".json")
		add(messages.KOBIS, messages.KindDailyBoxOffice, day, readFile(name))
	}
	return append(all, tmdbRecorded(dir)...)
}

func tmdbRecorded(dir string) (all []messages.Payload) {
	for _, c := range []struct {
		kind       messages.Kind
		key, file  string
		entityByID bool
	}{
		{messages.KindMovieDetail, "", "recorded_2025/movie_348_details.json", true},
		{messages.KindMovieDetail, "", "recorded_2025/movie_550_append_credits_release_dates_external_ids_keywords_images.json", true},
		{messages.KindMovieDetail, "", "official_examples/movie-details.json", true},
		{messages.KindSeriesDetail, "", "recorded_2025/tv_1399_append_aggregate_credits_content_ratings_credits_external_ids_keywords.json", true},
		{messages.KindSeriesDetail, "", "recorded_2022/tv_detail.json", true},
		{messages.KindMovieSearch, "20190001.ko", "recorded_2025/search_movie_inception.json", false},
		{messages.KindMovieSearch, "20190001.en", "recorded_2022/search_movie.json", false},
		{messages.KindSeriesDiscover, "2021-01-01_2021-12-31.1", "recorded_2022/discover_tv.json", false},
		{messages.KindMovieChanges, "2022-11-21.1", "recorded_2022/change_movie.json", false},
		{messages.KindSeriesChanges, "2022-11-21.1", "recorded_2022/change_tv.json", false},
	} {
		body := readFile(filepath.Join(dir, "tmdb", filepath.FromSlash(c.file)))
		var is struct{ ID, Page int }
		must(json.Unmarshal(body, &is))
		if c.entityByID {
			c.key = fmt.Sprint(is.ID)
		} else if before, found := strings.CutSuffix(c.key, ".1"); found {
			c.key = fmt.Sprintf("%s.%d", before, is.Page)
		}
		all = append(all, tmdb(c.kind, c.key, string(body)))
	}
	return all
}

func files(dir, pattern string) []string {
	names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	must(err)
	return names
}

func readFile(name string) []byte {
	data, err := os.ReadFile(name)
	must(err)
	if !strings.HasSuffix(name, ".gz") {
		return data
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	must(err)
	data, err = io.ReadAll(unzipped)
	must(err)
	return data
}

// must is for recordings, which are there and well or not.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Every sample is read whole by both doors, and as the same in another form.
func TestSamplesInAnotherForm(t *testing.T) {
	t.Parallel()
	for i, p := range samples() {
		r := &reform{Rand: rand.New(rand.NewPCG(uint64(i), 3))}
		requireSame(t, p.Name, p.Body, r.body(t, p.Body))
	}
}

// What is stored of samples in odd forms lands or is dead.
func TestSamplesLandOrAreDead(t *testing.T) {
	t.Parallel()
	var stored []messages.Payload
	all := samples()
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i := 0; i < len(all); i += 1 + len(all)/150 {
		p := all[i]
		r := &reform{rand.New(rand.NewPCG(uint64(i), 4)), 8}
		p.Body = r.body(t, p.Body)
		outcome, err := fetched(p)
		if err != nil || len(p.Body) > largest {
			continue
		}
		p.Outcome, p.FetchedAt, p.ContentType, p.RunID, p.Attempt = outcome, now.Add(time.Duration(i)*time.Microsecond), "application/json", "r", 1
		p.JobID, p.JobTime, p.Request = uint64(i+1), p.FetchedAt, map[string]string{"query": "q"}
		stored = append(stored, p)
	}
	requireLanded(t, stored)
}

// requireSame asks that a body in another form is read as the same.
func requireSame(t *testing.T, name messages.Name, body, otherBody []byte) {
	t.Helper()
	want, wantFindings, err := decode.Payload(payload(name, string(body)))
	require.NoError(t, err, name)
	other := payload(name, string(otherBody))
	outcome, err := fetched(other)
	require.NoError(t, err, "%s: %s", name, other.Body)
	require.Equal(t, messages.OutcomeOK, outcome)
	require.Equal(t, contract.Read(name, body).Total, contract.Read(name, other.Body).Total)
	have, findings, err := decode.Payload(other)
	require.NoError(t, err)
	require.Equal(t, want, have, "%s: %s", name, other.Body)
	require.Equal(t, wantFindings.Gaps, findings.Gaps, "%s: %s", name, other.Body)
	require.Equal(t, wantFindings.Notes, findings.Notes, name)
}
