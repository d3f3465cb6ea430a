package streams

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
)

// Client is JetStream as the planner uses it. It is safe for concurrent use.
type Client struct {
	js jetstream.JetStream
}

// New makes a client with a publisher of its own: at most 256 publications are
// unconfirmed at a time.
func New(nc *nats.Conn) (*Client, error) {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(pendingPublications))
	if err != nil {
		return nil, err
	}
	return &Client{js: js}, nil
}

// Observe takes a view. Its letters stay unacknowledged until Acknowledge.
func (c *Client) Observe(ctx context.Context) (jobs.View, error) {
	v, err := c.Inspect(ctx)
	if err != nil {
		return jobs.View{}, err
	}
	if err := c.readDead(ctx, &v); err != nil {
		return jobs.View{}, err
	}
	return v, nil
}

// Inspect takes a view without the dead letters: nothing is delivered by it.
func (c *Client) Inspect(ctx context.Context) (jobs.View, error) {
	v := jobs.View{
		Jobs: map[string]bool{}, Outstanding: map[messages.Source]int{}, AckFloor: map[messages.Source]uint64{},
		Held: map[string]jobs.Fill{}, Consumers: map[string]jobs.Consumer{},
	}
	for _, read := range []func(context.Context, *jobs.View) error{c.readFetchers, c.readJobs, c.readRaw} {
		if err := read(ctx, &v); err != nil {
			return jobs.View{}, err
		}
	}
	return v, nil
}

func (c *Client) readFetchers(ctx context.Context, v *jobs.View) error {
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		consumer, err := c.js.Consumer(ctx, topology.StreamJobs, topology.ConsumerFetcher(source))
		if err != nil {
			return readingErr("consumer "+topology.ConsumerFetcher(source), err)
		}
		info := consumer.CachedInfo()
		v.Consumers[info.Name] = work(info)
		v.AckFloor[source] = info.AckFloor.Stream
		if info.NumAckPending == 0 { // nothing is under way, so all that was delivered has ended
			v.AckFloor[source] = max(info.AckFloor.Stream, info.Delivered.Stream)
		}
	}
	return nil
}

func (c *Client) readJobs(ctx context.Context, v *jobs.View) error {
	stream, err := c.js.Stream(ctx, topology.StreamJobs)
	if err != nil {
		return readingErr("stream "+topology.StreamJobs, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(messages.PrefixJobs+">"))
	if err != nil {
		return readingErr("stream "+topology.StreamJobs, err)
	}
	v.Held[topology.StreamJobs] = Fill(info)
	for subject := range info.State.Subjects {
		_, name, err := messages.ParseSubject(subject)
		if err != nil {
			continue // published by hand; the fetchers bury it
		}
		v.Jobs[name.String()] = true
		v.Outstanding[name.Source]++
	}
	return nil
}

func (c *Client) readRaw(ctx context.Context, v *jobs.View) error {
	stream, err := c.js.Stream(ctx, topology.StreamRaw)
	if err != nil {
		return readingErr("stream "+topology.StreamRaw, err)
	}
	state := stream.CachedInfo().State
	v.Held[topology.StreamRaw] = Fill(stream.CachedInfo())
	v.LastSeq = state.LastSeq
	loader, err := c.js.Consumer(ctx, topology.StreamRaw, topology.ConsumerLoader)
	if err != nil {
		return readingErr("consumer "+topology.ConsumerLoader, err)
	}
	info := loader.CachedInfo()
	v.Consumers[info.Name] = work(info)
	v.Backlog = info.NumPending + uint64(max(0, info.NumAckPending))
	if state.Msgs > 0 {
		v.PayloadBytes = state.Bytes / state.Msgs
		v.BacklogBytes = v.PayloadBytes * v.Backlog
	}
	v.Loaded, err = acknowledged(ctx, stream, state, info)
	return err
}

// Fill is how full a stream is.
func Fill(info *jetstream.StreamInfo) jobs.Fill {
	return jobs.Fill{Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: max(0, info.Config.MaxBytes), First: info.State.FirstTime}
}

func work(info *jetstream.ConsumerInfo) jobs.Consumer {
	return jobs.Consumer{Stream: info.Stream, Pending: info.NumPending, Redelivered: uint64(max(0, info.NumRedelivered))}
}

// acknowledged is the sequence up to which a consumer of the whole stream has
// acknowledged everything that is there. The consumer's floor stays behind
// messages that the stream has dropped; its number of pending messages alone
// proves nothing, as it lags behind what was stored a moment ago.
func acknowledged(ctx context.Context, stream jetstream.Stream, state jetstream.StreamState, info *jetstream.ConsumerInfo) (uint64, error) {
	if info.Config.FilterSubject != "" || len(info.Config.FilterSubjects) > 0 {
		return 0, nil // an operator replays a part; what the rest has come to shows afterwards
	}
	floor := max(info.AckFloor.Stream, state.FirstSeq-min(state.FirstSeq, 1))
	if floor >= state.LastSeq || info.NumPending > 0 || info.NumAckPending > 0 {
		return floor, nil
	}
	last, err := stream.GetLastMsgForSubject(ctx, ">")
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return state.LastSeq, nil
	case err != nil:
		return 0, readingErr("stream "+info.Stream, err)
	case last.Sequence <= floor:
		return state.LastSeq, nil
	}
	return floor, nil
}

// tail is the name within a subject of JOBS, RAW or DEAD.
func tail(subject string) string {
	for _, prefix := range []string{messages.PrefixDead, messages.PrefixJobs, messages.PrefixRaw} {
		subject = strings.TrimPrefix(subject, prefix)
	}
	return subject
}
