package topology_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var single = topology.Config{Replicas: 1, RawMaxBytes: 1 << 30}

// ensured is a server with the topology on it.
func ensured(t *testing.T) jetstream.JetStream {
	t.Helper()
	js := natstest.JetStream(t)
	diffs, err := topology.Ensure(t.Context(), js, single)
	require.NoError(t, err)
	require.Empty(t, diffs)
	return js
}

func stream(t *testing.T, js jetstream.JetStream, name string) *jetstream.StreamInfo {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	require.NoError(t, err)
	return s.CachedInfo()
}

func consumer(t *testing.T, js jetstream.JetStream, stream, name string) *jetstream.ConsumerInfo {
	t.Helper()
	c, err := js.Consumer(t.Context(), stream, name)
	require.NoError(t, err)
	return c.CachedInfo()
}

func TestEnsureIsIdempotent(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	names := []string{topology.StreamJobs, topology.StreamRaw, topology.StreamDead, "KV_" + topology.BucketQuota}
	var made []jetstream.StreamInfo
	for _, name := range names {
		made = append(made, *stream(t, js, name))
	}
	loader := consumer(t, js, topology.StreamRaw, topology.ConsumerLoader)
	for range 2 {
		diffs, err := topology.Ensure(t.Context(), js, single)
		require.NoError(t, err)
		require.Empty(t, diffs)
		diffs, err = topology.Apply(t.Context(), js, single)
		require.NoError(t, err)
		require.Empty(t, diffs)
	}
	for i, name := range names {
		again := stream(t, js, name)
		require.Equal(t, made[i].Config, again.Config, name)
		require.Equal(t, made[i].Created, again.Created, name)
		require.Positive(t, again.Config.MaxBytes, "%s has a limit", name)
		require.Equal(t, jetstream.FileStorage, again.Config.Storage)
	}
	require.Equal(t, loader.Created, consumer(t, js, topology.StreamRaw, topology.ConsumerLoader).Created)
}

// What the rest of the pipeline relies on, in the servers' own words.
func TestSettingsThatOthersRelyOn(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	jobs := stream(t, js, topology.StreamJobs).Config
	require.Equal(t, jetstream.WorkQueuePolicy, jobs.Retention)
	require.Equal(t, jetstream.DiscardNew, jobs.Discard)
	require.True(t, jobs.DiscardNewPerSubject)
	require.EqualValues(t, 1, jobs.MaxMsgsPerSubject)
	raw := stream(t, js, topology.StreamRaw).Config
	require.Equal(t, jetstream.S2Compression, raw.Compression)
	require.Equal(t, 90*24*time.Hour, raw.MaxAge)
	require.Equal(t, 30*time.Minute, raw.Duplicates)
	require.EqualValues(t, 1<<30, raw.MaxBytes)
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		c := consumer(t, js, topology.StreamJobs, topology.ConsumerFetcher(source)).Config
		require.Equal(t, "jobs."+string(source)+".>", c.FilterSubject)
		require.Equal(t, topology.MaxDeliver, c.MaxDeliver)
		require.Empty(t, c.BackOff)
	}
	loader := consumer(t, js, topology.StreamRaw, topology.ConsumerLoader).Config
	require.Equal(t, jetstream.DeliverAllPolicy, loader.DeliverPolicy)
	require.Equal(t, -1, loader.MaxDeliver)
	consumer(t, js, topology.StreamDead, topology.ConsumerPlanner)
	require.Equal(t, "raw.tmdb.>", topology.RawOf(messages.TMDB))
}

// The bucket is made as a stream; the client's own way of making one is the
// reference, but for direct reads.
func TestBucketIsABucketOfTheClient(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	ours := stream(t, js, "KV_"+topology.BucketQuota).Config
	_, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{
		Bucket: "REFERENCE", Description: ours.Description, MaxBytes: ours.MaxBytes, Storage: jetstream.FileStorage, Replicas: 1,
	})
	require.NoError(t, err)
	reference := stream(t, js, "KV_REFERENCE").Config
	reference.Name, reference.Subjects = ours.Name, ours.Subjects
	require.True(t, ours.AllowMsgTTL, "markers of removed keys have an end")
	reference.AllowMsgTTL = true
	reference.Metadata, ours.Metadata = nil, nil
	reference.AllowDirect = false
	require.Equal(t, reference, ours)

	kv, err := topology.Bucket(t.Context(), js, nil)
	require.NoError(t, err)
	revision, err := kv.Create(t.Context(), "kobis.gate", []byte("1"))
	require.NoError(t, err)
	_, err = kv.Update(t.Context(), "kobis.gate", []byte("2"), revision)
	require.NoError(t, err)
	_, err = kv.Update(t.Context(), "kobis.gate", []byte("3"), revision)
	require.ErrorIs(t, err, jetstream.ErrKeyExists)
}

func TestOneOutstandingJobPerEntity(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	const subject = "jobs.kobis.movie-detail.20190324"
	publish := func() error {
		_, err := js.Publish(t.Context(), subject, nil)
		return err
	}
	refused := func() {
		t.Helper()
		api, ok := errors.AsType[*jetstream.APIError](publish())
		require.True(t, ok)
		require.EqualValues(t, 10077, api.ErrorCode)
		require.Contains(t, api.Description, "per subject")
	}
	require.NoError(t, publish())
	refused() // while it waits
	c, err := js.Consumer(t.Context(), topology.StreamJobs, topology.ConsumerFetcher(messages.KOBIS))
	require.NoError(t, err)
	job, err := c.Next()
	require.NoError(t, err)
	refused() // while it is being done
	require.NoError(t, job.NakWithDelay(time.Second))
	refused() // while it is delayed
	job, err = c.Next()
	require.NoError(t, err)
	require.NoError(t, job.DoubleAck(t.Context()))
	require.NoError(t, publish())
}

func TestDifferencesAreReportedAndLeftAlone(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	for object, tt := range map[string]struct {
		stream, consumer string
		alterStream      func(*jetstream.StreamConfig)
		alterConsumer    func(*jetstream.ConsumerConfig)
		want             topology.Difference
	}{
		"jobs per subject": {
			stream: topology.StreamJobs, alterStream: func(c *jetstream.StreamConfig) { c.DiscardNewPerSubject = false },
			want: topology.Difference{Object: "stream JOBS", Setting: "discard_new_per_subject", Have: "false", Want: "true"},
		},
		"size of raw": {
			stream: topology.StreamRaw, alterStream: func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 },
			want: topology.Difference{Object: "stream RAW", Setting: "max_bytes", Have: "1048576", Want: "1073741824"},
		},
		"messages of raw": {
			stream: topology.StreamRaw, alterStream: func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 },
			want: topology.Difference{Object: "stream RAW", Setting: "max_msgs", Have: "1000", Want: "-1"},
		},
		"window of raw": {
			stream: topology.StreamRaw, alterStream: func(c *jetstream.StreamConfig) { c.Duplicates = time.Minute },
			want: topology.Difference{Object: "stream RAW", Setting: "duplicate_window", Have: "1m0s", Want: "30m0s"},
		},
		"age of dead": {
			stream: topology.StreamDead, alterStream: func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
			want: topology.Difference{Object: "stream DEAD", Setting: "max_age", Have: "1h0m0s", Want: "4320h0m0s"},
		},
		"direct reads of the ledger": {
			stream: "KV_" + topology.BucketQuota, alterStream: func(c *jetstream.StreamConfig) { c.AllowDirect = true },
			want: topology.Difference{Object: "stream KV_QUOTA", Setting: "allow_direct", Have: "true", Want: "false"},
		},
		"wait of a fetcher": {
			stream: topology.StreamJobs, consumer: "fetcher-kobis", alterConsumer: func(c *jetstream.ConsumerConfig) { c.AckWait = time.Second },
			want: topology.Difference{Object: "consumer JOBS/fetcher-kobis", Setting: "ack_wait", Have: "1s", Want: "2m0s"},
		},
		"one filter of the loader": {
			stream: topology.StreamRaw, consumer: topology.ConsumerLoader, alterConsumer: func(c *jetstream.ConsumerConfig) { c.FilterSubject = "raw.tmdb.>" },
			want: topology.Difference{Object: "consumer RAW/loader", Setting: "filter_subjects", Have: "raw.tmdb.>", Want: ""},
		},
		"two filters of the loader": {
			stream: topology.StreamRaw, consumer: topology.ConsumerLoader,
			alterConsumer: func(c *jetstream.ConsumerConfig) { c.FilterSubjects = []string{"raw.tmdb.>", "raw.kobis.movie-list.>"} },
			want:          topology.Difference{Object: "consumer RAW/loader", Setting: "filter_subjects", Have: "raw.tmdb.>,raw.kobis.movie-list.>", Want: ""},
		},
		"deliveries of the loader": {
			stream: topology.StreamRaw, consumer: topology.ConsumerLoader,
			alterConsumer: func(c *jetstream.ConsumerConfig) { c.BackOff, c.MaxDeliver = []time.Duration{time.Minute}, 7 },
			want:          topology.Difference{Object: "consumer RAW/loader", Setting: "max_deliver", Have: "7", Want: "-1"},
		},
	} {
		if tt.alterStream != nil {
			cfg := stream(t, js, tt.stream).Config
			tt.alterStream(&cfg)
			_, err := js.UpdateStream(t.Context(), cfg)
			require.NoError(t, err, object)
		} else {
			cfg := consumer(t, js, tt.stream, tt.consumer).Config
			tt.alterConsumer(&cfg)
			_, err := js.UpdateConsumer(t.Context(), tt.stream, cfg)
			require.NoError(t, err, object)
		}
		for range 2 { // reported each time, since it is left as it is
			diffs, err := topology.Ensure(t.Context(), js, single)
			require.NoError(t, err, object)
			require.Contains(t, diffs, tt.want, object)
		}
		applied, err := topology.Apply(t.Context(), js, single)
		require.NoError(t, err, object)
		require.Contains(t, applied, tt.want, object)
		diffs, err := topology.Ensure(t.Context(), js, single)
		require.NoError(t, err, object)
		require.Empty(t, diffs, object)
	}
	require.Equal(t, "stream RAW: max_bytes is 1, want 2",
		topology.Difference{Object: "stream RAW", Setting: "max_bytes", Have: "1", Want: "2"}.String())
}

// Apply changes what the pipeline cares about and nothing else, and no message.
func TestApplyKeepsWhatOthersHaveSet(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	_, err := js.Publish(t.Context(), "raw.kobis.movie-detail.1", []byte("paid for"))
	require.NoError(t, err)
	cfg := stream(t, js, topology.StreamRaw).Config
	cfg.MaxBytes, cfg.Description = 1<<20, "an operator's own words"
	cfg.Metadata = map[string]string{"owner": "operations"}
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	_, err = topology.Apply(t.Context(), js, single)
	require.NoError(t, err)
	after := stream(t, js, topology.StreamRaw)
	require.EqualValues(t, 1<<30, after.Config.MaxBytes)
	require.Equal(t, "an operator's own words", after.Config.Description)
	require.Equal(t, "operations", after.Config.Metadata["owner"])
	require.EqualValues(t, 1, after.State.Msgs)
}

// What can't be changed is an error, and holds up nothing else.
func TestApplyReportsWhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	js := natstest.JetStream(t)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: topology.StreamJobs, Subjects: []string{"jobs.>"}, Storage: jetstream.FileStorage, MaxBytes: 1 << 20})
	require.NoError(t, err)
	diffs, err := topology.Ensure(t.Context(), js, single)
	require.NoError(t, err)
	require.Contains(t, diffs, topology.Difference{Object: "stream JOBS", Setting: "retention", Have: "Limits", Want: "WorkQueue"})
	_, err = topology.Apply(t.Context(), js, single)
	require.ErrorContains(t, err, "stream JOBS: changing")
	stream(t, js, topology.StreamRaw)
	consumer(t, js, topology.StreamDead, topology.ConsumerPlanner)
}

func TestEnsureFailsWhereTheServerCannotFollow(t *testing.T) {
	t.Parallel()
	js := natstest.JetStream(t)
	_, err := topology.Ensure(t.Context(), js, topology.Config{Replicas: 3, RawMaxBytes: 1 << 30})
	require.ErrorContains(t, err, "stream JOBS: creating")
}

func TestSeveralPlannersAtOnce(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	const planners = 8
	ended := make(chan error, planners)
	for range planners {
		js, err := jetstream.New(natstest.Connect(t, srv))
		require.NoError(t, err)
		go func() {
			diffs, err := topology.Ensure(t.Context(), js, single)
			if len(diffs) > 0 {
				err = errors.Join(err, errors.New("there are differences"))
			}
			ended <- err
		}()
	}
	for range planners {
		require.NoError(t, <-ended)
	}
}

// told collects what a waiting caller is told.
type told struct {
	mu   sync.Mutex
	errs []error
	once chan struct{}
}

func (w *told) waiting(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.errs = append(w.errs, err); len(w.errs) == 1 {
		close(w.once)
	}
}

func TestBindingWaitsForThePlanner(t *testing.T) {
	t.Parallel()
	js := natstest.JetStream(t)
	consumerTold, bucketTold := &told{once: make(chan struct{})}, &told{once: make(chan struct{})}
	bound := make(chan error, 2)
	go func() {
		c, err := topology.Consumer(t.Context(), js, topology.StreamJobs, topology.ConsumerFetcher(messages.TMDB), consumerTold.waiting)
		if err == nil && c.CachedInfo().Name != "fetcher-tmdb" {
			err = errors.New("bound to " + c.CachedInfo().Name)
		}
		bound <- err
	}()
	go func() {
		_, err := topology.Bucket(t.Context(), js, bucketTold.waiting)
		bound <- err
	}()
	<-consumerTold.once
	<-bucketTold.once
	_, err := topology.Ensure(t.Context(), js, single)
	require.NoError(t, err)
	require.NoError(t, <-bound)
	require.NoError(t, <-bound)
	require.Len(t, consumerTold.errs, 1, "said once")
	require.Len(t, bucketTold.errs, 1, "said once")
	require.ErrorIs(t, consumerTold.errs[0], jetstream.ErrStreamNotFound)
}

func TestBindingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	js := natstest.JetStream(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := topology.Consumer(ctx, js, topology.StreamRaw, topology.ConsumerLoader, func(error) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "binding to consumer RAW/loader")
	_, err = topology.Bucket(ctx, js, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// A server that does not answer is waited for like one that has nothing.
func TestBindingWaitsForTheServer(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	js, err := jetstream.New(natstest.Connect(t, srv, nats.ReconnectWait(10*time.Millisecond), nats.MaxReconnects(-1)))
	require.NoError(t, err)
	srv.Shutdown()
	srv.WaitForShutdown()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = topology.Bucket(ctx, js, func(error) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestAckWaitsAreSettings(t *testing.T) {
	t.Parallel()
	js := ensured(t)
	short := single
	short.JobAckWait, short.RawAckWait = 5*time.Second, 7*time.Second
	diffs, err := topology.Apply(t.Context(), js, short)
	require.NoError(t, err)
	require.Equal(t, []topology.Difference{
		{Object: "consumer JOBS/fetcher-kobis", Setting: "ack_wait", Have: "2m0s", Want: "5s"},
		{Object: "consumer JOBS/fetcher-tmdb", Setting: "ack_wait", Have: "2m0s", Want: "5s"},
		{Object: "consumer RAW/loader", Setting: "ack_wait", Have: "1m0s", Want: "7s"},
	}, diffs)
	require.Equal(t, short.JobAckWait, consumer(t, js, topology.StreamJobs, "fetcher-tmdb").Config.AckWait)
	diffs, err = topology.Ensure(t.Context(), js, single)
	require.NoError(t, err)
	require.Len(t, diffs, 3, "left as they are")
}
