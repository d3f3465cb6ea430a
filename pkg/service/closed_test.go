package service_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
)

// A server closes the connection for good after a line that is too long. The
// service ends, so that its supervisor starts it again.
func TestClosedConnectionEndsTheService(t *testing.T) {
	t.Parallel()
	cfg := service.Config{HTTPAddr: "127.0.0.1:0"}
	cfg.NATSURL = natstest.Start(t).ClientURL()
	rt, err := service.Start(t.Context(), "closing", cfg)
	require.NoError(t, err)
	alive := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+rt.HTTPAddr()+"/livez", http.NoBody)
		require.NoError(t, err)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	err = rt.Work(t.Context(), func(ctx context.Context) error {
		require.Equal(t, http.StatusOK, alive())
		require.NoError(t, rt.NATS.Publish(strings.Repeat("a.", 5000)+"b", nil))
		<-ctx.Done()
		require.ErrorIs(t, context.Cause(ctx), service.ErrNATSClosed)
		require.Equal(t, http.StatusServiceUnavailable, alive())
		return nil
	})
	require.ErrorIs(t, err, service.ErrNATSClosed)
	require.ErrorContains(t, err, "maximum control line exceeded")
	require.NoError(t, rt.Close(t.Context()))
}

// An end that was asked for is none of that.
func TestWorkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cfg := service.Config{HTTPAddr: "off"}
	cfg.NATSURL = natstest.Start(t).ClientURL()
	rt, err := service.Start(t.Context(), "closing", cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, rt.Work(ctx, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	}))
	require.NoError(t, rt.Close(t.Context()))
}
