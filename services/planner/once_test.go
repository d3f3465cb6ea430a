package planner

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
)

func TestOnceWaitsForNobodyWhereNoFetcherIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	cfg := onceConfig{Config: w.config(), Patience: patience(24 * time.Hour)}
	cfg.HTTPAddr = "256.256.256.256:1" // not listened on: a planner may serve it
	require.NoError(t, Once(t.Context(), cfg))
	require.Contains(t, w.jobs(), "kobis.movie-list.all.1")
}

func TestOncePublishesEverythingThatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := w.planner.Tick(ctx)
	require.NoError(t, err)
	ledger := w.spend(ctx, 10_000) // a fetcher is known, so it is waited for
	defer func() { require.NoError(t, ledger.Close()) }()
	done := make(chan error, 1)
	go func() { done <- Once(ctx, onceConfig{Config: w.config()}) }()
	for {
		select {
		case err := <-done:
			require.NoError(t, err)
			w.fetch()
			w.load()
			require.Zero(t, w.count("SELECT count(*) FROM staging.kobis_movies m WHERE NOT EXISTS (SELECT FROM staging.kobis_movie_details d WHERE d.movie_cd = m.movie_cd)"))
			return
		default:
			w.fetch()
			w.load()
		}
	}
}

// A connection that is closed for good ends also what is done once: nothing of it is
// waited for.
func TestOnceEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	_, err := w.planner.Tick(t.Context())
	require.NoError(t, err)
	ledger := w.spend(t.Context(), 10_000) // a fetcher is known, so it is waited for
	defer func() { require.NoError(t, ledger.Close()) }()
	cfg := onceConfig{Config: w.config(), Patience: patience(24 * time.Hour)}
	base := cfg.Config.Config
	base.HTTPAddr = "off"
	err = service.Do(t.Context(), "planner", base, func(ctx context.Context, rt *service.Runtime) error {
		waits := make(chan error, 1)
		go func() { waits <- once(ctx, cfg, rt) }()
		require.NoError(t, rt.NATS.Publish(strings.Repeat("a.", 5000)+"b", nil)) // an error of the protocol
		return <-waits
	})
	require.ErrorIs(t, err, service.ErrNATSClosed)
}
