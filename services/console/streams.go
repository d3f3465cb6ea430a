package console

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
)

// natsLimit bounds what a page waits for NATS, and streamsKept how old an answer may be:
// many who look ask once.
const (
	natsLimit   = time.Second
	streamsKept = 2 * time.Second
)

// streams reads what JetStream says.
type streams struct {
	js  atomic.Pointer[jetstream.JetStream]
	now func() time.Time

	mu   sync.Mutex // of what follows; held while NATS is asked
	at   time.Time
	last streamsView
	err  error
}

// streamsView is what is in the streams.
type streamsView struct {
	Streams   []streamView
	Consumers []consumerView
}

type streamView struct {
	Name     string
	Messages int64
	Bytes    int64
	Max      int64 // bytes; negative: no limit
	Oldest   time.Time
	Newest   time.Time
	Last     int64
}

// Full is how full it is, in hundredths.
func (s streamView) Full() int {
	if s.Max <= 0 {
		return 0
	}
	return int(100 * s.Bytes / s.Max)
}

type consumerView struct {
	Stream, Name    string
	Waiting         int64 // not handed out yet
	Out             int   // handed out, and not acknowledged
	Again           int   // handed out more than once
	Acknowledged    int64 // up to this sequence
	LastOfTheStream int64
}

// Done is how far it is, in hundredths.
func (c consumerView) Done() int {
	if c.LastOfTheStream == 0 {
		return 100
	}
	return int(100 * c.Acknowledged / c.LastOfTheStream)
}

// of finds a stream.
func (v streamsView) of(name string) (streamView, bool) {
	for _, s := range v.Streams {
		if s.Name == name {
			return s, true
		}
	}
	return streamView{}, false
}

func (s *streams) stream() (jetstream.JetStream, error) {
	js := s.js.Load()
	if js == nil || !(*js).Conn().IsConnected() {
		return nil, errNATSAway
	}
	return *js, nil
}

// read asks NATS, or gives the answer of a moment ago.
func (s *streams) read(ctx context.Context) (streamsView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// That it is away costs nothing to see.
	if now := s.now(); s.at.IsZero() || errors.Is(s.err, errNATSAway) || now.Sub(s.at) >= streamsKept || now.Before(s.at) {
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), natsLimit, errNATSSilent)
		defer cancel()
		s.last, s.err = s.ask(ctx)
		s.at = now
	}
	return s.last, s.err
}

var errNATSSilent = errors.New("NATS did not answer in time")

func (s *streams) ask(ctx context.Context) (v streamsView, err error) {
	js, err := s.stream()
	if err != nil {
		return v, err
	}
	for _, of := range []struct {
		stream    string
		consumers []string
	}{
		{topology.StreamJobs, []string{topology.ConsumerFetcher(messages.KOBIS), topology.ConsumerFetcher(messages.TMDB)}},
		{topology.StreamRaw, []string{topology.ConsumerLoader}},
		{topology.StreamDead, []string{topology.ConsumerPlanner}},
	} {
		if err := v.add(ctx, js, of.stream, of.consumers); err != nil {
			return v, err
		}
	}
	return v, nil
}

// add asks about a stream and its consumers.
func (v *streamsView) add(ctx context.Context, js jetstream.JetStream, name string, consumers []string) error {
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", name, err)
	}
	info := stream.CachedInfo()
	v.Streams = append(v.Streams, streamView{
		Name: name, Messages: int64(info.State.Msgs), Bytes: int64(info.State.Bytes), Max: info.Config.MaxBytes,
		Oldest: info.State.FirstTime, Newest: info.State.LastTime, Last: int64(info.State.LastSeq),
	})
	for _, of := range consumers {
		consumer, err := stream.Consumer(ctx, of)
		if err != nil {
			return fmt.Errorf("looking at %s/%s: %w", name, of, err)
		}
		c := consumer.CachedInfo()
		v.Consumers = append(v.Consumers, consumerView{
			Stream: name, Name: of, Waiting: int64(c.NumPending), Out: c.NumAckPending, Again: c.NumRedelivered,
			Acknowledged: int64(c.AckFloor.Stream), LastOfTheStream: int64(info.State.LastSeq),
		})
	}
	return nil
}

// keysView is what the ledger holds of a source.
type keysView struct {
	quota.Snapshot
	Trouble string
}

// keys reads the ledger.
func (s *streams) keys(ctx context.Context) (views []keysView, err error) {
	js, err := s.stream()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, natsLimit, errNATSSilent)
	defer cancel()
	ledger, err := js.KeyValue(ctx, topology.BucketQuota)
	if err != nil {
		return nil, fmt.Errorf("looking at the ledger: %w", err)
	}
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		v := keysView{}
		if v.Snapshot, err = quota.Read(ctx, ledger, string(source), s.now()); err != nil {
			return nil, fmt.Errorf("reading the keys of %s: %w", source, err)
		}
		if v.Trouble, err = quota.ReadTrouble(ctx, ledger, string(source), s.now()); err != nil {
			return nil, fmt.Errorf("reading what is wrong with %s: %w", source, err)
		}
		views = append(views, v)
	}
	return views, nil
}
