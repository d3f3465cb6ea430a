// Package republish fills RAW again from raw.payloads, without one API call.
//
// RAW drops its oldest messages where it is full, so no more is published than RAW has
// room for. It fails, and may be run again, where the loader loads nothing for minutes,
// RAW dropped something before it was loaded, or a stored body is damaged.
package republish

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

const (
	pageRows      = 200
	pageBytes     = 8 << 20 // of bodies in memory, or one body
	storeTimeout  = 10 * time.Second
	progressEvery = 2 * time.Second
)

// Config is what republishing takes.
type Config struct {
	service.LogConfig
	service.NATSConfig
	database.Config
	service.Waiting
	service.Streams
	JSON bool `flag:"json" help:"print the result as JSON, and no progress"`
}

// result is the result of republishing.
type result struct {
	Payloads int     `json:"payloads"`
	Bytes    int64   `json:"bytes"` // of the bodies as they came
	Seconds  float64 `json:"seconds"`
	Waiting  int     `json:"waiting"` // of the payloads, for the loader
}

// Run puts every answer of raw.payloads into RAW again, in the order in
// which they were last fetched, for a stream that was lost or purged. It calls no
// API. The messages carry no id: RAW's duplicate window outlives a purge and
// would swallow them. What RAW still holds is there twice then, which loads
// to the same tables. It may run beside everything else, and again after an
// interruption.
//
// RAW drops its oldest messages where it is full, loaded or not. So no more is
// published than RAW has room for beside what the loader has not loaded yet: with a
// loader that does not run it waits, says so, and ends with errIdle.
func Run(ctx context.Context, cfg Config) (err error) {
	t, err := command.Open(ctx, "loader-republish", cfg.LogConfig, cfg.NATSConfig, cfg.URL, cfg.Wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close(ctx)) }()
	r := &republisher{q: db.New(t.DB), js: t.Runtime.JS, log: t.Runtime.Log, out: cfg.Stdout, quiet: cfg.JSON}
	var result result
	err = t.Runtime.Work(ctx, func(ctx context.Context) (err error) {
		result, err = r.run(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("after %d of %d payloads, of which %d wait for the loader: %w", result.Payloads, r.total, result.Waiting, err)
	}
	if cfg.JSON {
		return json.NewEncoder(cfg.Stdout).Encode(result)
	}
	loaded := "all are loaded"
	if result.Waiting > 0 {
		loaded = fmt.Sprintf("%d wait in RAW for the loader", result.Waiting)
	}
	_, err = fmt.Fprintf(cfg.Stdout, "republished %d payloads in %.1f s; %s\n", result.Payloads, result.Seconds, loaded)
	return err
}

type republisher struct {
	q     *db.Queries
	js    jetstream.JetStream
	log   zerolog.Logger
	out   io.Writer
	quiet bool

	total int64
	raw   *capacity
	done  result
	told  time.Time
}

func (r *republisher) run(ctx context.Context) (_ result, err error) {
	started := time.Now()
	r.told = started
	if r.total, err = r.q.CountPayloads(ctx); err != nil {
		return r.done, fmt.Errorf("counting payloads: %w", err)
	}
	if r.raw, err = newCapacity(ctx, r.js); err != nil {
		return r.done, err
	}
	after := db.PayloadsInFetchedOrderParams{PageSize: pageRows, PageBytes: min(pageBytes, r.raw.limit)}
	for {
		rows, err := r.q.PayloadsInFetchedOrder(ctx, after)
		if err != nil {
			return r.done, fmt.Errorf("reading payloads: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		err = r.publish(ctx, rows)
		r.done.Waiting = r.raw.waiting()
		if err != nil {
			return r.done, err
		}
		last := &rows[len(rows)-1]
		after.AfterFetchedAt, after.AfterID = last.LastFetchedAt, last.ID
		r.tell("")
	}
	err = r.raw.refresh(ctx)
	r.done.Waiting, r.done.Seconds = r.raw.waiting(), time.Since(started).Seconds()
	return r.done, err
}

// tell says from time to time how far it is.
func (r *republisher) tell(why string) {
	if r.quiet || time.Since(r.told) < progressEvery {
		return
	}
	r.told = time.Now()
	fmt.Fprintf(r.out, "republished %d of %d payloads%s\n", r.done.Payloads, r.total, why)
}

// publish stores a page: as much at once as there is room for, then what was not
// confirmed one by one.
func (r *republisher) publish(ctx context.Context, rows []db.PayloadsInFetchedOrderRow) error {
	msgs, size := make([]*nats.Msg, 0, len(rows)), int64(0)
	for i := range rows {
		msg, err := payloadMsg(&rows[i])
		if err != nil {
			return err
		}
		if len(msgs) > 0 && size+stored(msg) > r.raw.limit {
			if err := r.store(ctx, msgs); err != nil {
				return err
			}
			msgs, size = msgs[:0], 0
		}
		msgs, size = append(msgs, msg), size+stored(msg)
		r.done.Bytes += int64(len(rows[i].Body))
	}
	return r.store(ctx, msgs)
}

func (r *republisher) store(ctx context.Context, msgs []*nats.Msg) error {
	if err := r.raw.wait(ctx, msgs, r.tell); err != nil {
		return err
	}
	futures := make([]jetstream.PubAckFuture, 0, len(msgs))
	for _, msg := range msgs {
		future, err := r.js.PublishMsgAsync(msg)
		if err != nil {
			future = nil // NATS is away: it is tried below
		}
		futures = append(futures, future)
	}
	soon, cancel := context.WithTimeoutCause(ctx, storeTimeout, errNoAnswer)
	defer cancel()
	for i, future := range futures {
		sequence, ok := confirmed(soon, future)
		if !ok {
			var err error
			if sequence, err = r.insist(ctx, msgs[i]); err != nil {
				return fmt.Errorf("publishing %s: %w", msgs[i].Subject, err)
			}
		}
		r.raw.take(sequence, msgs[i])
		r.done.Payloads++
	}
	return nil
}

// confirmed waits until a message is, or ctx ends. One that may be stored and is
// not confirmed by then is published again.
func confirmed(ctx context.Context, future jetstream.PubAckFuture) (sequence uint64, ok bool) {
	if future == nil {
		return 0, false
	}
	select {
	case ack := <-future.Ok():
		return ack.Sequence, true
	case <-future.Err(): //nolint:errcheck // it is published again
		return 0, false
	case <-ctx.Done():
	}
	select { // it may have been, while another was waited for
	case ack := <-future.Ok():
		return ack.Sequence, true
	default:
		return 0, false
	}
}

// insist publishes until the stream has stored the message, ctx ends or it never
// will, and returns a sequence that is not below the message's.
func (r *republisher) insist(ctx context.Context, msg *nats.Msg) (uint64, error) {
	if err := publish.New(r.js, r.log).Store(ctx, msg); err != nil {
		return 0, err
	}
	return r.raw.last(ctx)
}

// payloadMsg makes the message of a stored payload. A body that is not what its
// digest says is an error: a damaged one must not become the truth again.
func payloadMsg(r *db.PayloadsInFetchedOrderRow) (*nats.Msg, error) {
	name, err := messages.ParseName(r.Subject)
	if err != nil {
		return nil, fmt.Errorf("payload %d: %w", r.ID, err)
	}
	if sha256.Sum256(r.Body) != [sha256.Size]byte(r.Sha256) {
		return nil, fmt.Errorf("payload %d, %s: %w", r.ID, r.Subject, errDamaged)
	}
	request := map[string]string{}
	if err := json.Unmarshal(r.Request, &request); err != nil {
		return nil, fmt.Errorf("payload %d, %s: decoding its request: %w", r.ID, r.Subject, err)
	}
	body := r.Body
	if r.Original != nil { // it is repaired again, as the loader of that day does
		body = r.Original
	}
	msg, err := messages.Payload{
		Name: name, Outcome: messages.Outcome(r.Outcome), FetchedAt: r.LastFetchedAt, ContentType: r.ContentType,
		Request: request, JobID: uint64(r.JobID), RunID: r.RunID, Body: body,
	}.Msg()
	if err != nil {
		return nil, fmt.Errorf("payload %d, %s: %w", r.ID, r.Subject, err)
	}
	return msg, nil
}
