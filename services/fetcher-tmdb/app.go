package fetchertmdb

import (
	"context"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
)

// App is the fetcher's binary.
func App() service.App {
	return service.App{
		Name:  "fetcher-tmdb",
		Short: "Answer jobs with calls of the TMDB API",
		Commands: []service.Command{
			service.NewCommand("run", "Answer jobs until stopped", Run),
			service.NewCommand("enable", "Use the token again that TMDB had refused", enable),
			service.NewCommand("believe", "Believe for a day what the fetchers doubt: that so much of TMDB is gone, or refused", believe),
		},
	}
}

// enableConfig is what enabling takes.
type enableConfig struct {
	fetcher.EnableConfig
	Token
}

// enable lifts what disabled the token; see [fetcher.Enable].
func enable(ctx context.Context, cfg enableConfig) error {
	return fetcher.Enable(ctx, cfg.EnableConfig, messages.TMDB, []string{cfg.AccessToken})
}

// believe confirms what TMDB says; see [fetcher.Believe].
func believe(ctx context.Context, cfg fetcher.EnableConfig) error {
	return fetcher.Believe(ctx, cfg, messages.TMDB)
}
