package quota

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// replica is one process: a ledger, and workers that call the source.
type replica struct {
	world  *world
	line   *line
	ledger *Ledger
	stop   context.CancelFunc
	work   sync.WaitGroup
	life   context.Context
	config Config

	mu      sync.Mutex
	gone    bool
	sent    int
	halted  int
	resting time.Time // until then
}

// start opens a replica, with changes to the world's configuration.
func (w *world) start(ctx context.Context, workers int, change ...func(*Config)) *replica {
	w.mu.Lock()
	w.names++
	cfg := w.config
	cfg.Replica = fmt.Sprintf("r%d", w.names)
	w.mu.Unlock()
	for _, c := range change {
		c(&cfg)
	}
	r := &replica{world: w, line: &line{world: w, store: w.memory, slow: [2]time.Duration{time.Millisecond, 3 * time.Millisecond}}}
	var err error
	r.ledger, err = Open(ctx, r.line, cfg)
	require.NoError(w.t, err)
	r.life, r.stop = context.WithCancel(context.Background())
	r.config = cfg
	for range workers {
		r.work.Go(r.run)
	}
	w.mu.Lock()
	w.replicas = append(w.replicas, r)
	w.mu.Unlock()
	return r
}

// run calls the source as often as it may.
func (r *replica) run() {
	for {
		r.whileResting()
		permits, err := r.ledger.Acquire(r.life, 1)
		r.line.pass()
		switch {
		case errors.Is(err, ErrHalted):
			r.mu.Lock()
			r.halted++
			r.mu.Unlock()
			if r.ledger.WaitRevived(r.life) != nil {
				return
			}
			continue
		case err != nil:
			return
		}
		for _, p := range permits {
			r.call(p)
		}
	}
}

// every calls once in an interval.
func (r *replica) every(interval time.Duration) {
	r.work.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-r.life.Done():
				return
			case <-tick.C:
			}
			if permits, err := r.ledger.Acquire(r.life, 1); err == nil {
				r.call(permits[0])
			}
		}
	})
}

// idle ends the work, but not the ledger.
func (r *replica) idle() {
	r.stop()
	r.work.Wait()
}

func (r *replica) call(p *Permit) {
	r.line.pass()
	if p.Start() != nil {
		p.Settle(Cancelled)
		return
	}
	r.mu.Lock()
	r.sent++
	r.mu.Unlock()
	outcome := r.world.source.call(p.Secret(), r.config.Deadline)
	r.line.pass()
	p.Settle(outcome)
}

func (r *replica) calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent
}

// slots is how many slots the replica owns.
func (r *replica) slots() int {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	return r.ledger.lease.Owned()
}

// leave ends the replica in order.
func (r *replica) leave() {
	if r.goes() {
		r.stop()
		r.work.Wait()
		_ = r.ledger.Close() // it may be cut off
	}
}

// goes is true for the first who ends the replica.
func (r *replica) goes() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.gone
	r.gone = true
	return first
}

// kill ends the replica as SIGKILL does: calls in flight arrive, nothing is
// given back.
func (r *replica) kill() {
	if r.goes() {
		r.stop()
		r.ledger.abort()
		r.work.Wait()
	}
}

// rest keeps the workers from working for a while.
func (r *replica) rest(d time.Duration) {
	r.mu.Lock()
	r.resting = time.Now().Add(d)
	r.mu.Unlock()
	elapse(d)
}

func (r *replica) whileResting() {
	r.mu.Lock()
	until := r.resting
	r.mu.Unlock()
	select {
	case <-time.After(time.Until(until)):
	case <-r.life.Done():
	}
}

// freeze stops the process for a while.
func (r *replica) freeze(d time.Duration) {
	ch := make(chan struct{})
	r.line.mu.Lock()
	r.line.freeze = ch
	r.line.mu.Unlock()
	elapse(d)
	r.line.mu.Lock()
	r.line.freeze = nil
	r.line.mu.Unlock()
	close(ch)
}

func (r *replica) sever(cut bool) {
	r.line.mu.Lock()
	defer r.line.mu.Unlock()
	r.line.cut = cut
}

// lose makes the replica lose the answers to a share of its writes, hear of others
// late, and read what was some time ago.
func (r *replica) lose(share float64) {
	behind := r.world.between(0, time.Duration(share*float64(16*time.Second)))
	r.line.mu.Lock()
	defer r.line.mu.Unlock()
	r.line.behind = behind
	r.line.lossy = share
	r.line.late = time.Duration(share * float64(4*time.Second))
}

func (r *replica) isGone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone
}
