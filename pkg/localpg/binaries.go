package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version that the tests of this project ran on.
const oldest = 15

const remedy = "install the server (Debian, Ubuntu: apt-get install postgresql; " +
	"Fedora: dnf install postgresql-server; macOS: brew install postgresql@17), " +
	"or set DATABASE_URL to a database that you have"

// places are where systems keep server binaries that are not on the PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",                      // Debian, Ubuntu
	"/usr/pgsql-*/bin",                               // RPMs of the PostgreSQL project
	"/usr/libexec/postgresql*",                       // Alpine
	"/opt/homebrew/opt/postgresql*/bin",              // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",                 // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin", // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

type installation struct {
	dir   string
	major int
}

// Find returns the folder of the newest server binaries (postgres and initdb):
// those on the PATH first, then where systems keep them.
// Error: [ErrNoBinaries], with the remedy.
func Find(ctx context.Context) (string, error) { return binaries(ctx, "", 0) }

// binaries chooses the installation for a cluster of a major version; 0 stands
// for a cluster that is yet to be made.
func binaries(ctx context.Context, dir string, cluster int) (string, error) {
	found := installed(ctx, candidates(dir))
	if err := ctx.Err(); err != nil {
		return "", err // found may lack some
	}
	usable := slices.DeleteFunc(slices.Clone(found), func(i installation) bool { return i.major < oldest })
	if len(usable) == 0 {
		return "", fmt.Errorf("%w%s: %s", ErrNoBinaries, tooOld(found), remedy)
	}
	if cluster == 0 {
		return usable[0].dir, nil
	}
	for _, i := range usable {
		if i.major == cluster {
			return i.dir, nil
		}
	}
	return "", fmt.Errorf("%w: it was made by version %d, installed is %d: install PostgreSQL %d, or empty the folder to start again",
		ErrVersion, cluster, usable[0].major, cluster)
}

func tooOld(found []installation) string {
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf(" (version %d in %s is older than %d)", found[0].major, found[0].dir, oldest)
}

func candidates(dir string) []string {
	if dir != "" {
		return []string{dir}
	}
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range places {
		more, err := filepath.Glob(pattern)
		if err != nil {
			panic("localpg: malformed pattern " + pattern)
		}
		dirs = append(dirs, more...)
	}
	return dirs
}

// installed returns those folders that hold a server: the first candidate is
// preferred among equals, newer before older.
func installed(ctx context.Context, dirs []string) []installation {
	var found []installation
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
		if err != nil {
			continue
		}
		if m := versionLine.FindSubmatch(out); m != nil {
			major, err := strconv.Atoi(string(m[1]))
			if err == nil {
				found = append(found, installation{dir, major})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b installation) int { return b.major - a.major })
	return found
}

// clusterVersion is the major version that made the cluster, 0 without one.
func (f *folder) clusterVersion() int {
	text, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return major
}
