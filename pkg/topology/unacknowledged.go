package topology

import "github.com/nats-io/nats.go/jetstream"

// Unacknowledged is how many messages of a stream a consumer of all of it has still to
// acknowledge. A consumer counts a stored message as pending a moment after the stream
// has it, so what it was not given yet counts too: right after publishing, its own
// counts may both be zero.
func Unacknowledged(stream jetstream.StreamState, consumer *jetstream.ConsumerInfo) uint64 {
	waiting := consumer.NumPending
	if stream.LastSeq > consumer.Delivered.Stream {
		waiting = max(waiting, min(stream.Msgs, stream.LastSeq-consumer.Delivered.Stream))
	}
	return waiting + uint64(max(0, consumer.NumAckPending))
}
