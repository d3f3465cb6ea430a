package loader

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
	"github.com/cledit/pipeline/services/loader/internal/db"
)

const (
	republishPage    = 200
	republishTimeout = 10 * time.Second
	progressEvery    = 2 * time.Second
)

// RepublishConfig is what republishing takes.
type RepublishConfig struct {
	service.LogConfig
	service.NATSConfig
	Database
	service.Streams
	JSON bool `flag:"json" help:"print the result as JSON, and no progress"`
}

// Republished is the result of republishing.
type Republished struct {
	Payloads int     `json:"payloads"`
	Bytes    int64   `json:"bytes"` // of the bodies as they came
	Seconds  float64 `json:"seconds"`
}

// Republish puts every answer of raw.payloads into RAW again, in the order in
// which they were last fetched, for a stream that was lost or purged. It calls no
// API. The messages carry no id: RAW's duplicate window outlives a purge and
// would swallow them. What RAW still holds stands there twice then, which loads
// to the same tables. It may run beside everything else, and again after an
// interruption.
func Republish(ctx context.Context, cfg RepublishConfig) (err error) {
	t, err := openTools(ctx, "loader-republish", cfg.LogConfig, cfg.NATSConfig, cfg.URL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	r := &republisher{q: db.New(t.db), js: t.rt.JS, log: t.rt.Log, out: cfg.Stdout, quiet: cfg.JSON}
	result, err := r.run(ctx)
	if err != nil {
		return err
	}
	if cfg.JSON {
		return json.NewEncoder(cfg.Stdout).Encode(result)
	}
	_, err = fmt.Fprintf(cfg.Stdout, "republished %d payloads in %.1f s\n", result.Payloads, result.Seconds)
	return err
}

type republisher struct {
	q     *db.Queries
	js    jetstream.JetStream
	log   zerolog.Logger
	out   io.Writer
	quiet bool
}

func (r *republisher) run(ctx context.Context) (Republished, error) {
	total, err := r.q.CountPayloads(ctx)
	if err != nil {
		return Republished{}, fmt.Errorf("counting payloads: %w", err)
	}
	started, told := time.Now(), time.Now()
	var done Republished
	var after db.PayloadsInFetchedOrderParams
	after.PageSize = republishPage
	for {
		rows, err := r.q.PayloadsInFetchedOrder(ctx, after)
		if err != nil {
			return done, fmt.Errorf("reading payloads: %w", err)
		}
		if len(rows) == 0 {
			done.Seconds = time.Since(started).Seconds()
			return done, nil
		}
		if err := r.publish(ctx, rows); err != nil {
			return done, err
		}
		last := &rows[len(rows)-1]
		after.AfterFetchedAt, after.AfterID = last.LastFetchedAt, last.ID
		done.Payloads += len(rows)
		for i := range rows {
			done.Bytes += int64(len(rows[i].Body))
		}
		if !r.quiet && time.Since(told) >= progressEvery {
			told = time.Now()
			fmt.Fprintf(r.out, "republished %d of %d payloads\n", done.Payloads, total)
		}
	}
}

// publish stores a page: all at once, then what was not confirmed one by one.
func (r *republisher) publish(ctx context.Context, rows []db.PayloadsInFetchedOrderRow) error {
	msgs := make([]*nats.Msg, 0, len(rows))
	futures := make([]jetstream.PubAckFuture, 0, len(rows))
	for i := range rows {
		msg, err := payloadMsg(&rows[i])
		if err != nil {
			return err
		}
		future, err := r.js.PublishMsgAsync(msg)
		if err != nil {
			future = nil // NATS is away: it is tried below
		}
		msgs, futures = append(msgs, msg), append(futures, future)
	}
	deadline := time.NewTimer(republishTimeout)
	defer deadline.Stop()
	for i, future := range futures {
		if !confirmed(ctx, future, deadline.C) {
			if err := r.insist(ctx, msgs[i]); err != nil {
				return fmt.Errorf("publishing %s: %w", rows[i].Subject, err)
			}
		}
	}
	return nil
}

func confirmed(ctx context.Context, future jetstream.PubAckFuture, deadline <-chan time.Time) bool {
	if future == nil {
		return false
	}
	select {
	case <-future.Ok():
		return true
	case <-future.Err(): //nolint:errcheck // it is published again
	case <-deadline:
	case <-ctx.Done():
	}
	return false
}

// insist publishes until the stream has stored the message, ctx ends or it never
// will.
func (r *republisher) insist(ctx context.Context, msg *nats.Msg) error {
	return publish.New(r.js, r.log).Store(ctx, msg)
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
	msg, err := messages.Payload{
		Name: name, Outcome: messages.Outcome(r.Outcome), FetchedAt: r.LastFetchedAt, ContentType: r.ContentType,
		Request: request, JobID: uint64(r.JobID), RunID: r.RunID, Body: r.Body,
	}.Msg()
	if err != nil {
		return nil, fmt.Errorf("payload %d, %s: %w", r.ID, r.Subject, err)
	}
	return msg, nil
}
