package jobs

import (
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// View is what was in JetStream at one time. It is read in an order that makes it
// safe to conclude from it: see package streams.
type View struct {
	// Jobs holds the names that JOBS has, as source.kind.key.
	Jobs map[string]bool
	// Outstanding counts them by source.
	Outstanding map[messages.Source]int
	// AckFloor is, by source, the sequence of JOBS up to which the fetchers have
	// brought every job to an end, read before Jobs: one that still is there was
	// delivered as often as JOBS allows.
	AckFloor map[messages.Source]uint64
	// LastSeq is the last sequence of RAW, read after Jobs.
	LastSeq uint64
	// Loaded is the sequence of RAW up to which the loader had acknowledged
	// everything, read after LastSeq.
	Loaded uint64
	// Backlog is how many messages of RAW the loader has not acknowledged, and
	// BacklogBytes about how large they are; PayloadBytes is what a message of RAW
	// takes on average, 0 where there is none.
	Backlog, BacklogBytes, PayloadBytes uint64
	// Dead are the letters not acknowledged before; AllDead is false when there
	// may be more than these.
	Dead    []Letter
	AllDead bool
	// Held is how full each stream was, by its name.
	Held map[string]Fill
	// Consumers is what each had to do, by its name.
	Consumers map[string]Consumer
	// Foreign are the subjects of what was in DEAD and nobody has published as a
	// letter. It was acknowledged.
	Foreign []string
}

// Fill is how full a stream is.
type Fill struct {
	Messages, Bytes uint64
	MaxBytes        int64     // 0: it has no bound
	First           time.Time // when the oldest message was stored; zero: there is none
}

// Consumer is what a consumer has to do.
type Consumer struct {
	Stream      string
	Pending     uint64 // messages that were never delivered
	Redelivered uint64 // messages delivered more than once, and not acknowledged
}

// Letter is a message of DEAD.
type Letter struct {
	Seq      uint64 // in DEAD
	Subject  string // the one that the message had
	Name     string // source.kind.key
	Header   map[string][]string
	Size     int
	Reason   string
	Error    string
	FailedAt time.Time // when DEAD stored it, by the clock of NATS
	// Ack tells DEAD that the letter is recorded. One whose acknowledgement is lost
	// is delivered again and recorded as the same.
	Ack func() error
}

// Found is a job as JOBS has it.
type Found struct {
	Name  messages.Name
	Seq   uint64
	RunID string
}
