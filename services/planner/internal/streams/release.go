package streams

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
)

// stuckReason is for a person.
const stuckReason = "crash loop: the job reached its delivery limit without an outcome; every fetcher that took it died or lost it"

// Release brings a job to DEAD that no fetcher gets any more, and makes room for
// its subject. It reports whether the job was still there. Should the planner die in
// between, the next does it again; DEAD recognises the letter by its id.
func (c *Client) Release(ctx context.Context, seq uint64) (bool, error) {
	stream, err := c.js.Stream(ctx, topology.StreamJobs)
	if err != nil {
		return false, readingErr("stream "+topology.StreamJobs, err)
	}
	job, err := stream.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, readingErr(fmt.Sprintf("job %d", seq), err)
	}
	letter := messages.DeadLetter{Subject: job.Subject, Header: job.Header, Body: job.Data, Reason: stuckReason}
	id := fmt.Sprintf("stuck.%d@%d", seq, job.Time.UnixNano())
	if _, err := c.js.PublishMsg(ctx, letter.Msg(), jetstream.WithMsgID(id), jetstream.WithExpectStream(topology.StreamDead)); err != nil {
		return false, fmt.Errorf("bringing job %s to DEAD: %w", job.Subject, err)
	}
	if err := stream.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, fmt.Errorf("removing job %s: %w", job.Subject, err)
	}
	return true, nil
}
