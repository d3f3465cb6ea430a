package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/cledit/pipeline/pkg/filelock"
)

// usualDir is where a stack is when nobody says otherwise.
const usualDir = ".cledit"

// What a stack keeps in its folder.
const (
	fileLock     = "cledit.lock" // stands for the folder: who uses it, or removes it, holds it
	fileOrigin   = "origin"      // what the data comes from
	fileLog      = "log.jsonl"
	filePassword = "nats-password"
	dirPostgres  = "postgres"
	dirNATS      = "nats"
)

func (h *Stack) path(name string) string { return filepath.Join(h.cfg.Dir, name) }

// openFolder makes the folder, keeps others out and checks that its data came from
// these sources.
func (h *Stack) openFolder(context.Context) error {
	dir, err := filepath.Abs(h.cfg.Dir)
	if err != nil {
		return fmt.Errorf("finding the folder %s: %w", h.cfg.Dir, err)
	}
	h.cfg.Dir = dir
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	if h.lock, err = filelock.Acquire(h.path(fileLock)); err != nil {
		return fmt.Errorf("opening the folder %s (CLEDIT_DIR names another): %w", dir, err)
	}
	return h.compare()
}

// compare checks what the folder's data comes from, where that is known.
func (h *Stack) compare() error {
	have, err := origin(h.cfg.Dir)
	if err != nil || have == "" {
		return err
	}
	h.claimed = true
	if want := h.cfg.origin(); have != want {
		lost := ""
		if have == realSources {
			lost = ", which removes answers that calls were paid for"
		}
		return fmt.Errorf("%s holds data from %q, this run would read %q: name another folder in CLEDIT_DIR, or empty it with `cledit reset`%s",
			h.cfg.Dir, have, want, lost)
	}
	return nil
}

// origin is what the data of a folder comes from; "" where nobody has claimed it.
func origin(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, fileOrigin))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading what the folder holds: %w", err)
	}
	return string(text[:max(0, len(text)-1)]), nil
}

// claim writes down what the folder's data comes from. It is the last step of
// opening: what does not come up holds no data.
func (h *Stack) claim() error {
	if h.claimed {
		return nil
	}
	if err := os.WriteFile(h.path(fileOrigin), []byte(h.cfg.origin()+"\n"), 0o600); err != nil {
		return fmt.Errorf("claiming the folder: %w", err)
	}
	h.claimed = true
	return nil
}

// A log that is full is put aside as log-TIME.jsonl; the oldest goes.
const (
	logMegabytes = 50
	logsKept     = 4
	asideLogs    = "log-*.jsonl"
)

func (h *Stack) openLog(context.Context) error {
	h.logFile = &lumberjack.Logger{Filename: h.path(fileLog), MaxSize: logMegabytes, MaxBackups: logsKept}
	if _, err := h.logFile.Write(nil); err != nil { // opens it
		return fmt.Errorf("opening the log: %w", err)
	}
	h.log = zerolog.SyncWriter(h.logFile)
	if h.cfg.Tell {
		h.log = zerolog.SyncWriter(newTeller(h.logFile, h.say))
	}
	return nil
}

// leave lets others in. A folder that was opened in vain is not left behind.
func (h *Stack) leave() error {
	if h.lock == nil {
		return nil
	}
	if left, err := os.ReadDir(h.cfg.Dir); err == nil && len(left) == 1 {
		_ = os.Remove(h.path(fileLock)) // as in Reset
		_ = os.Remove(h.cfg.Dir)
	}
	return h.lock.Release()
}
