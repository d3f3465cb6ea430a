// Package serve runs the simulators as a process: configuration, listening and
// stopping, as all binaries of the pipeline have it.
//
// Run fails when the catalogue can't be read or an address is taken. When its
// context ends, requests in flight are ended within shutdownTimeout.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim"
)

const (
	// headerTimeout bounds a client that never finishes its request.
	headerTimeout = 10 * time.Second
	// shutdownTimeout bounds answers that are under way at the end.
	shutdownTimeout = 5 * time.Second
)

// Run serves both sources until the context ends.
func Run(ctx context.Context, cfg Config) error {
	log := service.NewLogger("upstream-sim", cfg.LogConfig)
	s, err := sim.Open(cfg.Options())
	if err != nil {
		return fmt.Errorf("opening the catalogue: %w", err)
	}
	listeners, err := listen(ctx, s, cfg)
	if err != nil {
		return err
	}
	announce(log, s, listeners)
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		group.Go(func() error { return l.serve(ctx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	stats := s.Stats()
	log.Info().Int("kobis_requests", stats.KOBIS.Requests).Int("tmdb_requests", stats.TMDB.Requests).Msg("stopped")
	return nil
}

// listener is one address and what it serves.
type listener struct {
	net.Listener
	name    string
	handler http.Handler
}

// listen opens one address for both sources, or one for each.
func listen(ctx context.Context, s *sim.Sim, cfg Config) ([]listener, error) {
	wanted := []listener{{name: "KOBIS", handler: s.KOBISHandler()}, {name: "TMDB", handler: s.TMDBHandler()}}
	addresses := []string{cfg.KOBISAddr, cfg.TMDBAddr}
	if cfg.KOBISAddr == cfg.TMDBAddr && !anyPort(cfg.KOBISAddr) {
		wanted, addresses = []listener{{name: "KOBIS and TMDB", handler: s.Handler()}}, addresses[:1]
	}
	var config net.ListenConfig
	for i := range wanted {
		l, err := config.Listen(ctx, "tcp", addresses[i])
		if err != nil {
			for _, open := range wanted[:i] {
				_ = open.Close()
			}
			return nil, fmt.Errorf("listening for %s: %w", wanted[i].name, err)
		}
		wanted[i].Listener = l
	}
	return wanted, nil
}

// anyPort: the system chooses the port, so equal addresses are two.
func anyPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && (port == "0" || port == "")
}

func (l listener) serve(ctx context.Context) error {
	server := &http.Server{
		Handler: l.handler, ReadHeaderTimeout: headerTimeout,
		// Requests that a fault holds end with the process.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		stopped <- server.Shutdown(closing)
	}()
	if err := server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving %s: %w", l.name, err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping %s: %w", l.name, server.Close())
	}
	return nil
}

func announce(log zerolog.Logger, s *sim.Sim, listeners []listener) {
	first, last := listeners[0].Addr().String(), listeners[len(listeners)-1].Addr().String()
	kobisURL, tmdbURL := baseURLs(first, last)
	truth := s.Truth()
	log.Info().Str("kobis_base_url", kobisURL).Str("tmdb_base_url", tmdbURL).
		Int("films", truth.Films).Int("details", truth.WithDetail+truth.UnlistedDetails).
		Int("box_office_days", len(truth.BoxOfficeDays)).Int("movies", truth.TMDBMovies).Int("series", truth.Series).
		Msg("serving")
}
