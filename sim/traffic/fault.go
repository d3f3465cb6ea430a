package traffic

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Fault is a way in which a source fails instead of answering.
type Fault string

// The faults a source shows.
const (
	// None answers properly.
	None Fault = ""
	// Timeout never answers: the request is held until the client gives up or
	// Faults.Hold has passed.
	Timeout Fault = "timeout"
	// ServerError is a 500 with a body that is not JSON.
	ServerError Fault = "500"
	// TooMany is a 429.
	TooMany Fault = "429"
	// Maintenance is an HTML page with status 200.
	Maintenance Fault = "html"
	// Reset closes the connection with a TCP reset, without a byte.
	Reset Fault = "reset"
	// Empty is status 200 without a body.
	Empty Fault = "empty"
	// Truncated is half of a proper answer, as if it were the whole.
	Truncated Fault = "truncated"
	// Cut is half of a proper answer, then the connection ends.
	Cut Fault = "cut"
)

// Kinds are all faults in the order in which rates are drawn.
var Kinds = []Fault{Timeout, ServerError, TooMany, Maintenance, Reset, Empty, Truncated, Cut}

// Faults say how often a source fails.
type Faults struct {
	// Rates are shares of all requests, 0 to 1; their sum is at most 1.
	Rates Rates
	// Seed makes the sequence of draws; the n-th request of a run always meets
	// the same one.
	Seed uint64
	// Hold is how long a Timeout holds a request at most; 0 means until the
	// client gives up.
	Hold time.Duration
}

// injector draws faults.
type injector struct {
	mu     sync.Mutex
	faults Faults
	rand   *rand.Rand
	queue  []Fault
}

func newInjector(f Faults) *injector {
	i := &injector{}
	i.set(f)
	return i
}

func (i *injector) set(f Faults) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults, i.rand = f, rand.New(rand.NewPCG(f.Seed, 0x5eed))
}

func (i *injector) enqueue(f Fault, n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for range n {
		i.queue = append(i.queue, f)
	}
}

func (i *injector) draw() (Fault, time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.queue) > 0 {
		next := i.queue[0]
		i.queue = i.queue[1:]
		return next, i.faults.Hold
	}
	at := i.rand.Float64()
	for _, kind := range Kinds {
		if at -= i.faults.Rates[kind]; at < 0 {
			return kind, i.faults.Hold
		}
	}
	return None, 0
}

// ParseFault finds a fault by its name; "none" is None.
func ParseFault(name string) (Fault, bool) {
	if name == "none" {
		return None, true
	}
	for _, kind := range Kinds {
		if string(kind) == name {
			return kind, true
		}
	}
	return None, false
}
