package cledit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
)

// watcher looks at a running stack from outside, as an operator would: at the
// streams and at the tables.
type watcher struct {
	conn  *pgx.Conn
	nc    *nats.Conn
	js    jetstream.JetStream
	start position // what earlier runs have done
	left  position // as last seen: jobs without an answer, answers that are not loaded
	died  int      // as last seen: what was handed out and has not come back

	before position // left by earlier runs
}

// position is how far the streams are, in messages ever stored or acknowledged.
type position struct {
	planned, fetched, loaded int64
}

func newWatcher(ctx context.Context, databaseURL, natsURL string) (*watcher, error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, fmt.Errorf("connecting to the database to watch it: %w", err)
	}
	w := &watcher{conn: conn}
	if w.nc, err = nats.Connect(natsURL); err != nil {
		return nil, fmt.Errorf("connecting to NATS to watch it: %w", err)
	}
	if w.js, err = jetstream.New(w.nc); err != nil {
		return nil, fmt.Errorf("opening JetStream to watch it: %w", err)
	}
	if _, err := topology.Ensure(ctx, w.js, topology.Config{Replicas: 1, RawMaxBytes: rawMaxBytes}); err != nil {
		return nil, fmt.Errorf("making the streams: %w", err)
	}
	w.start, err = w.streams(ctx)
	w.before = w.left
	return w, err
}

// rawMaxBytes is the planner's own default for RAW, so that it finds no
// difference.
const rawMaxBytes = 8 << 30

func (w *watcher) close(ctx context.Context) {
	if w.nc != nil {
		w.nc.Close()
	}
	_ = w.conn.Close(ctx) // only ever read from
}

// streams says how far the streams are, and notes what is left.
func (w *watcher) streams(ctx context.Context) (position, error) {
	jobs, err := w.js.Stream(ctx, topology.StreamJobs)
	if err != nil {
		return position{}, fmt.Errorf("looking at %s: %w", topology.StreamJobs, err)
	}
	raw, err := w.js.Stream(ctx, topology.StreamRaw)
	if err != nil {
		return position{}, fmt.Errorf("looking at %s: %w", topology.StreamRaw, err)
	}
	loader, err := raw.Consumer(ctx, topology.ConsumerLoader)
	if err != nil {
		return position{}, fmt.Errorf("looking at the loader's consumer: %w", err)
	}
	info := loader.CachedInfo()
	waiting := int64(topology.Unacknowledged(raw.CachedInfo().State, info))
	w.left = position{fetched: int64(jobs.CachedInfo().State.Msgs), loaded: waiting}
	w.died = info.NumAckPending
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		consumer, err := jobs.Consumer(ctx, topology.ConsumerFetcher(source))
		if err != nil {
			return position{}, fmt.Errorf("looking at the consumer of %s: %w", source, err)
		}
		w.died += consumer.CachedInfo().NumAckPending
	}
	return position{
		planned: int64(jobs.CachedInfo().State.LastSeq),
		fetched: int64(raw.CachedInfo().State.LastSeq),
		loaded:  int64(raw.CachedInfo().State.LastSeq) - waiting,
	}, nil
}

// look returns the stages of the flow. due is how many calls the planner has not
// planned yet.
func (w *watcher) look(ctx context.Context, due int) ([]report.Stage, error) {
	at, err := w.streams(ctx)
	if err != nil {
		return nil, err
	}
	var films, verdicts int64
	if err := w.conn.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM staging.kobis_movies), (SELECT count(*) FROM production.matches)`).Scan(&films, &verdicts); err != nil {
		return nil, fmt.Errorf("looking at the tables: %w", err)
	}
	planned, fetched, loaded := at.planned-w.start.planned, at.fetched-w.start.fetched, at.loaded-w.start.loaded
	return []report.Stage{
		{Name: "planned", Done: planned, Total: planned + int64(due)},
		{Name: "fetched", Done: fetched, Total: planned + w.before.fetched},
		{Name: "loaded", Done: loaded, Total: fetched + w.before.loaded},
		{Name: "matched", Done: verdicts, Total: films},
	}, nil
}
