package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cledit/pipeline/pkg/filelock"
	"github.com/cledit/pipeline/pkg/localpg"
)

// Contents are what a stack has left in its folder.
type Contents struct {
	Dir    string
	Origin string // what the data comes from; empty where none was ever loaded
	Parts  []Part
}

// Part is a file or folder of a stack.
type Part struct {
	Name, What string
	Bytes      int64
}

// Real reports whether the data was paid for with calls of the real sources.
func (c Contents) Real() bool { return c.Origin == realSources }

// parts are all that a stack makes, the claim last: what is interrupted is known
// for a stack's still.
var parts = []Part{
	{Name: dirPostgres, What: "the database: answers, tables, decisions of people"},
	{Name: dirNATS, What: "the streams, and the ledger of calls"},
	{Name: filePassword, What: "the password of NATS"},
	{Name: fileRunning, What: "where a run was to be found"},
	{Name: fileLog, What: "the services' log"},
	{Name: fileOrigin, What: "what the data comes from"},
}

// What Reset returns for a folder that no stack has been in: one that is not there,
// and one with something else in it.
var (
	ErrNoFolder = errors.New("there is no folder")
	ErrForeign  = errors.New("the folder was not made by cledit, nothing is removed")
)

// Reset removes what a stack has made in the folder, if agree, which is told what
// that is, returns nil. While it looks and removes no stack can be opened there.
// Errors: [filelock.ErrHeld] where one is open, [ErrNoFolder], [ErrForeign],
// and agree's. A database of the operator's is left alone.
func Reset(ctx context.Context, dir string, agree func(Contents) error) (err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("finding the folder %s: %w", dir, err)
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w %s", ErrNoFolder, dir)
	}
	if !hasStack(dir) {
		return fmt.Errorf("%w: %s", ErrForeign, dir)
	}
	lock, err := filelock.Acquire(filepath.Join(dir, fileLock))
	if err != nil {
		return fmt.Errorf("emptying %s: stop what runs there first: %w", dir, err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	contents, err := look(dir)
	if err != nil {
		return err
	}
	if err := agree(contents); err != nil {
		return err
	}
	return remove(ctx, contents)
}

// hasStack reports whether a stack was ever opened in the folder.
func hasStack(dir string) bool {
	for _, name := range []string{fileOrigin, fileLock} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

func look(dir string) (c Contents, err error) {
	c.Dir = dir
	if c.Origin, err = origin(dir); err != nil {
		return c, err
	}
	aside, err := fs.Glob(os.DirFS(dir), asideLogs)
	if err != nil {
		return c, fmt.Errorf("looking into %s: %w", dir, err)
	}
	all := slices.Clone(parts)
	for _, name := range aside {
		all = slices.Insert(all, 0, Part{Name: name, What: "an older log"})
	}
	for _, part := range all {
		bytes, err := size(filepath.Join(dir, part.Name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return c, fmt.Errorf("looking into %s: %w", dir, err)
		}
		part.Bytes = bytes
		c.Parts = append(c.Parts, part)
	}
	return c, nil
}

// size is how many bytes a file has, or all files of a folder.
func size(path string) (bytes int64, err error) {
	err = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		bytes += info.Size()
		return nil
	})
	return bytes, err
}

// remove begins with the database, whose server may be there still.
func remove(ctx context.Context, c Contents) error {
	if err := localpg.Remove(ctx, filepath.Join(c.Dir, dirPostgres)); err != nil {
		return fmt.Errorf("emptying %s: nothing was removed: %w", c.Dir, err)
	}
	for _, part := range c.Parts {
		if err := os.RemoveAll(filepath.Join(c.Dir, part.Name)); err != nil {
			return fmt.Errorf("emptying %s: %w", c.Dir, err)
		}
	}
	if err := os.Remove(filepath.Join(c.Dir, fileLock)); err != nil {
		return fmt.Errorf("emptying %s: %w", c.Dir, err)
	}
	// The folder itself may hold something of the operator's: then it stays.
	_ = os.Remove(c.Dir)
	return nil
}
