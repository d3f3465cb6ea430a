package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cledit/pipeline/pkg/filelock"
)

const fileRunning = "running.json"

// Running says where a house that is open is to be found.
type Running struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	// DatabaseURL is empty with a database of the operator's, whose URL may hold a
	// password.
	DatabaseURL string `json:"database_url,omitempty"`
	NATSURL     string `json:"nats_url"`
	HTTPAddr    string `json:"http_addr,omitempty"` // of the planner's admin server
	Real        bool   `json:"real"`                // its sources are the real ones
}

// ErrClosed means that no house is open in the folder.
var ErrClosed = errors.New("nothing runs")

// Find tells where the house is that is open in the folder. Error: [ErrClosed].
func Find(dir string) (Running, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Running{}, fmt.Errorf("finding the folder %s: %w", dir, err)
	}
	closed := fmt.Errorf("%w in %s: `cledit up` runs the pipeline there, CLEDIT_DIR names another folder", ErrClosed, dir)
	if !hasHouse(dir) {
		return Running{}, closed
	}
	lock, err := filelock.Acquire(filepath.Join(dir, fileLock))
	if err == nil {
		return Running{}, errors.Join(closed, lock.Release())
	}
	if !errors.Is(err, filelock.ErrHeld) {
		return Running{}, fmt.Errorf("looking into %s: %w", dir, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, fileRunning))
	if errors.Is(err, os.ErrNotExist) {
		return Running{}, fmt.Errorf("%w in %s yet: it is just starting, or ending", ErrClosed, dir)
	}
	if err != nil {
		return Running{}, fmt.Errorf("looking into %s: %w", dir, err)
	}
	var r Running
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("reading %s: %w", filepath.Join(dir, fileRunning), err)
	}
	return r, nil
}

// announce writes down where this house is, for Find.
func (h *House) announce(now time.Time) error {
	r := Running{PID: os.Getpid(), Since: now.UTC(), NATSURL: h.NATSURL(), Real: h.cfg.Real()}
	if h.postgres != nil {
		r.DatabaseURL = h.database
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing where the house is: %w", err)
	}
	if err := os.WriteFile(h.path(fileRunning), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing where the house is: %w", err)
	}
	h.announced = true
	return nil
}

func (h *House) withdraw() error {
	if !h.announced {
		return nil
	}
	if err := os.Remove(h.path(fileRunning)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing where the house was: %w", err)
	}
	return nil
}
