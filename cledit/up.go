package cledit

import (
	"context"
	"errors"
	"fmt"

	"github.com/cledit/pipeline/cledit/house"
)

// Up runs the pipeline until it is stopped, on the real sources when keys are
// given.
func Up(ctx context.Context, cfg house.Config) (err error) {
	h, err := house.Open(ctx, cfg, step(cfg.Stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close(context.WithoutCancel(ctx))) }()
	fmt.Fprintf(cfg.Stderr, "\nRunning until Ctrl-C.\n  tables   psql %q\n  streams  %s\n  log      %s\n",
		h.DatabaseURL(), h.StreamsCommand(), h.LogFile())
	return h.Run(ctx, nil)
}
