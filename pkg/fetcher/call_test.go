package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/quota/quotatest"
	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "the-secret-of-this-test"

// fake is a source that takes its key from the query and calls everything with
// status 200 an answer.
type fake struct{}

func (fake) Call(job messages.Job) (Call, error) {
	if job.Key == "impossible" {
		return Call{}, errors.New("nobody can ask for that")
	}
	return Call{Path: "/film", Query: url.Values{"id": {job.Key}}}, nil
}

func (fake) Authorize(request *upstream.Request, secret string) {
	request.SecretQuery = map[string]string{"key": secret}
}

func (fake) Read(_ messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	if answer.Status != http.StatusOK {
		return "", RetryStatus(answer)
	}
	return messages.OutcomeOK, nil
}

// ask makes one call of the job against the handler.
func ask(t *testing.T, key string, serve http.HandlerFunc) (messages.Payload, *worker.Failure, int) {
	t.Helper()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Query().Get("key") != secret {
			http.Error(w, "no key", http.StatusForbidden)
			return
		}
		serve(w, r)
	}))
	defer server.Close()
	client, err := upstream.New(upstream.Config{Source: "fake", BaseURL: server.URL, Timeouts: upstream.Timeouts{Total: 10 * time.Second}})
	require.NoError(t, err)
	defer client.Close()
	ledger, err := quota.Open(t.Context(), quotatest.NewMemory(), quota.Config{
		Source: "fake", Keys: []string{secret}, DailyQuota: 10, Rate: quota.Rate{N: 10, Per: time.Second},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, ledger.Close()) }()
	permits, err := ledger.Acquire(t.Context(), 1)
	require.NoError(t, err)
	defer permits[0].Settle(quota.Spent)

	job := messages.Job{Name: messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: key}}
	payload, err := handler(fake{}, client)(t.Context(), job, permits[0])
	failure, _ := errors.AsType[*worker.Failure](err)
	if err != nil {
		require.NotNil(t, failure, "every error says what becomes of the job")
		require.NotContains(t, err.Error()+string(failure.Answer)+failure.Reason, secret)
	}
	return payload, failure, int(requests.Load())
}

func TestAnswerBecomesAPayload(t *testing.T) {
	t.Parallel()
	payload, failure, _ := ask(t, "20190324", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = w.Write([]byte(`{ "film" : 1 }`))
	})
	require.Nil(t, failure)
	require.Equal(t, `{ "film" : 1 }`, string(payload.Body), "byte for byte")
	require.Equal(t, map[string]string{"id": "20190324"}, payload.Request, "without the key")
	require.Equal(t, "application/json;charset=UTF-8", payload.ContentType)
	require.False(t, payload.FetchedAt.IsZero())
}

func TestFailures(t *testing.T) {
	t.Parallel()
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, tt := range map[string]struct {
		key      string
		serve    http.HandlerFunc
		outcome  worker.JobOutcome
		permit   quota.Settlement
		after    time.Duration
		answer   string
		requests int
	}{
		"a job that can't be asked for costs nothing": {"impossible", abort, worker.Dead, quota.Cancelled, 0, "", 0},
		"no answer is spent all the same":             {"1", abort, worker.Retry, quota.Unknown, 0, "", 1},
		"a status waits as long as it says": {"1", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			http.Error(w, "slow down", http.StatusTooManyRequests)
		}, worker.Retry, quota.Spent, 7 * time.Second, "slow down\n", 1},
		"an answer that repeats the key in disguise is not kept": {"1", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"you":"\u%04x%s"}`, secret[0], secret[1:])
		}, worker.Retry, quota.Spent, 0, "", 1},
		"nor one that is bad anyway": {"1", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/again?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
			_, _ = w.Write([]byte(`<a href="` + r.URL.RawQuery + `">`))
		}, worker.Retry, quota.Spent, 0, `<a href="id=1&key=` + redact.Mask(secret) + `">`, 1},
		"a body without end is tried a few times": {"1", func(w http.ResponseWriter, _ *http.Request) {
			for range upstream.DefaultMaxBody/(1<<20) + 1 {
				if _, err := w.Write([]byte(strings.Repeat("x", 1<<20))); err != nil {
					return
				}
			}
		}, worker.Retry, quota.Unknown, 0, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, failure, requests := ask(t, tt.key, tt.serve)
			require.NotNil(t, failure)
			require.Equal(t, tt.outcome, failure.Outcome)
			require.Equal(t, tt.permit, failure.Permit)
			require.Equal(t, tt.after, failure.After)
			if tt.answer != "" {
				require.Equal(t, tt.answer, string(failure.Answer))
			}
			require.Equal(t, tt.requests, requests)
		})
	}
}

// A source that says with every answer what it was asked stays of use; who reads what
// is kept of it does not get the key.
func TestAnAnswerThatRepeatsTheKeyIsKeptWithoutIt(t *testing.T) {
	t.Parallel()
	payload, failure, _ := ask(t, "1", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json;x="+r.URL.Query().Get("key"))
		_, _ = w.Write([]byte(`{"you":"` + r.URL.RawQuery + `"}`))
	})
	require.Nil(t, failure)
	require.JSONEq(t, `{"you":"id=1&key=`+redact.Mask(secret)+`"}`, string(payload.Body))
	require.Equal(t, "application/json;x="+redact.Mask(secret), payload.ContentType)
	require.NotContains(t, fmt.Sprint(payload), secret)
}

func TestUnsentCallIsGivenBack(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody listens there any more
	client, err := upstream.New(upstream.Config{Source: "fake", BaseURL: server.URL})
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Get(t.Context(), upstream.Request{Kind: "film", Path: "/film"})
	failure := unanswered(err)
	require.Equal(t, worker.Retry, failure.Outcome)
	require.Equal(t, quota.Cancelled, failure.Permit)
}

// What the source's answer is today, or the key of today, is not a fault of the job.
func TestNoFaultOfTheMomentIsDeadAtOnce(t *testing.T) {
	t.Parallel()
	for _, failed := range []*upstream.Error{
		upstreamError(t, func(w http.ResponseWriter, _ *http.Request) { // announced, and not even read
			w.Header().Set("Content-Length", strconv.Itoa(upstream.DefaultMaxBody+1))
		}, "a-token"),
		upstreamError(t, func(http.ResponseWriter, *http.Request) {}, "a\x01token"), // net/http refuses to send it
	} {
		failure := unanswered(failed)
		require.Equal(t, worker.Retry, failure.Outcome)
		require.Equal(t, fewAttempts, failure.Attempts)
	}
}

// Where other large answers have taken the room, the job waits, at the cost of no
// attempt.
func TestAnAnswerWithoutRoomIsNoFaultOfTheJob(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 2<<20))
	}))
	defer server.Close()
	client, err := upstream.New(upstream.Config{Source: "fake", BaseURL: server.URL, Reserve: func(context.Context, int64) error { return errors.New("full") }})
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Get(t.Context(), upstream.Request{Kind: "film", Path: "/film"})
	failure := unanswered(err)
	require.Equal(t, worker.Wait, failure.Outcome)
	require.True(t, failure.Later)
}

func upstreamError(t *testing.T, serve http.HandlerFunc, token string) *upstream.Error {
	t.Helper()
	server := httptest.NewServer(serve)
	defer server.Close()
	client, err := upstream.New(upstream.Config{Source: "fake", BaseURL: server.URL})
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Get(t.Context(), upstream.Request{Kind: "film", Path: "/film", Bearer: token})
	failed, ok := errors.AsType[*upstream.Error](err)
	require.True(t, ok, "got %v", err)
	return failed
}

// A key that no header or query can carry makes no call and costs no attempt.
func TestAKeyThatCannotBeSentIsNoFaultOfTheJob(t *testing.T) {
	t.Parallel()
	ledger, err := quota.Open(t.Context(), quotatest.NewMemory(), quota.Config{
		Source: "fake", Keys: []string{"a\x01key"}, Rate: quota.Rate{N: 10, Per: time.Second},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, ledger.Close()) }()
	permits, err := ledger.Acquire(t.Context(), 1)
	require.NoError(t, err)
	_, err = handler(fake{}, nil)(t.Context(), messages.Job{Name: messages.Name{Key: "1"}}, permits[0])
	failure, ok := errors.AsType[*worker.Failure](err)
	require.True(t, ok)
	require.Equal(t, worker.Wait, failure.Outcome)
	require.Equal(t, quota.Invalid, failure.Permit, "it is disabled: no job goes round and round with it")
	permits[0].Settle(failure.Permit)
}

func TestLapsedPermitSendsNothing(t *testing.T) {
	t.Parallel()
	ledger, err := quota.Open(t.Context(), quotatest.NewMemory(), quota.Config{
		Source: "fake", Keys: []string{secret}, Rate: quota.Rate{N: 10, Per: time.Second},
	})
	require.NoError(t, err)
	permits, err := ledger.Acquire(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, ledger.Close())
	_, err = handler(fake{}, nil)(t.Context(), messages.Job{Name: messages.Name{Key: "1"}}, permits[0])
	failure, ok := errors.AsType[*worker.Failure](err)
	require.True(t, ok)
	require.Equal(t, worker.Wait, failure.Outcome)
	require.Equal(t, quota.Cancelled, failure.Permit)
	require.ErrorIs(t, err, quota.ErrLapsed)
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := Retries{RetryBase: time.Second, RetryMax: time.Minute, RetryAttempts: 8}
	require.Empty(t, good.Validate())
	require.Empty(t, Concurrency(1))
	require.Empty(t, Secrets("X", []string{"a", "b"}))
	require.Empty(t, baseURL("X", "https://host:8443/path"))
	require.Len(t, Retries{}.Validate(), 2)
	require.Len(t, Retries{RetryBase: time.Minute, RetryMax: time.Second, RetryAttempts: worker.MostAttempts + 1}.Validate(), 2)
	require.Len(t, Concurrency(0), 1)
	require.Len(t, Concurrency(100_000), 1)
	for name, problems := range map[string][]error{
		"a key twice":     Secrets("X", []string{"b", "a", "b"}),
		"two keys in one": Secrets("X", []string{"a", "b c"}),
		"a line break":    Secrets("X", []string{"a\nb"}),
		"a byte order":    Secrets("X", []string{"\ufeffa"}),
		"no URL":          baseURL("X", "ftp://host"),
		"no port":         baseURL("X", "http://host:99999"),
		"a password":      baseURL("X", "http://user:password@host"),
		"a query":         baseURL("X", "http://host/?key=secret"),
		"no item":         OneSecret("X", nil),
		"two items":       OneSecret("X", []string{"a", "b"}),
		"a version":       BaseURLWithout("X", "http://host/Api/", "without it", func(last string) bool { return last == "api" }),
	} {
		require.Len(t, problems, 1, name)
		problem, ok := errors.AsType[*service.Problem](problems[0])
		require.True(t, ok)
		require.Equal(t, "X", problem.Variable)
	}
}

func TestReplicasHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	one, err := replicaName()
	require.NoError(t, err)
	other, err := replicaName()
	require.NoError(t, err)
	require.NotEqual(t, one, other)
}
