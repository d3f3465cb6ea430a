package streams

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
)

const (
	pendingPublications = 256
	// publishStall is how long a publication waits for room among the unconfirmed.
	publishStall      = 30 * time.Second
	refusedPerSubject = "maximum messages per subject exceeded"
)

// Posted is what became of a job.
type Posted struct {
	Name    messages.Name
	Seq     uint64 // in JOBS; 0 where it was not stored
	Refused bool   // it is outstanding already
	Err     error  // nothing is known: it may have been stored or not
}

// Post publishes jobs and waits for the outcome of each.
func (c *Client) Post(ctx context.Context, list []messages.Job) []Posted {
	futures := make([]jetstream.PubAckFuture, len(list))
	posted := make([]Posted, len(list))
	for i, job := range list {
		posted[i].Name = job.Name
		futures[i], posted[i].Err = c.js.PublishMsgAsync(job.Msg(),
			jetstream.WithStallWait(publishStall), jetstream.WithExpectStream(topology.StreamJobs))
	}
	for i, future := range futures {
		if posted[i].Err != nil {
			posted[i].Err = fmt.Errorf("publishing job %s: %w", list[i].Name, posted[i].Err)
			continue
		}
		posted[i].settle(ctx, future)
	}
	return posted
}

func (p *Posted) settle(ctx context.Context, future jetstream.PubAckFuture) {
	select {
	case ack := <-future.Ok():
		p.Seq = ack.Sequence
	case err := <-future.Err():
		if p.Refused = refused(err); !p.Refused {
			p.Err = fmt.Errorf("publishing job %s: %w", p.Name, err)
		}
	case <-ctx.Done():
		p.Err = fmt.Errorf("publishing job %s: %w", p.Name, context.Cause(ctx))
	}
}

func refused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == publish.StoreFailed && strings.Contains(api.Description, refusedPerSubject)
}

// Find reads jobs from JOBS; those that are there no more are left out.
func (c *Client) Find(ctx context.Context, names []messages.Name) ([]jobs.Found, error) {
	if len(names) == 0 {
		return nil, nil
	}
	stream, err := c.js.Stream(ctx, topology.StreamJobs)
	if err != nil {
		return nil, readingErr("stream "+topology.StreamJobs, err)
	}
	var found []jobs.Found
	for _, name := range names {
		msg, err := stream.GetLastMsgForSubject(ctx, name.JobSubject())
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, readingErr("job "+name.String(), err)
		}
		found = append(found, jobs.Found{Name: name, Seq: msg.Sequence, RunID: msg.Header.Get(messages.HeaderRun)})
	}
	return found, nil
}

// Answered reports whether RAW holds the answer to a job as the newest of its name.
// Of a job whose sequence is not known (0), any answer of its name may be the one.
func (c *Client) Answered(ctx context.Context, name messages.Name, job uint64) (bool, error) {
	stream, err := c.js.Stream(ctx, topology.StreamRaw)
	if err != nil {
		return false, readingErr("stream "+topology.StreamRaw, err)
	}
	msg, err := stream.GetLastMsgForSubject(ctx, name.RawSubject())
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, readingErr("the answer to "+name.String(), err)
	}
	return job == 0 || msg.Header.Get(messages.HeaderJob) == strconv.FormatUint(job, 10), nil
}

// Unpublishable reports whether NATS refuses a job for what it is: it would refuse the
// same again, and no other for it.
func Unpublishable(err error) bool {
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) || publish.TooLarge(err)
}
