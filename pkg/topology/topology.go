// Package topology holds the names and configurations of the pipeline's streams,
// consumers and bucket, and brings them into being.
//
// The planner is their one owner: Ensure creates what is missing and reports what
// differs, and only Apply changes what exists, on command. Everybody else binds
// with Consumer and Bucket, which wait until the thing is there. Nothing here
// ever removes a stream or a message.
//
// JetStream replaces the whole configuration on an update, so settings that
// nobody here asked for would be lost: Ensure compares the settings that matter
// to the pipeline, and Apply starts from what the server has.
package topology

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
)

// Streams.
const (
	StreamJobs = "JOBS" // work queue, one message per subject
	StreamRaw  = "RAW"  // answers as they came, replayable
	StreamDead = "DEAD" // what could not be processed
)

// BucketQuota is the key-value bucket of the quota ledger.
const BucketQuota = "QUOTA"

// Durable consumers.
const (
	ConsumerLoader  = "loader"  // on RAW
	ConsumerPlanner = "planner" // on DEAD
)

// ConsumerFetcher is the durable consumer on JOBS that feeds a source's fetchers.
func ConsumerFetcher(source messages.Source) string { return "fetcher-" + string(source) }

// JobsOf is the filter of all jobs of a source.
func JobsOf(source messages.Source) string { return messages.PrefixJobs + string(source) + ".>" }

// RawOf is the filter of all raw payloads of a source.
func RawOf(source messages.Source) string { return messages.PrefixRaw + string(source) + ".>" }

const (
	// RawMaxAge is how long RAW keeps a payload; raw.payloads keeps what is older.
	RawMaxAge = 90 * 24 * time.Hour
	// DuplicateWindow is how long RAW recognises a payload published twice. It
	// outlasts JobAckWait by far, when a job whose fetcher died between storing and
	// acknowledging is delivered again, with an outage of NATS in between.
	DuplicateWindow = 30 * time.Minute
	// JobAckWait is when a job goes to another fetcher, and RawAckWait when a payload
	// goes to another loader, of which neither an end nor a sign of life was heard,
	// unless Config says otherwise. Who works gives a sign every third of it.
	JobAckWait = 2 * time.Minute
	RawAckWait = time.Minute
	// MaxDeliver ends the crash loop of a job that kills its fetcher. The fetchers'
	// own limit of attempts lies below it.
	MaxDeliver = 20

	deadAckWait = 30 * time.Second
	deadMaxAge  = 180 * 24 * time.Hour // TMDB's terms allow no longer for its answers
	jobsBytes   = 256 << 20
	deadBytes   = 1 << 30
	quotaBytes  = 64 << 20
	// maxAckPending leaves room for delayed jobs, which keep their place while they wait.
	maxAckPending = 20_000
)

// Config is what an operator chooses.
type Config struct {
	Replicas    int   // 1 on one server, 3 in a cluster
	RawMaxBytes int64 // bytes on disk; the oldest payloads go when it is reached
	// Waits that deployments leave alone and tests shorten; zero for the usual.
	JobAckWait time.Duration
	RawAckWait time.Duration
}

// Difference is a setting that is not as this program would have it.
type Difference struct {
	Object  string `json:"object"`  // such as "stream RAW" or "consumer JOBS/fetcher-kobis"
	Setting string `json:"setting"` // such as "max_bytes"
	Have    string `json:"have"`
	Want    string `json:"want"`
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s is %s, want %s", d.Object, d.Setting, d.Have, d.Want)
}

// Ensure creates what is missing and returns how the rest differs from cfg.
// Existing objects are left as they are. It is safe to call at any time and by
// several planners at once.
func Ensure(ctx context.Context, js jetstream.JetStream, cfg Config) ([]Difference, error) {
	return reconcile(ctx, js, cfg, false)
}

// Apply is Ensure, and changes what differs. It returns the differences that were
// there before. What a server can't change on an existing object, such as the
// retention of a stream, is its error.
func Apply(ctx context.Context, js jetstream.JetStream, cfg Config) ([]Difference, error) {
	return reconcile(ctx, js, cfg, true)
}

func reconcile(ctx context.Context, js jetstream.JetStream, cfg Config, apply bool) ([]Difference, error) {
	var all []Difference
	var failed []error // one thing that can't be done holds up no other
	for _, want := range streams(cfg) {
		diffs, err := reconcileStream(ctx, js, want, apply)
		all = append(all, diffs...)
		if err != nil {
			failed = append(failed, fmt.Errorf("stream %s: %w", want.Name, err))
		}
	}
	for _, want := range consumers(cfg) {
		diffs, err := reconcileConsumer(ctx, js, want, apply)
		all = append(all, diffs...)
		if err != nil {
			failed = append(failed, fmt.Errorf("consumer %s/%s: %w", want.stream, want.cfg.Durable, err))
		}
	}
	return all, errors.Join(failed...)
}

func reconcileStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig, apply bool) ([]Difference, error) {
	stream, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if _, err = js.CreateStream(ctx, want); errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return nil, nil // another planner was faster; the next check compares
		}
		if err != nil {
			return nil, fmt.Errorf("creating: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up: %w", err)
	}
	have := stream.CachedInfo().Config
	diffs := diffStream(have, want)
	if !apply || len(diffs) == 0 {
		return diffs, nil
	}
	if _, err := js.UpdateStream(ctx, mergeStream(have, want)); err != nil {
		return diffs, fmt.Errorf("changing %v: %w", diffs, err)
	}
	return diffs, nil
}

func reconcileConsumer(ctx context.Context, js jetstream.JetStream, want consumer, apply bool) ([]Difference, error) {
	have, err := js.Consumer(ctx, want.stream, want.cfg.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		if _, err = js.CreateConsumer(ctx, want.stream, want.cfg); errors.Is(err, jetstream.ErrConsumerExists) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("creating: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up: %w", err)
	}
	cfg := have.CachedInfo().Config
	diffs := diffConsumer(want, cfg)
	if !apply || len(diffs) == 0 {
		return diffs, nil
	}
	if _, err := js.UpdateConsumer(ctx, want.stream, mergeConsumer(cfg, want.cfg)); err != nil {
		return diffs, fmt.Errorf("changing %v: %w", diffs, err)
	}
	return diffs, nil
}
