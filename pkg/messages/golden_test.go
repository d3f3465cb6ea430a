package messages_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// write makes golden files that are not there yet. A file that is there is never
// rewritten: it is what a message of that version looks like.
var write = flag.Bool("write", false, "write golden files that are missing")

// wire is a message as it travels. Bytes that are not text stand as base64.
type wire struct {
	Subject string              `json:"subject"`
	Header  map[string][]string `json:"header"`
	Text    string              `json:"text,omitempty"`
	Base64  string              `json:"base64,omitempty"`
}

func wireOf(msg *nats.Msg) wire {
	w := wire{Subject: msg.Subject, Header: msg.Header}
	if msg.Header.Get(messages.HeaderEncoding) == "" {
		w.Text = string(msg.Data)
	} else {
		w.Base64 = base64.StdEncoding.EncodeToString(msg.Data)
	}
	return w
}

func (w wire) data(t *testing.T) []byte {
	t.Helper()
	if w.Base64 == "" {
		return []byte(w.Text)
	}
	data, err := base64.StdEncoding.DecodeString(w.Base64)
	require.NoError(t, err)
	return data
}

var (
	fetched = time.Date(2026, 11, 22, 1, 2, 3, 456789000, time.UTC)
	queued  = time.Date(2026, 11, 22, 1, 2, 0, 123456789, time.UTC)
	traced  = messages.Trace{Parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", State: "cledit=1"}
)

func name(tail string) messages.Name {
	n, err := messages.ParseName(tail)
	if err != nil {
		panic(err)
	}
	return n
}

// goldenJobs, goldenPayloads and goldenLetters are what is in testdata/v1.
var (
	goldenJobs = map[string]messages.Job{
		"job-movie-list": {Name: name("kobis.movie-list.open-2021.3"), RunID: "daily-2026-11-22", Trace: traced},
		"job-movie-search": {
			Name: name("tmdb.movie-search.20190324.ko-year"), RunID: "first-load",
			Params: map[string]string{"query": "기생충", "year": "2019", "language": "ko-KR"},
		},
		"job-known": {Name: name("tmdb.movie-detail.496243"), RunID: "refresh", Known: true},
	}
	goldenPayloads = map[string]messages.Payload{
		"payload-ok": {
			Name: name("kobis.movie-detail.20190324"), Outcome: messages.OutcomeOK, FetchedAt: fetched,
			ContentType: "application/json;charset=UTF-8", Request: map[string]string{"movieCd": "20190324"},
			JobID: 42, JobTime: queued, RunID: "first-load", Attempt: 2, Trace: traced,
			Body: []byte(`{"movieInfoResult":{"movieInfo":{"movieCd":"20190324","movieNm":"기생충"}}}`),
		},
		"payload-not-found": {
			Name: name("tmdb.series-detail.93405"), Outcome: messages.OutcomeNotFound, FetchedAt: fetched,
			ContentType: "application/json;charset=utf-8", Request: map[string]string{"language": "ko-KR"},
			JobID: 43, JobTime: queued, RunID: "refresh", Attempt: 1,
			Body: []byte(`{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}`),
		},
		"payload-compressed": {
			Name: name("kobis.movie-list.all.1"), Outcome: messages.OutcomeOK, FetchedAt: fetched,
			ContentType: "application/json", Request: map[string]string{"curPage": "1"},
			JobID: 44, JobTime: queued, RunID: "first-load", Attempt: 1,
			Body: []byte(`{"movieListResult":{"totCnt":1,"movieList":["` + strings.Repeat("아주 긴 목록 ", 5000) + `"]}}`),
		},
		"payload-republished": {
			Name: name("kobis.daily-box-office.20250825"), Outcome: messages.OutcomeOK, FetchedAt: fetched,
			ContentType: "application/json", Request: map[string]string{"targetDt": "20250825"}, Attempt: 1,
			Body: []byte(`{"boxOfficeResult":{"dailyBoxOfficeList":[]}}`),
		},
	}
	goldenLetters = map[string]messages.DeadLetter{
		"dead-job": {
			Subject: "jobs.kobis.movie-list.open-2021.3", Header: goldenJobs["job-movie-list"].Msg().Header,
			Body:   []byte(`{"faultInfo":{"message":"알 수 없는 오류","errorCode":"399999"}}`),
			Reason: "gave up after 3 attempts: KOBIS reports fault 399999", Error: "status 200",
		},
		"dead-payload": {
			Subject: "raw.kobis.movie-detail.20190324", Header: headerOf(goldenPayloads["payload-ok"]),
			Body:   goldenPayloads["payload-ok"].Body,
			Reason: "the film has no title", Error: "movieNm: empty",
		},
	}
)

func headerOf(p messages.Payload) nats.Header {
	msg, err := p.Msg()
	if err != nil {
		panic(err)
	}
	return msg.Header
}

// golden reads a golden file; with -write it makes a missing one first.
func golden(t *testing.T, file string, now wire) wire {
	t.Helper()
	path := filepath.Join("testdata", "v1", file+".json")
	if _, err := os.Stat(path); *write && os.IsNotExist(err) {
		data, err := json.MarshalIndent(now, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(data, '\n'), 0o600))
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var w wire
	require.NoError(t, json.Unmarshal(data, &w))
	return w
}

func TestGoldenJobs(t *testing.T) {
	t.Parallel()
	for file, job := range goldenJobs {
		want := golden(t, file, wireOf(job.Msg()))
		require.Equal(t, want, wireOf(job.Msg()), file)
		decoded, err := messages.DecodeJob(want.Subject, want.Header, want.data(t))
		require.NoError(t, err)
		require.Equal(t, job, decoded, file)
	}
}

func TestGoldenPayloads(t *testing.T) {
	t.Parallel()
	for file, payload := range goldenPayloads {
		msg, err := payload.Msg()
		require.NoError(t, err)
		want, have := golden(t, file, wireOf(msg)), wireOf(msg)
		if want.Base64 != "" { // a compressor may find another encoding of the same
			have.Base64 = want.Base64
		}
		require.Equal(t, want, have, file)
		decoded, err := messages.DecodePayload(want.Subject, want.Header, want.data(t))
		require.NoError(t, err)
		payload.JobTime = time.Time{} // it goes into the message id, and stays there
		require.Equal(t, payload, decoded, file)
	}
}

func TestGoldenDeadLetters(t *testing.T) {
	t.Parallel()
	for file, letter := range goldenLetters {
		want := golden(t, file, wireOf(letter.Msg()))
		require.Equal(t, want, wireOf(letter.Msg()), file)
		decoded, err := messages.DecodeDeadLetter(want.Subject, want.Header, want.data(t))
		require.NoError(t, err)
		require.Equal(t, letter.Subject, decoded.Subject)
		require.Equal(t, letter.Reason, decoded.Reason)
		require.Equal(t, letter.Error, decoded.Error)
		require.Equal(t, letter.Body, decoded.Body)
		require.Equal(t, letter.Header.Get(messages.HeaderRun), decoded.Header.Get(messages.HeaderRun))
	}
}

// Every golden file is read by some test: one that is not would prove nothing.
func TestEveryGoldenFileIsRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "v*", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, len(goldenJobs)+len(goldenPayloads)+len(goldenLetters))
}
