package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/cledit/pipeline/pkg/localpg"
)

// clustersFolder names the folder in which test binaries keep clusters for each other:
// a copy of one takes a tenth of what making it does. Who sets it removes the folder
// after the tests of one state of the schema. Without it each server makes its own.
const clustersFolder = "PGTEST_CLUSTERS"

// The clusters there.
const (
	emptyCluster    = "empty"
	migratedCluster = "migrated" // with the database that [Migrated] copies
)

// clusterOf returns the folder of a stopped server with that cluster, which the first
// that asks makes while the others wait; nothing where there is no such folder.
func clusterOf(name string) (string, error) {
	parent := os.Getenv(clustersFolder)
	if parent == "" {
		return "", nil
	}
	dir := filepath.Join(parent, name)
	lock, err := os.Create(dir + ".lock")
	if err != nil {
		return "", fmt.Errorf("locking the clusters of %s: %w", clustersFolder, err)
	}
	defer lock.Close() //nolint:errcheck // nothing was written
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("locking %s: %w", lock.Name(), err)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := makeCluster(dir+".new", name == migratedCluster); err != nil {
		return "", errors.Join(fmt.Errorf("making the cluster that tests copy: %w", err), os.RemoveAll(dir+".new"))
	}
	return dir, os.Rename(dir+".new", dir)
}

func makeCluster(dir string, migrated bool) (err error) {
	ctx, cancel := setUp()
	defer cancel()
	server, err := localpg.Start(ctx, localpg.Config{Dir: dir, Volatile: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	if migrated {
		return migrate(ctx, server)
	}
	return nil
}
