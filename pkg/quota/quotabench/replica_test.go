package quotabench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/time/rate"

	"github.com/cledit/pipeline/pkg/quota"
)

// roleVariable makes this test's binary a replica: it holds an order.
const roleVariable = "QUOTABENCH_REPLICA"

// order is what a replica process is to do.
type order struct {
	Method  string
	NATS    string
	Judge   string
	Keys    []string
	Quota   int
	Rate    quota.Rate
	Day     time.Duration
	Workers int
}

const deadline = time.Second

// beReplica works until it is told to stop.
func beReplica(text string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	nc, err := nats.Connect(o.NATS, nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("opening JetStream: %w", err)
	}
	kv, err := js.KeyValue(ctx, bucket)
	if err != nil {
		return fmt.Errorf("binding the bucket: %w", err)
	}
	r := &replica{order: o, kv: kv, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	if err := methods[o.Method](ctx, r); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// replica calls the judge under one of the methods.
type replica struct {
	order

	kv     jetstream.KeyValue
	client *http.Client
}

var methods = map[string]func(context.Context, *replica) error{
	"ledger": byLedger,
	"batch":  byBatch,
	"gcra":   byGCRA,
	"local":  byLocalLimiter,
}

// call makes one request; permission was given.
func (r *replica) call(ctx context.Context, key string) quota.Settlement {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Judge+"/?key="+key, nil)
	if err != nil {
		return quota.Cancelled
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return quota.Unknown
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	code, convErr := strconv.Atoi(string(body))
	if err != nil || convErr != nil {
		return quota.Unknown
	}
	return quota.Settlement(code)
}

// each runs a loop in every worker.
func (r *replica) each(loop func()) {
	var work sync.WaitGroup
	for range r.Workers {
		work.Go(loop)
	}
	work.Wait()
}

// byLedger is package quota.
func byLedger(ctx context.Context, r *replica) error {
	ledger, err := quota.Open(ctx, r.kv, quota.Config{
		Source: "bench", Keys: r.Keys, DailyQuota: r.Quota, Rate: r.Rate, DayLength: r.Day, Deadline: deadline,
	})
	if err != nil {
		return err
	}
	r.each(func() {
		for {
			permits, err := ledger.Acquire(ctx, 1)
			if err != nil {
				return
			}
			p := permits[0]
			if p.Start() != nil {
				p.Settle(quota.Cancelled)
				continue
			}
			p.Settle(r.call(ctx, p.Secret()))
		}
	})
	return ledger.Close()
}

// byBatch makes a window's requests at once, then sleeps for a window, as a script
// does that has the limit to itself.
func byBatch(ctx context.Context, r *replica) error {
	for ctx.Err() == nil {
		var batch sync.WaitGroup
		for range r.Rate.N {
			batch.Go(func() { r.call(ctx, r.Keys[0]) })
		}
		batch.Wait()
		select {
		case <-time.After(r.Rate.Per):
		case <-ctx.Done():
		}
	}
	return nil
}

// byLocalLimiter is golang.org/x/time/rate in each process, without bursts.
func byLocalLimiter(ctx context.Context, r *replica) error {
	limiter := rate.NewLimiter(rate.Every(r.Rate.Per/time.Duration(r.Rate.N)), 1)
	r.each(func() {
		for limiter.Wait(ctx) == nil {
			r.call(ctx, r.Keys[0])
		}
	})
	return nil
}

// byGCRA shares the time of the next request by one compare-and-set each, without
// bursts, which is its best case: requests evenly apart.
func byGCRA(ctx context.Context, r *replica) error {
	interval := r.Rate.Per / time.Duration(r.Rate.N)
	r.each(func() {
		for {
			at, err := r.next(ctx, interval)
			if err != nil {
				return
			}
			select {
			case <-time.After(time.Until(at)):
			case <-ctx.Done():
				return
			}
			r.call(ctx, r.Keys[0])
		}
	})
	return nil
}

func (r *replica) next(ctx context.Context, interval time.Duration) (time.Time, error) {
	for {
		entry, err := r.kv.Get(ctx, "bench.gcra")
		var last time.Time
		var revision uint64
		switch {
		case err == nil:
			revision = entry.Revision()
			nanos, err := strconv.ParseInt(string(entry.Value()), 10, 64)
			if err != nil {
				return last, fmt.Errorf("reading the time of the last request: %w", err)
			}
			last = time.Unix(0, nanos)
		case !errors.Is(err, jetstream.ErrKeyNotFound):
			return last, fmt.Errorf("reading the time of the last request: %w", err)
		}
		at := last.Add(interval)
		if now := time.Now(); at.Before(now) {
			at = now
		}
		_, err = r.kv.Update(ctx, "bench.gcra", strconv.AppendInt(nil, at.UnixNano(), 10), revision)
		if err == nil || !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return at, err
		}
	}
}

func mainReplica(text string) {
	if err := beReplica(text); err != nil {
		fmt.Fprintln(os.Stderr, "replica:", err)
		os.Exit(1)
	}
}
