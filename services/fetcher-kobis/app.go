package fetcherkobis

import (
	"context"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
)

// App is the fetcher's binary.
func App() service.App {
	return service.App{
		Name:  "fetcher-kobis",
		Short: "Answer jobs with calls of the KOBIS Open API",
		Commands: []service.Command{
			service.NewCommand("run", "Answer jobs until stopped", Run),
			service.NewCommand("enable", "Use the keys again that KOBIS had refused", enable),
			service.NewCommand("believe", "Believe for a day what the fetchers doubt: that so much of KOBIS is gone, or refused", believe),
		},
	}
}

// enableConfig is what enabling takes.
type enableConfig struct {
	fetcher.EnableConfig
	Keys
}

// enable lifts what disabled the keys; see [fetcher.Enable].
func enable(ctx context.Context, cfg enableConfig) error {
	return fetcher.Enable(ctx, cfg.EnableConfig, messages.KOBIS, cfg.APIKeys)
}

// believe confirms what KOBIS says; see [fetcher.Believe].
func believe(ctx context.Context, cfg fetcher.EnableConfig) error {
	return fetcher.Believe(ctx, cfg, messages.KOBIS)
}
