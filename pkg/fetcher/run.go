package fetcher

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

const (
	// callTimeout bounds one call.
	callTimeout = 30 * time.Second
	// callDeadline is what the ledger takes for the longest call: it begins with
	// the permit's start, a moment before the call's own clock does.
	callDeadline = callTimeout + time.Second
	// keysInterval is how often keys are read again.
	keysInterval = 10 * time.Second
)

// errNoLedger is what a fetcher waits for at first.
var errNoLedger = errors.New("waiting for the quota ledger, whose bucket the planner makes")

// Options are a fetcher of one source.
type Options struct {
	Source  messages.Source
	API     API
	BaseURL string
	Keys    []string
	// ReadKeys reads the keys again from where they came, for keys that change
	// while the fetcher runs; nil where they can't.
	ReadKeys func() ([]string, error)
	// CheckKeys says what is wrong with keys that were read again, as at start and
	// without repeating any; nil where every key is good.
	CheckKeys    func(keys []string) []error
	KeysInterval time.Duration  // how often they are read; 0 is 10 s
	DailyQuota   int            // calls per key and day; 0 is not a daily limit
	Zone         *time.Location // whose midnight renews the daily quota
	DayLength    time.Duration  // 0 is a civil day; shorter in simulations
	Rate         quota.Rate
	Concurrency  int
	Backoff      worker.Backoff
	// Clock is what days, slots and answers are timed by; nil is the system's.
	// Waits for NATS are real time.
	Clock quota.Clock
}

// Run answers the source's jobs until ctx ends, then drains and returns nil.
func Run(ctx context.Context, cfg service.Config, o Options) error {
	if o.Clock == nil {
		o.Clock = quota.SystemClock{}
	}
	name := topology.ConsumerFetcher(o.Source)
	rt, err := service.Start(ctx, name, cfg)
	if err != nil {
		return unlessStopped(ctx, fmt.Errorf("starting %s: %w", name, err))
	}
	rt.Ready("jobs", func(context.Context) error { return errNoLedger }) // until there is a worker to ask
	return errors.Join(unlessStopped(ctx, rt.Work(ctx, func(ctx context.Context) error { return work(ctx, rt, o) })), rt.Close(ctx))
}

// unlessStopped drops the error of a wait that ctx has ended: for NATS, or for
// the planner to make the streams.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// work runs between the runtime's start and its close.
func work(ctx context.Context, rt *service.Runtime, o Options) error {
	client, err := upstream.New(upstream.Config{
		Source: string(o.Source), BaseURL: o.BaseURL, UserAgent: "cledit-pipeline/" + service.Version(),
		Timeouts: upstream.Timeouts{Total: callTimeout}, MaxConns: o.Concurrency, Reserve: worker.Reserve,
		Registerer: rt.Registry, Tracer: rt.Tracer, Now: o.Clock.Now,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	bucket, err := topology.Bucket(ctx, rt.JS, func(err error) {
		rt.Log.Info().Err(err).Msg("waiting for the planner to make the ledger's bucket")
	})
	if err != nil {
		return err
	}
	ledger, err := openLedger(ctx, rt, bucket, o)
	if err != nil {
		return err
	}
	defer func() { //nolint:contextcheck // Close works after ctx has ended: that is when it is called
		// Others find out by themselves; the fetcher has stopped in order.
		if err := ledger.Close(); err != nil {
			rt.Log.Warn().Err(err).Msg("could not release the quota lease, peers reclaim it when it expires")
		}
	}()
	w, err := worker.New(rt.JS, ledger, handler(o.API, client), worker.Config{
		Source: o.Source, Concurrency: o.Concurrency, Backoff: o.Backoff,
		Log: rt.Log, Registry: rt.Registry, Tracer: rt.Tracer, Now: o.Clock.Now,
	})
	if err != nil {
		return err
	}
	report(rt, w, ledger)
	defer followTrouble(ctx, bucket, w.Trouble, rt.Log, o)()
	defer followKeys(ctx, ledger, rt.Log, o)()
	defer followBelief(ctx, bucket, w, rt.Log, o)()
	return w.Run(ctx)
}

// report has /readyz tell how the worker is.
func report(rt *service.Runtime, w *worker.Worker, ledger *quota.Ledger) {
	rt.Ready("storing", w.Storing)
	rt.Ready("source", w.Doubted)
	rt.Ready("jobs", func(ctx context.Context) error { return errors.Join(w.Working(ctx), ledger.Writable(ctx)) })
	rt.Ready("keys", func(ctx context.Context) error { return service.Remark(w.Halted(ctx)) })
	rt.Note("source", w.Trouble)
}

func openLedger(ctx context.Context, rt *service.Runtime, bucket jetstream.KeyValue, o Options) (*quota.Ledger, error) {
	replica, err := replicaName()
	if err != nil {
		return nil, err
	}
	ledger, err := quota.Open(ctx, bucket, quota.Config{
		Source: string(o.Source), Replica: replica, Keys: o.Keys,
		DailyQuota: o.DailyQuota, Rate: o.Rate, Zone: o.Zone, DayLength: o.DayLength,
		Deadline: callDeadline, Clock: o.Clock, Log: rt.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the quota ledger: %w", err)
	}
	return ledger, nil
}

// replicaName tells replicas apart, also those of one host, and the next process
// with the same number.
func replicaName() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("naming the replica: %w", err)
	}
	var unique [4]byte
	if _, err := rand.Read(unique[:]); err != nil {
		return "", fmt.Errorf("naming the replica: %w", err)
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(unique[:])), nil
}
