package fetcherkobis_test

import (
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/traffic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "0123456789abcdef0123456789abcdef"

// fixture is a fetcher between a queue and a simulated KOBIS.
type fixture struct {
	*workertest.Queue
	sim  *kobis.Server
	url  string
	logs *workertest.Logs

	dayLength time.Duration
}

func newFixture(t *testing.T, options kobis.Options) *fixture {
	t.Helper()
	return newFixtureOn(t, workertest.New(t), options)
}

func newFixtureOn(t *testing.T, q *workertest.Queue, options kobis.Options) *fixture {
	t.Helper()
	source, err := sim.Open(sim.Options{KOBIS: options})
	require.NoError(t, err)
	server := httptest.NewServer(source.KOBIS)
	t.Cleanup(server.Close)
	return &fixture{Queue: q, sim: source.KOBIS, url: server.URL + sim.KOBISPath, logs: &workertest.Logs{}}
}

// start runs the fetcher and returns how to stop it and wait for its end.
func (f *fixture) start(t *testing.T, settings map[string]string) (stop func()) {
	t.Helper()
	values := map[string]string{
		"NATS_URL": f.URL(), "HTTP_ADDR": "off", "KOBIS_BASE_URL": f.url, "KOBIS_API_KEYS": testKey,
		"KOBIS_RATE": "1000/1s", "RETRY_BASE": "10ms", "RETRY_MAX": "50ms",
	}
	maps.Copy(values, settings)
	cfg, err := service.FromMap[fetcherkobis.Config](values)
	require.NoError(t, err)
	cfg.LogWriter, cfg.FilesInterval, cfg.DayLength = f.logs, 20*time.Millisecond, f.dayLength
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetcherkobis.Run(ctx, cfg) }()
	return func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

func TestAnswersEveryKind(t *testing.T) {
	t.Parallel()
	f := newFixture(t, kobis.Options{Keys: []string{testKey}})
	code, day := f.sim.Catalogue().Codes()[0], f.sim.Catalogue().BoxOfficeDays()[0]
	jobs := []string{
		"kobis.movie-list.all.1", "kobis.movie-list.open-2021.1", "kobis.movie-list.made-2020.1", "kobis.movie-detail." + code, "kobis.daily-box-office." + day,
		"kobis.people-list.all.1", "kobis.people-detail." + f.sim.Catalogue().People()[0].Code,
	}
	for _, job := range jobs {
		f.Publish(workertest.Job(job))
	}
	stop := f.start(t, nil)
	for _, job := range jobs {
		payload := f.Payload(job, 1)
		require.Equal(t, messages.OutcomeOK, payload.Outcome)
		require.NotContains(t, payload.Request, "key")
		require.NotEmpty(t, payload.Body)
	}
	f.Drained()
	stop()
	require.Equal(t, len(jobs), f.sim.Stats().Requests)
	f.Nowhere(testKey, f.logs)
}

func TestUnknownFilmIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, as := range []kobis.NotFound{kobis.NotFoundEmpty, kobis.NotFoundNull, kobis.NotFoundMissing} {
		t.Run(string(as), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, kobis.Options{NotFound: as})
			f.Publish(workertest.Job("kobis.movie-detail.99999999"), workertest.Job("kobis.people-detail.99999999"))
			defer f.start(t, nil)()
			require.Equal(t, messages.OutcomeNotFound, f.Payload("kobis.movie-detail.99999999", 1).Outcome)
			require.Equal(t, messages.OutcomeNotFound, f.Payload("kobis.people-detail.99999999", 1).Outcome)
			f.Drained()
		})
	}
}

// Every fault of the network and of the source costs an attempt and no data.
func TestFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, kobis.Options{})
	faults := []traffic.Fault{traffic.ServerError, traffic.TooMany, traffic.Maintenance, traffic.Reset, traffic.Empty, traffic.Truncated, traffic.Cut}
	for _, fault := range faults {
		f.sim.FailNext(fault, 1)
	}
	f.Publish(workertest.Job("kobis.movie-list.all.1"))
	defer f.start(t, nil)()
	require.Equal(t, len(faults)+1, f.Payload("kobis.movie-list.all.1", 1).Attempt)
	require.Equal(t, len(faults)+1, f.sim.Stats().Requests, "what was sent is what was counted")
}

func TestGivesUpAfterItsAttempts(t *testing.T) {
	t.Parallel()
	f := newFixture(t, kobis.Options{})
	f.sim.FailNext(traffic.Maintenance, 3)
	f.Publish(workertest.Job("kobis.movie-list.all.1"))
	stop := f.start(t, map[string]string{"RETRY_ATTEMPTS": "3"})
	letter := f.DeadLetter("kobis.movie-list.all.1")
	require.Contains(t, letter.Reason, "gave up after 3 attempts: the answer is none to this job")
	require.NotEmpty(t, letter.Body)
	f.Drained()
	stop()
	require.Equal(t, 3, f.sim.Stats().Requests)
	require.Zero(t, f.Count(topology.StreamRaw, ">"))
	f.Nowhere(testKey, f.logs)
}

// A key that others have used up is parked, and the job goes on with another one
// without a spent attempt.
func TestGoesOnWithAnotherKey(t *testing.T) {
	t.Parallel()
	const spare = "fedcba9876543210fedcba9876543210"
	f := newFixture(t, kobis.Options{Keys: []string{testKey, spare}, Limits: traffic.Limits{DailyQuota: 3000}})
	f.sim.Spend(testKey, 3000)
	jobs := f.sim.Catalogue().Codes()[:30]
	for _, code := range jobs {
		f.Publish(workertest.Job("kobis.movie-detail." + code))
	}
	stop := f.start(t, map[string]string{"KOBIS_API_KEYS": testKey + "," + spare})
	for _, code := range jobs {
		require.Equal(t, 1, f.Payload("kobis.movie-detail."+code, 1).Attempt)
	}
	f.Drained()
	stop()
	refused := f.sim.Stats().Requests - len(jobs)
	require.LessOrEqual(t, refused, 4, "no more refused calls than were in flight at the first refusal")
	f.Nowhere(testKey, f.logs)
}

// A key that KOBIS does not know halts the source and leaves the jobs queued.
func TestHaltsWithAWrongKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t, kobis.Options{Keys: []string{"another-key-altogether-0123456789"}})
	f.Publish(workertest.Job("kobis.movie-list.all.1"), workertest.Job("kobis.movie-list.all.2"))
	stop := f.start(t, nil)
	f.Until("the source halts", func() bool { return strings.Contains(f.logs.String(), "halted") })
	stop()
	require.Equal(t, 2, f.Count(topology.StreamJobs, ">"))
	require.Equal(t, 1, strings.Count(f.logs.String(), "the source refuses this key"))
	require.Contains(t, f.logs.String(), quota.Fingerprint(testKey))
	f.Nowhere(testKey, f.logs)
}

// A wrong key in a file is put right: the source goes on without a restart, and
// the jobs have lost nothing.
func TestGoesOnWhenTheKeyIsPutRight(t *testing.T) {
	t.Parallel()
	const wrong = "ffffffffffffffffffffffffffffffff"
	f := newFixture(t, kobis.Options{Keys: []string{testKey}})
	f.Publish(workertest.Job("kobis.movie-list.all.1"), workertest.Job("kobis.movie-list.all.2"))
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte(wrong+"\n"), 0o600))
	stop := f.start(t, map[string]string{"KOBIS_API_KEYS": "", "KOBIS_API_KEYS_FILE": file})
	f.Until("the source halts", func() bool { return strings.Contains(f.logs.String(), "halted") })
	require.Equal(t, 2, f.Count(topology.StreamJobs, ">"))

	require.NoError(t, os.WriteFile(file, []byte(testKey+"\n"), 0o600))
	for _, job := range []string{"kobis.movie-list.all.1", "kobis.movie-list.all.2"} {
		require.Equal(t, 1, f.Payload(job, 1).Attempt)
	}
	f.Drained()
	stop()
	require.Contains(t, f.logs.String(), "resuming: a key is usable again")
	f.Nowhere(testKey, f.logs)
	f.Nowhere(wrong, f.logs)
}

// With the day's budget used up the jobs stay queued, lose no attempt, and go on
// with the next day; KOBIS never has to refuse a call.
func TestWaitsForTheNextDay(t *testing.T) {
	t.Parallel()
	const day, perDay, jobs = 2 * time.Second, 10, 25
	f := newFixture(t, kobis.Options{Limits: traffic.Limits{DailyQuota: perDay, Day: day}})
	codes := f.sim.Catalogue().Codes()[:jobs]
	for _, code := range codes {
		f.Publish(workertest.Job("kobis.movie-detail." + code))
	}
	f.dayLength = day
	stop := f.start(t, map[string]string{"KOBIS_DAILY_QUOTA": strconv.Itoa(perDay)})
	for _, code := range codes {
		require.Equal(t, 1, f.Payload("kobis.movie-detail."+code, 1).Attempt)
	}
	f.Drained()
	stop()
	for _, key := range f.sim.Stats().Keys {
		require.Zero(t, key.OverQuota)
		require.Equal(t, jobs, key.Requests)
	}
	require.Zero(t, f.Count("KV_QUOTA", "$KV.QUOTA.kobis.waits.>"), "without a permit no job is pulled")
}
