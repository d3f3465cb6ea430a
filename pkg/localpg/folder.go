package localpg

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"github.com/cledit/pipeline/pkg/filelock"
)

// maxSocketPath is what the systems that we know allow in sockaddr_un, the
// ending zero not counted (Linux 107, BSD and macOS 103).
const maxSocketPath = 103

// folder is the place of one server, locked for this program.
type folder struct {
	root     string
	socket   string // folder of the socket
	lock     *filelock.Lock
	owner    account
	stopping atomic.Bool // an end of the server is wanted
}

func (f *folder) data() string { return filepath.Join(f.root, "data") }
func (f *folder) log() string  { return filepath.Join(f.root, "postgres.log") }

// openFolder makes the folder when it is missing and locks it.
func openFolder(dir string) (*folder, error) {
	if dir == "" {
		return nil, errors.New("no folder given")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	f := &folder{root: root}
	if err := f.acquire(); err != nil {
		return nil, err
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// acquire takes the lock that every program which runs a server here holds.
func (f *folder) acquire() error {
	lock, err := filelock.Acquire(filepath.Join(f.root, "lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return fmt.Errorf("%w: %s", ErrInUse, f.root)
	}
	f.lock = lock
	return err
}

// prepare decides who the server runs as and makes the socket's folder.
func (f *folder) prepare() error {
	owner, err := serverAccount(f.data())
	if err != nil {
		return err
	}
	f.owner = owner
	f.place()
	return f.own(f.socket)
}

// place chooses the socket's folder. Its path goes into the URL of the database, into
// the server's configuration and into a bounded field of the system: one that does
// not fit there is replaced.
func (f *folder) place() {
	f.socket = filepath.Join(f.root, "run")
	name := filepath.Join(f.socket, fmt.Sprintf(".s.PGSQL.%d", port))
	if len(name) > maxSocketPath || strings.ContainsFunc(name, separates) {
		// The name is derived, so that the URL stays the same over restarts.
		sum := sha256.Sum256([]byte(f.root))
		f.socket = filepath.Join("/tmp", fmt.Sprintf("localpg-%d-%x", os.Geteuid(), sum[:8]))
	}
}

// separates tells what parts the folders of a list, in the server's configuration
// and in a URL, or a line of the server's own files.
func separates(r rune) bool { return r == ',' || unicode.IsControl(r) }

// own makes a folder that the server's user alone can enter. A folder that is
// there already must be exactly that: under /tmp anybody can be first.
func (f *folder) own(dir string) error {
	if err := os.Mkdir(dir, 0o700); err == nil {
		return f.owner.give(dir)
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is not a folder of mode 0700: remove it", dir)
	}
	if stat.Uid == f.owner.uid {
		return nil
	}
	if int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d: remove it", dir, stat.Uid)
	}
	return f.owner.give(dir)
}

// close frees the folder. It is not locked any more when it returns.
func (f *folder) close() error {
	if filepath.Dir(f.socket) != f.root {
		// Best effort: it holds at most the socket of a server that crashed.
		_ = os.Remove(f.socket)
	}
	return f.lock.Release()
}

// Remove removes the folder of a server that does not run, with everything in it;
// one whose program was just killed is waited for. Errors: [ErrInUse], [ErrRunning].
func Remove(ctx context.Context, dir string) (err error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	f := &folder{root: root}
	if f.owner, err = serverAccount(f.data()); err != nil {
		f.owner = account{uid: uint32(os.Geteuid())} // nobody's server can have run here
	}
	f.place()
	if err := f.acquire(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("removing the folder of the local Postgres: %w", err)
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.awaitPredecessor(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(root); err != nil {
		return fmt.Errorf("removing the folder of the local Postgres: %w", err)
	}
	return nil
}

// initialise makes the cluster when there is none. It is made under another
// name and renamed, so that a cluster that is there is a whole one.
func (f *folder) initialise(ctx context.Context, bin string, cfg Config) error {
	if f.clusterVersion() != 0 {
		return nil
	}
	if _, err := os.Lstat(f.data()); err == nil {
		return fmt.Errorf("%s is there but holds no cluster: remove it", f.data())
	}
	draft := f.data() + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return fmt.Errorf("removing an unfinished cluster: %w", err)
	}
	if err := f.create(ctx, bin, draft, cfg); err != nil {
		return errors.Join(err, os.RemoveAll(draft))
	}
	return os.Rename(draft, f.data())
}

func (f *folder) create(ctx context.Context, bin, dir string, cfg Config) error {
	if cfg.Template != "" {
		// With its owners: the server's user has to own its files.
		out, err := exec.CommandContext(ctx, "cp", "-Rp", filepath.Join(cfg.Template, "data"), dir).CombinedOutput()
		if err != nil {
			return fmt.Errorf("copying the cluster of %s: %w: %s", cfg.Template, err, tail(out))
		}
		return nil
	}
	if err := f.own(dir); err != nil {
		return err
	}
	return f.initdb(ctx, bin, dir, cfg.Volatile)
}

func (f *folder) initdb(ctx context.Context, bin, dir string, volatile bool) error {
	h, err := f.handOver(dir)
	if err != nil {
		return err
	}
	defer h.close()
	args := []string{"-D", h.paths[0], "-U", superuser, "--auth=trust", "--encoding=UTF8"}
	args = append(args, locale()...)
	if volatile {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, bin+"/initdb", args...)
	var out bytes.Buffer
	cmd.Env, cmd.Dir, cmd.ExtraFiles = environment(), "/", h.files
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = processAttributes(f.owner, syscall.SIGKILL)
	ended, err := spawn(cmd)
	if err != nil {
		return fmt.Errorf("running initdb: %w", err)
	}
	if err := <-ended; err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("running initdb: %w", context.Cause(ctx))
		}
		return fmt.Errorf("running initdb: %w: %s", err, tail(out.Bytes()))
	}
	return nil
}

// locale sorts by code point and knows the letters of every script: with the
// bare C locale, Korean text would have no letters for regular expressions.
func locale() []string {
	if runtime.GOOS == "linux" {
		return []string{"--locale=C.UTF-8"}
	}
	return []string{"--locale=C", "--lc-ctype=en_US.UTF-8"}
}

// logged says what the log tells of the server's end: that the disk is full, where it
// is, or how the log ends.
func (f *folder) logged() string {
	text, err := os.ReadFile(f.log())
	if err != nil {
		return err.Error()
	}
	if message := full(string(text)); message != "" {
		return fmt.Sprintf("the disk of %s is full: %s", f.root, message)
	}
	return "its log ends: " + tail(text)
}

// noSpace is how the server, whose messages are English, calls a full disk.
const noSpace = "No space left on device"

// full returns what the server could not write when a full disk ended it; "" where
// another thing did. Its other processes complain of the end after that, and of
// recovering.
func full(log string) string {
	for line := range strings.Lines(log) {
		for _, severity := range []string{"FATAL:  ", "PANIC:  "} {
			if _, message, ok := strings.Cut(line, severity); ok && strings.Contains(message, noSpace) {
				return strings.TrimSpace(message)
			}
		}
	}
	return ""
}

// tail returns the last lines on one line, for an error message.
func tail(text []byte) string {
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	if len(lines) > 8 {
		lines = lines[len(lines)-8:]
	}
	return strings.Join(lines, " | ")
}
