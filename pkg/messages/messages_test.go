package messages_test

import (
	"bytes"
	"context"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
)

func TestParseName(t *testing.T) {
	t.Parallel()
	for _, tail := range []string{
		"kobis.movie-list.all.3", "kobis.movie-list.open-2021.1", "kobis.movie-list.made-2020.2", "kobis.movie-detail.20190324",
		"kobis.movie-detail.2023C109", "kobis.people-list.all.1784", "kobis.people-detail.20066385", "kobis.daily-box-office.20250825", "tmdb.movie-search.20190324.ko-year", "tmdb.movie-detail.496243",
		"tmdb.series-discover.2024-01-01_2024-06-30.1", "tmdb.series-detail.93405", "tmdb.season-detail.93405.2", "tmdb.movie-changes.2026-11-21.1", "tmdb.series-changes.2026-11-21.1",
		"tmdb.person-detail.21684", "tmdb.person-changes.2026-11-21.53",
	} {
		parsed, err := messages.ParseName(tail)
		require.NoError(t, err, tail)
		require.Equal(t, tail, parsed.String())
		require.Equal(t, "jobs."+tail, parsed.JobSubject())
		require.Equal(t, "raw."+tail, parsed.RawSubject())
		for prefix, subject := range map[string]string{messages.PrefixJobs: parsed.JobSubject(), messages.PrefixRaw: parsed.RawSubject()} {
			foundPrefix, found, err := messages.ParseSubject(subject)
			require.NoError(t, err)
			require.Equal(t, prefix, foundPrefix)
			require.Equal(t, parsed, found)
		}
	}
}

func TestParseNameRefuses(t *testing.T) {
	t.Parallel()
	for _, tail := range []string{
		"", ".", "kobis", "kobis.movie-detail", "kobis.movie-detail.", "kobis..20190324", "imdb.movie-detail.1", "kobis.series-detail.1",
		"tmdb.daily-box-office.20250825", "kobis.movie-detail.1.2", "kobis.people-list.all", "kobis.people-detail.1.2", "tmdb.people-detail.1", "kobis.person-detail.1", "kobis.movie-list.all", "kobis.movie-list.all.", "kobis.movie-list..1",
		"kobis.movie-detail.*", "kobis.movie-detail.>", "kobis.movie-detail.a b", "kobis.movie-detail.기생충", "kobis.movie-detail.a\n", "KOBIS.movie-detail.1",
	} {
		_, err := messages.ParseName(tail)
		require.ErrorIs(t, err, messages.ErrMalformed, "%q", tail)
	}
	for _, subject := range []string{"", "jobs.", "raw.kobis", "dead.jobs.kobis.movie-detail.1", "kobis.movie-detail.1", "jobskobis.movie-detail.1"} {
		_, _, err := messages.ParseSubject(subject)
		require.ErrorIs(t, err, messages.ErrMalformed, "%q", subject)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	scope, rest := name("tmdb.movie-search.20190324.ko-year").Scope()
	require.Equal(t, "20190324 ko-year", scope+" "+rest)
	scope, rest = name("kobis.movie-detail.20190324").Scope()
	require.Equal(t, "20190324", scope+rest)
}

func TestJobsCarryNoMessageID(t *testing.T) {
	t.Parallel()
	for file, job := range goldenJobs {
		require.NotContains(t, job.Msg().Header, nats.MsgIdHdr, file)
	}
}

// A person publishes a job with the NATS CLI: a subject and its kind.
func TestJobByHand(t *testing.T) {
	t.Parallel()
	job, err := messages.DecodeJob("jobs.kobis.movie-detail.20190324", nats.Header{messages.HeaderKind: {"movie-detail"}}, nil)
	require.NoError(t, err)
	require.Equal(t, messages.Job{Name: name("kobis.movie-detail.20190324")}, job)
}

func TestDecodeJobRefuses(t *testing.T) {
	t.Parallel()
	const subject = "jobs.kobis.movie-detail.20190324"
	for reason, tt := range map[string]struct {
		subject, header, value, data string
	}{
		"a raw payload's subject": {subject: "raw.kobis.movie-detail.20190324"},
		"an unknown kind":         {subject: "jobs.kobis.movie-details.20190324"},
		"another kind":            {subject, messages.HeaderKind, "movie-list", ""},
		"another key":             {subject, messages.HeaderKey, "20190325", ""},
		"a newer version":         {subject, messages.HeaderSchema, "2", ""},
		"no version":              {subject, messages.HeaderSchema, "one", ""},
		"half a version":          {subject, messages.HeaderSchema, "1.5", ""},
		"a version below 1":       {subject, messages.HeaderSchema, "-1", ""},
		"half known":              {subject, messages.HeaderKnown, "maybe", ""},
		"parameters of a list":    {subject, messages.HeaderRun, "r", `["query"]`},
		"parameters of numbers":   {subject, messages.HeaderRun, "r", `{"year":2019}`},
		"parameters cut off":      {subject, messages.HeaderRun, "r", `{"query":`},
	} {
		header := nats.Header{messages.HeaderKind: {"movie-detail"}}
		if tt.header != "" {
			header.Set(tt.header, tt.value)
		}
		_, err := messages.DecodeJob(tt.subject, header, []byte(tt.data))
		require.ErrorIs(t, err, messages.ErrMalformed, reason)
	}
}

func TestDecodePayloadRefuses(t *testing.T) {
	t.Parallel()
	for reason, alter := range map[string]func(*nats.Msg){
		"a job's subject":     func(m *nats.Msg) { m.Subject = "jobs.kobis.movie-detail.20190324" },
		"a foreign subject":   func(m *nats.Msg) { m.Subject = "orders.new" },
		"another key":         func(m *nats.Msg) { m.Header.Set(messages.HeaderKey, "20190325") },
		"no outcome":          func(m *nats.Msg) { m.Header.Del(messages.HeaderOutcome) },
		"an unknown outcome":  func(m *nats.Msg) { m.Header.Set(messages.HeaderOutcome, "maybe") },
		"no time":             func(m *nats.Msg) { m.Header.Del(messages.HeaderFetchedAt) },
		"no time that exists": func(m *nats.Msg) { m.Header.Set(messages.HeaderFetchedAt, "2026-02-30T00:00:00Z") },
		"a bad request":       func(m *nats.Msg) { m.Header.Set(messages.HeaderRequest, "page 1") },
		"a bad job":           func(m *nats.Msg) { m.Header.Set(messages.HeaderJob, "-1") },
		"a bad attempt":       func(m *nats.Msg) { m.Header.Set(messages.HeaderAttempt, "first") },
		"a newer version":     func(m *nats.Msg) { m.Header.Set(messages.HeaderSchema, "2") },
		"an unknown encoding": func(m *nats.Msg) { m.Header.Set(messages.HeaderEncoding, "gzip") },
		"no zstd":             func(m *nats.Msg) { m.Header.Set(messages.HeaderEncoding, "zstd") },
	} {
		msg, err := goldenPayloads["payload-ok"].Msg()
		require.NoError(t, err)
		alter(msg)
		_, err = messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
		require.ErrorIs(t, err, messages.ErrMalformed, reason)
	}
}

func TestMessageID(t *testing.T) {
	t.Parallel()
	msg, err := goldenPayloads["payload-ok"].Msg()
	require.NoError(t, err)
	require.Equal(t, "kobis.movie-detail.20190324@1795309320123456789", msg.Header.Get(nats.MsgIdHdr))
	msg, err = goldenPayloads["payload-republished"].Msg()
	require.NoError(t, err)
	require.NotContains(t, msg.Header, nats.MsgIdHdr)
}

func TestFetchedAtIsComparableAsText(t *testing.T) {
	t.Parallel()
	payload := goldenPayloads["payload-ok"]
	payload.FetchedAt = time.Date(2026, 11, 22, 10, 2, 3, 999, time.FixedZone("Asia/Seoul", 9*3600))
	msg, err := payload.Msg()
	require.NoError(t, err)
	require.Equal(t, "2026-11-22T01:02:03.000000Z", msg.Header.Get(messages.HeaderFetchedAt))
}

func TestCompressesAboveTheLimitOnly(t *testing.T) {
	t.Parallel()
	payload := goldenPayloads["payload-ok"]
	for size, encoding := range map[int]string{0: "", messages.CompressAbove: "", messages.CompressAbove + 1: "zstd", messages.MaxBody: "zstd"} {
		payload.Body = bytes.Repeat([]byte("a"), size)
		msg, err := payload.Msg()
		require.NoError(t, err)
		require.Equal(t, encoding, msg.Header.Get(messages.HeaderEncoding), size)
		decoded, err := messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		require.True(t, bytes.Equal(payload.Body, decoded.Body), size)
	}
}

// noise is what no compressor makes smaller.
func noise(size int) []byte {
	data := make([]byte, size)
	state := uint64(1)
	for i := range data {
		state = state*6364136223846793005 + 1442695040888963407
		data[i] = byte(state >> 56)
	}
	return data
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	payload := goldenPayloads["payload-ok"]
	payload.Body = noise(messages.MaxMessage)
	_, err := payload.Msg()
	require.ErrorIs(t, err, messages.ErrTooLarge)
}

// What no message would hold is found out of in little memory: several of the largest
// answers are in flight at a time.
func TestCompressingTheLargestBodyTakesLittleMemory(t *testing.T) {
	payload := goldenPayloads["payload-ok"]
	payload.Body = noise(messages.MaxBody)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := payload.Msg()
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, messages.ErrTooLarge)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(messages.MaxBody))
}

// The largest payload still fits a default server's limit as a dead letter with
// the longest reason and error.
func TestLargestPayloadFitsAsADeadLetter(t *testing.T) {
	t.Parallel()
	payload := goldenPayloads["payload-ok"]
	payload.Body = noise(messages.MaxMessage - 1000)
	msg, err := payload.Msg()
	require.NoError(t, err)
	long := strings.Repeat("이유 ", 10_000)
	dead := messages.DeadLetter{Subject: msg.Subject, Header: msg.Header, Body: msg.Data, Reason: long, Error: long}.Msg()
	require.LessOrEqual(t, dead.Size(), 1<<20)
	require.NotContains(t, dead.Header, nats.MsgIdHdr)
	require.Contains(t, msg.Header, nats.MsgIdHdr, "the original is left as it was")
}

// A small message must not grow into what no fetcher would have accepted.
func TestDecompressionIsBounded(t *testing.T) {
	t.Parallel()
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	bomb := encoder.EncodeAll(make([]byte, messages.MaxBody+1), nil)
	require.NoError(t, encoder.Close())
	msg, err := goldenPayloads["payload-ok"].Msg()
	require.NoError(t, err)
	msg.Header.Set(messages.HeaderEncoding, "zstd")
	_, err = messages.DecodePayload(msg.Subject, msg.Header, bomb)
	require.ErrorIs(t, err, messages.ErrMalformed)
	require.ErrorContains(t, err, "more than 16777216 bytes")
}

func TestDeadLetterReasonIsOneLine(t *testing.T) {
	t.Parallel()
	letter := messages.DeadLetter{Subject: "jobs.kobis.movie-detail.1", Reason: "two\r\nlines\tand \xff noise", Error: strings.Repeat("감", 2000)}
	header := letter.Msg().Header
	require.Equal(t, "two lines and \uFFFD noise", header.Get(messages.HeaderReason))
	require.Less(t, len(header.Get(messages.HeaderError)), 2100)
	require.True(t, strings.HasSuffix(header.Get(messages.HeaderError), "감…"))
	for _, subject := range []string{"jobs.kobis.movie-detail.1", "dead.", "dead"} {
		_, err := messages.DecodeDeadLetter(subject, nil, nil)
		require.ErrorIs(t, err, messages.ErrMalformed)
	}
}

func TestTraceTravels(t *testing.T) {
	t.Parallel()
	sent := messages.Trace{Parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", State: "cledit=1"}
	ctx := sent.Context(context.Background())
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", trace.SpanContextFromContext(ctx).TraceID().String())
	require.Equal(t, sent, messages.TraceOf(ctx))
	require.Equal(t, messages.Trace{}, messages.TraceOf(context.Background()))
	nonsense := messages.Trace{Parent: "nonsense"}
	require.False(t, trace.SpanContextFromContext(nonsense.Context(context.Background())).IsValid())
}

// names draws a name of any source and kind.
func names() *rapid.Generator[messages.Name] {
	token := rapid.StringMatching(`[A-Za-z0-9_-]{1,12}`)
	return rapid.Custom(func(t *rapid.T) messages.Name {
		return name(rapid.OneOf(
			rapid.Map(token, func(s string) string { return "kobis.movie-detail." + s }),
			rapid.Map(token, func(s string) string { return "kobis.daily-box-office." + s }),
			rapid.Map(token, func(s string) string { return "kobis.movie-list." + s + ".1" }),
			rapid.Map(token, func(s string) string { return "tmdb.movie-search." + s + ".ko" }),
		).Draw(t, "tail"))
	})
}

func TestJobsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		job := messages.Job{
			Name: names().Draw(t, "name"), RunID: rapid.StringMatching(`[a-z0-9-]{0,12}`).Draw(t, "run"),
			Known: rapid.Bool().Draw(t, "known"),
		}
		if rapid.Bool().Draw(t, "has parameters") {
			job.Params = rapid.MapOfN(rapid.StringN(1, 8, -1), rapid.String(), 1, 4).Draw(t, "parameters")
		}
		msg := job.Msg()
		back, err := messages.DecodeJob(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		require.Equal(t, job, back)
	})
}

func TestPayloadsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	params := rapid.MapOf(rapid.StringN(1, 8, -1), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		p := messages.Payload{
			Name:        names().Draw(t, "name"),
			Outcome:     rapid.SampledFrom([]messages.Outcome{messages.OutcomeOK, messages.OutcomeNotFound}).Draw(t, "outcome"),
			FetchedAt:   time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC(),
			ContentType: rapid.StringMatching(`([a-z]+/[a-z]+)?`).Draw(t, "type"),
			Request:     params.Draw(t, "request"),
			JobID:       rapid.Uint64().Draw(t, "job"), Attempt: rapid.IntRange(1, 20).Draw(t, "attempt"),
			RunID: rapid.StringMatching(`[a-z0-9-]{0,12}`).Draw(t, "run"),
			Body:  rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "body"),
		}
		p.Body = bytes.Repeat(p.Body, rapid.SampledFrom([]int{1, 1000}).Draw(t, "times"))
		msg, err := p.Msg()
		if err != nil {
			t.Fatal(err)
		}
		back, err := messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Body, back.Body) {
			t.Fatal("the body has changed")
		}
		back.Body = p.Body
		require.Equal(t, p, back)
	})
}

func FuzzDecodeJob(f *testing.F) {
	for _, job := range goldenJobs {
		msg := job.Msg()
		f.Add(msg.Subject, msg.Header.Get(messages.HeaderSchema), msg.Header.Get("traceparent"), msg.Data)
	}
	f.Fuzz(func(t *testing.T, subject, schema, parent string, data []byte) {
		header := nats.Header{messages.HeaderSchema: {schema}, "traceparent": {parent}}
		job, err := messages.DecodeJob(subject, header, data)
		if err != nil {
			require.ErrorIs(t, err, messages.ErrMalformed)
			return
		}
		msg := job.Msg()
		again, err := messages.DecodeJob(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		require.Equal(t, job.Name, again.Name)
		require.Len(t, again.Params, len(job.Params))
	})
}

func FuzzDecodePayload(f *testing.F) {
	for _, payload := range goldenPayloads {
		msg, err := payload.Msg()
		require.NoError(f, err)
		f.Add(msg.Subject, msg.Header.Get(messages.HeaderFetchedAt), msg.Header.Get(messages.HeaderRequest), msg.Header.Get(messages.HeaderEncoding), msg.Data)
	}
	f.Fuzz(func(t *testing.T, subject, at, request, encoding string, data []byte) {
		header := nats.Header{
			messages.HeaderOutcome: {"ok"}, messages.HeaderFetchedAt: {at},
			messages.HeaderRequest: {request}, messages.HeaderEncoding: {encoding},
		}
		payload, err := messages.DecodePayload(subject, header, data)
		if err != nil {
			require.ErrorIs(t, err, messages.ErrMalformed)
			return
		}
		require.LessOrEqual(t, len(payload.Body), max(messages.MaxBody, len(data)))
		msg, err := payload.Msg()
		if err != nil {
			require.ErrorIs(t, err, messages.ErrTooLarge)
			return
		}
		again, err := messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		require.True(t, bytes.Equal(payload.Body, again.Body))
		require.True(t, payload.FetchedAt.Equal(again.FetchedAt))
	})
}

func FuzzDeadLetter(f *testing.F) {
	f.Add("jobs.kobis.movie-detail.1", "a reason", "an error", []byte("body"))
	f.Fuzz(func(t *testing.T, subject, reason, text string, body []byte) {
		if subject == "" || len(subject) > 1000 { // a longer one is cut
			return
		}
		msg := messages.DeadLetter{Subject: subject, Reason: reason, Error: text, Body: body}.Msg()
		letter, err := messages.DecodeDeadLetter(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		require.Equal(t, subject, letter.Subject)
		require.NotContains(t, letter.Reason+letter.Error, "\n")
	})
}

// A value that is too long is cut, and what is left can still be read.
func TestRequestStaysJSON(t *testing.T) {
	t.Parallel()
	payload := goldenPayloads["payload-ok"]
	payload.Request = map[string]string{"query": strings.Repeat("감", 30_000), "year": "2019", "esc": "\x1b[2J\u202e\u0085"}
	msg, err := payload.Msg()
	require.NoError(t, err)
	back, err := messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
	require.NoError(t, err)
	require.Equal(t, "2019", back.Request["year"])
	require.Equal(t, payload.Request["esc"], back.Request["esc"])
	require.True(t, strings.HasPrefix(back.Request["query"], "감감감"))
	require.Less(t, len(back.Request["query"]), 600)
	require.NotContains(t, msg.Header.Get(messages.HeaderRequest), "\x1b")
}

// What would command a terminal, or turn the text around, does not reach one.
func TestReasonsCommandNothing(t *testing.T) {
	t.Parallel()
	letter := messages.DeadLetter{
		Subject: "jobs.tmdb.movie-detail.1", Reason: "a\x1b[2Jb\u009bc\u202ed\x00", Error: "\x1b]0;title\a",
		Header: nats.Header{messages.HeaderContentType: {"text/\x1b[31m"}, "X-Other": {"\u2066"}},
	}
	for _, msg := range letter.Msgs() {
		for name, values := range msg.Header {
			require.NotContains(t, strings.Join(values, ""), "\x1b", name)
		}
		require.Equal(t, "a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFD", msg.Header.Get(messages.HeaderReason))
	}
}

// What the NATS server sends to a subject of ours, because somebody had asked for
// that, is neither a job nor a payload, whatever is in it.
func TestWhatTheServerSendsIsNoMessage(t *testing.T) {
	t.Parallel()
	payload, err := goldenPayloads["payload-ok"].Msg()
	require.NoError(t, err)
	for _, msg := range []*nats.Msg{payload, goldenJobs["job-movie-list"].Msg()} {
		decode := func(subject string, header nats.Header, data []byte) error {
			if strings.HasPrefix(msg.Subject, messages.PrefixJobs) {
				_, err := messages.DecodeJob(subject, header, data)
				return err
			}
			_, err := messages.DecodePayload(subject, header, data)
			return err
		}
		require.NoError(t, decode(msg.Subject, msg.Header, msg.Data))
		for _, name := range []string{"Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending", "Status"} {
			header := maps.Clone(msg.Header)
			header.Set(name, "")
			require.ErrorIs(t, decode(msg.Subject, header, msg.Data), messages.ErrForeign, name)
		}
		require.ErrorIs(t, decode(msg.Subject, nil, []byte(`{"stream":"RAW","seq":1}`)), messages.ErrForeign)
		for _, subject := range []string{"$KV.QUOTA.tmdb.gate", "dead." + msg.Subject, "orders.new"} {
			err := decode(subject, msg.Header, msg.Data)
			require.ErrorIs(t, err, messages.ErrForeign, subject)
			require.ErrorIs(t, err, messages.ErrMalformed)
		}
	}
}
