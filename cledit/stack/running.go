package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/filelock"
)

const fileRunning = "running.json"

// Running says where a stack that is open is to be found.
type Running struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	// DatabaseURL is empty with a database of the operator's, whose URL may hold a
	// password.
	DatabaseURL string `json:"database_url,omitempty"`
	NATSURL     string `json:"nats_url"`
	Real        bool   `json:"real"` // its sources are the real ones
	Console     string `json:"console,omitempty"`
	// Admin is where each service has /readyz and /metrics.
	Admin map[string]string `json:"admin"`
	// Planning are the planner's variables, without those of the database and NATS.
	Planning map[string]string `json:"planning"`

	dir string
}

// NATSAs is who comes in to NATS; both are empty where everybody does.
func (r Running) NATSAs() (user, password string, err error) {
	if !r.Real {
		return "", "", nil
	}
	password, err = keptPassword(filepath.Join(r.dir, filePassword))
	return natsUser, password, err
}

// ErrClosed means that no stack is open in the folder.
var ErrClosed = errors.New("nothing runs")

// Find tells where the stack is that is open in the folder. Error: [ErrClosed].
func Find(dir string) (Running, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Running{}, fmt.Errorf("finding the folder %s: %w", dir, err)
	}
	closed := fmt.Errorf("%w in %s: `cledit up` runs the pipeline there, CLEDIT_DIR names another folder", ErrClosed, dir)
	if !hasStack(dir) {
		return Running{}, closed
	}
	lock, err := filelock.Acquire(filepath.Join(dir, fileLock))
	if err == nil {
		return Running{}, errors.Join(closed, lock.Release())
	}
	if !errors.Is(err, filelock.ErrHeld) {
		return Running{}, fmt.Errorf("looking into %s: %w", dir, err)
	}
	return read(dir)
}

// read reads what a stack that is open has written.
func read(dir string) (Running, error) {
	text, err := os.ReadFile(filepath.Join(dir, fileRunning))
	if errors.Is(err, os.ErrNotExist) {
		return Running{}, fmt.Errorf("%w in %s yet: it is just starting, or ending", ErrClosed, dir)
	}
	if err != nil {
		return Running{}, fmt.Errorf("looking into %s: %w", dir, err)
	}
	r := Running{dir: dir}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("reading %s: %w", filepath.Join(dir, fileRunning), err)
	}
	return r, nil
}

// Running is where this stack is.
func (h *Stack) Running() (Running, error) { return read(h.cfg.Dir) }

// presence is what others may find of a stack that is open.
type presence struct {
	since time.Time

	mu        sync.Mutex // of what follows, and of the file
	admin     map[string]string
	announced bool // the file is there
}

func newPresence() presence {
	return presence{since: time.Now().UTC(), admin: map[string]string{}}
}

// announce writes down where this stack is, for Find.
func (h *Stack) announce() error {
	h.presence.mu.Lock()
	defer h.presence.mu.Unlock()
	r := Running{
		PID: os.Getpid(), Since: h.presence.since, NATSURL: h.NATSURL(), Real: h.cfg.Real(), Admin: h.presence.admin,
		Console: h.ConsoleURL(), Planning: h.environments().planner(),
	}
	for _, name := range []string{"DATABASE_URL", "NATS_URL", "NATS_USER", "NATS_PASSWORD", "HTTP_ADDR"} {
		delete(r.Planning, name)
	}
	if h.postgres != nil {
		r.DatabaseURL = h.database
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing where the stack is: %w", err)
	}
	draft := h.path(fileRunning) + ".new"
	if err := os.WriteFile(draft, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing where the stack is: %w", err)
	}
	if err := os.Rename(draft, h.path(fileRunning)); err != nil {
		return fmt.Errorf("writing where the stack is: %w", err)
	}
	h.presence.announced = true
	return nil
}

// listening notes where a service can be asked.
func (h *Stack) listening(name, addr string) {
	h.presence.mu.Lock()
	h.presence.admin[name] = addr
	h.presence.mu.Unlock()
	if err := h.announce(); err != nil {
		h.say(err.Error())
	}
}

// Admin is where each service that has begun to listen has /readyz and /metrics.
func (h *Stack) Admin() map[string]string {
	h.presence.mu.Lock()
	defer h.presence.mu.Unlock()
	return maps.Clone(h.presence.admin)
}

func (h *Stack) withdraw() error {
	if !h.presence.announced {
		return nil
	}
	if err := os.Remove(h.path(fileRunning)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing where the stack was: %w", err)
	}
	return nil
}
