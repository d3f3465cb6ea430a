package loader

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
)

// poison makes a message that can't be loaded, the n-th of its kind, and the words
// by which a person sees what is wrong with it.
type poison struct {
	name  string
	make  func(n int) *nats.Msg
	words string
}

// broken is a payload with another body.
func broken(name messages.Name, body string) *nats.Msg {
	return must(payload(name.Source, name.Kind, name.Key, noon, body).Msg())
}

func list(n int) messages.Name {
	return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: fmt.Sprintf("open-1999.%d", n)}
}

func filmDetail(n int) messages.Name {
	return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: fmt.Sprintf("1999%04d", n%10_000)}
}

func tmdbMovie(n int) messages.Name {
	return messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: strconv.Itoa(900_000 + n)}
}

func changes(n int) messages.Name {
	return messages.Name{Source: messages.TMDB, Kind: messages.KindMovieChanges, Key: fmt.Sprintf("1999-11-21.%d", n)}
}

// bodyOf is a poison that is a body alone. A % in it is the key of its name.
func bodyOf(name string, of func(int) messages.Name, body, words string) poison {
	return poison{name, func(n int) *nats.Msg {
		name := of(n)
		return broken(name, strings.ReplaceAll(body, "%", name.Key))
	}, words}
}

// headerOf is one whose header is spoilt; without a value it is missing.
func headerOf(name, header, value, words string) poison {
	return poison{name, func(n int) *nats.Msg {
		msg := broken(list(n), `{"movieListResult":{"totCnt":0,"movieList":[]}}`)
		if msg.Header.Del(header); value != "" {
			msg.Header.Set(header, value)
		}
		return msg
	}, words}
}

// bomb is a small message with a large body.
func bomb(name messages.Name, size int) *nats.Msg {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	msg := broken(name, "{}")
	msg.Header.Set(messages.HeaderEncoding, "zstd")
	msg.Data = encoder.EncodeAll(make([]byte, size), nil)
	return msg
}

// mostHeader is how many bytes of headers JetStream stores.
const mostHeader = 1<<16 - 1

// headerSize is how many bytes the headers of a message take.
func headerSize(msg *nats.Msg) int {
	size := len("NATS/1.0\r\n\r\n")
	for name, values := range msg.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	return size
}

var poisons = []poison{
	bodyOf("an empty body", list, ``, "the body is empty"),
	bodyOf("white space", list, " \n", "the body is empty"),
	bodyOf("a maintenance page", list, `<html><body>점검</body></html>`, "a page of HTML"),
	bodyOf("plain text", filmDetail, `Service Unavailable`, "not JSON from byte"),
	bodyOf("broken off", list, `{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"2`, "breaks off after"),
	bodyOf("a comma too many", list, `{"movieListResult":{"totCnt":0,"movieList":[],}}`, "not JSON from byte"),
	bodyOf("two documents", list, `{"movieListResult":{"totCnt":0}}{}`, "not JSON from byte"),
	bodyOf("EUC-KR", list, "{\"movieListResult\":{\"totCnt\":1,\"source\":\""+strings.Repeat("\xb0\xa1", 5)+"\"}}", "not UTF-8"),
	bodyOf("a damaged code", list, "{\"movieListResult\":{\"totCnt\":1,\"movieList\":[{\"movieCd\":\"2019000\xb0\"}]}}", "a code, an id or a date in it is not UTF-8"),
	bodyOf("a fault of the quota", list, `{"faultInfo":{"message":"키의 하루 이용량을 초과하였습니다.","errorCode":"320011"}}`, `the source's error 320011, "키의 하루 이용량을 초과하였습니다."`),
	bodyOf("a fault of a key", filmDetail, `{"faultInfo":{"message":"유효하지않은 키값입니다.","errorCode":"320010"}}`, "the source's error 320010"),
	bodyOf("an error of TMDB", tmdbMovie, `{"success":false,"status_code":7,"status_message":"Invalid API key"}`, `the source's error 7, "Invalid API key"`),
	bodyOf("no list", list, `{"result":[]}`, "it has no movieListResult"),
	bodyOf("no total", list, `{"movieListResult":{"movieList":[]}}`, "its totCnt is not a number"),
	bodyOf("a total in words", list, `{"movieListResult":{"totCnt":"many","movieList":[]}}`, "its totCnt is not a number"),
	bodyOf("null", filmDetail, `null`, "it has no movieInfo"),
	bodyOf("no film", filmDetail, `{"movieInfoResult":{"movieInfo":null}}`, "it has nothing of what was asked for"),
	bodyOf("another film", filmDetail, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190002"}}}`, `it is film "20190002"`),
	bodyOf("another id", tmdbMovie, `{"id":5,"title":"t"}`, "it is id 5"),
	bodyOf("no id", tmdbMovie, `{"title":"t"}`, "it has no id"),
	bodyOf("deep nesting", tmdbMovie, `{"id":%,"x":`+strings.Repeat("[", 9_999)+strings.Repeat("]", 9_999)+"}", "deeper than 100 levels"),
	bodyOf("nesting without an end", tmdbMovie, strings.Repeat(`{"a":`, 20_000), "exceeded max depth"),
	bodyOf("no JSON of a kind without table", changes, `{"results":[],}`, "not JSON from byte"),
	bodyOf("a cast without an end", tmdbMovie, `{"id":%,"credits":{"cast":[`+strings.Repeat("{},", 1<<20)+`{}]}}`, "breaks its contract: more than 10000 elements in credits.cast"),
	bodyOf("actors without an end", filmDetail, `{"movieInfoResult":{"movieInfo":{"movieCd":"%","actors":[`+strings.Repeat("{},", 1<<20)+`{}]}}}`, "breaks its contract: more than 10000 elements"),
	bodyOf("a total beyond all reason", list, `{"movieListResult":{"totCnt":20000000,"movieList":[]}}`, "breaks its contract: its totCnt is 20000000, accepted is 0 to 500000"),
	bodyOf("a total below nothing", list, `{"movieListResult":{"totCnt":-1,"movieList":[]}}`, "breaks its contract: its totCnt is -1"),
	{"one and a half pages of changes", func(n int) *nats.Msg {
		return broken(changes(n), fmt.Sprintf(`{"page":%d,"total_pages":1.5,"results":[]}`, n))
	}, "breaks its contract: its total_pages is not a number: 1.5"},
	{"a page that is not a number", func(n int) *nats.Msg {
		return broken(messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: fmt.Sprintf("all.x%d", n)}, `{"movieListResult":{"totCnt":0}}`)
	}, "is not a page of a list"},
	{"a day that is none", func(n int) *nats.Msg {
		return broken(messages.Name{Source: messages.KOBIS, Kind: messages.KindDailyBoxOffice, Key: fmt.Sprintf("2025%04d", 9900+n%100)}, `{"boxOfficeResult":{"dailyBoxOfficeList":[]}}`)
	}, "is not a day"},
	{"a subject of no kind", func(n int) *nats.Msg { return nats.NewMsg(fmt.Sprintf("raw.kobis.gossip.%d", n)) }, "gossip"},
	headerOf("no outcome", messages.HeaderOutcome, "", "Cledit-Outcome"),
	headerOf("no time", messages.HeaderFetchedAt, "yesterday", "Cledit-Fetched-At"),
	headerOf("another encoding", messages.HeaderEncoding, "br", `is "br"`),
	// RAW takes it; with a reason it would be more than JetStream stores.
	{"headers up to the limit", func(n int) *nats.Msg {
		msg := broken(list(n), `<html>`)
		msg.Header.Set(messages.HeaderContentType, "")
		msg.Header.Set(messages.HeaderContentType, strings.Repeat("x", mostHeader-headerSize(msg)))
		return msg
	}, "a page of HTML"},
	headerOf("no zstd", messages.HeaderEncoding, "zstd", "decompressing"),
	{"a decompression bomb", func(n int) *nats.Msg { return bomb(list(n), 64<<20) }, "more than 16777216 bytes"},
	// The loader reads this one, Postgres does not: it is found by bisection.
	{"a value that the database refuses", func(n int) *nats.Msg {
		p := search(fmt.Sprintf("1999%04d", n%10_000), "ko", "", noon)
		p.Request["query"] = "a\x00b"
		return must(p.Msg())
	}, "The database refuses this payload"},
}

// Each poisoned payload goes to DEAD alone, whole and with a reason for a person,
// and all others land. POISON sets how many there are, among twenty times as many
// good ones.
func TestPoisonGoesToDeadAlone(t *testing.T) {
	t.Parallel()
	n := len(poisons) * 2
	if text := os.Getenv("POISON"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	w := newWorld(t)
	good := films(20*n, 1)
	for i := range good { // films makes codes of eight characters for up to 10,000
		good[i] = listPage(i+1, noon.Add(time.Duration(i)*time.Millisecond), len(good), listRow(fmt.Sprintf("%08d", 30_000_000+i), "영화", "", "2019", "", "한국", ""))
	}
	words := make(map[string]poison, n)
	bodies := make(map[string][]byte, n)
	msgs := make([]*nats.Msg, 0, len(good)+n)
	for _, p := range good {
		msgs = append(msgs, must(p.Msg()))
	}
	for i := range n {
		kind := poisons[i%len(poisons)]
		msg := kind.make(i + 1)
		require.NotContains(t, words, msg.Subject, "a subject for each")
		words[msg.Subject], bodies[msg.Subject] = kind, msg.Data
		msgs = append(msgs, msg)
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(msgs), func(i, j int) { msgs[i], msgs[j] = msgs[j], msgs[i] })
	for _, msg := range msgs {
		_, err := w.js.PublishMsgAsync(msg)
		require.NoError(t, err)
	}
	<-w.js.PublishAsyncComplete()
	started := time.Now()
	cfg := w.config()
	cfg.Consumers, cfg.Chunk, cfg.LogLevel = 5, 500, "error"
	w.start(cfg)
	require.Eventually(t, func() bool { return w.loaded() && w.count("ops.stale_titles") == 0 }, 10*patience, poll)
	t.Logf("%d poisoned payloads among %d good ones: %s", n, len(good), time.Since(started).Round(time.Millisecond))
	require.Equal(t, len(good), w.count("staging.kobis_movies"))
	require.Equal(t, len(good), w.count("raw.payloads"))
	letters := w.deadLetters()
	require.Len(t, letters, n)
	for _, letter := range letters {
		kind, known := words[letter.Subject]
		require.True(t, known, letter.Subject)
		require.Contains(t, letter.Reason, kind.words, kind.name)
		require.NotEmpty(t, letter.Error)
		require.Equal(t, string(bodies[letter.Subject]), string(letter.Body), "%s: whole", kind.name)
	}
}

// A server may take larger messages than the pipeline sends, and than a pull asks
// for. Such a one holds up nothing.
func TestAMessageAboveAPullsBytesIsFetchedToo(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, &server.Options{StoreDir: t.TempDir(), MaxPayload: 8 << 20})
	w := newWorldOf(t, srv, pgtest.Migrated(t))
	large := broken(list(1), "{}")
	large.Data = make([]byte, pullBytes+1<<20)
	good := films(3, 2)
	w.publish(good[0])
	w.publishMsg(large)
	w.publish(good[1:]...)
	w.start(w.config())
	w.settle()
	require.Equal(t, 6, w.count("production.titles"))
	letters := w.deadLetters()
	require.Len(t, letters, 1)
	require.Len(t, letters[0].Body, len(large.Data))
}

// Not beside other tests, whose memory would count.
func TestABombIsNotUnpackedFirst(t *testing.T) {
	const size = 64 << 20
	packed := bomb(tmdbMovie(1), size)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := messages.DecodePayload(packed.Subject, packed.Header, packed.Data)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, messages.ErrMalformed)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size))
}
