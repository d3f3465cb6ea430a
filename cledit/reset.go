package cledit

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/service"
)

// ResetConfig says which folder is emptied.
type ResetConfig struct {
	service.Streams
	Dir string `env:"CLEDIT_DIR" envDefault:".cledit" help:"folder of the database, streams and logs"`
	Yes bool   `flag:"yes" help:"do not ask before answers of the real sources go"`
}

// Reset empties the folder and says what it removed. It asks first where answers of
// the real sources go, which were paid for with calls. A database that DATABASE_URL
// named is left alone.
func Reset(ctx context.Context, cfg ResetConfig) error {
	err := stack.Reset(ctx, cfg.Dir, func(c stack.Contents) error {
		list(cfg.Stdout, c)
		if !c.Real() {
			return nil
		}
		return cfg.Confirm(ctx, cfg.Yes, "What the real sources answered was paid for with calls of a daily quota, and goes for good.")
	})
	switch {
	case errors.Is(err, stack.ErrNoFolder):
		fmt.Fprintf(cfg.Stdout, "Nothing to remove: %v.\n", err)
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintln(cfg.Stdout, "Removed.")
	return nil
}

func list(out io.Writer, c stack.Contents) {
	from := "no data yet"
	if c.Origin != "" {
		from = "data from " + c.Origin
	}
	fmt.Fprintf(out, "%s has %s:\n", c.Dir, from)
	for _, part := range c.Parts {
		fmt.Fprintf(out, "  %-14s %9.1f MB  %s\n", part.Name, float64(part.Bytes)/1e6, part.What)
	}
}
