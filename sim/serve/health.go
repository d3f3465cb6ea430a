package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim"
)

const healthTimeout = 5 * time.Second

// HealthConfig says where to ask.
type HealthConfig struct {
	service.Streams
	KOBISAddr string `env:"SIM_KOBIS_ADDR" envDefault:"127.0.0.1:9101" help:"address of KOBIS"`
}

// Health prints the counters of the simulators that run beside it, and fails
// when they don't answer.
func Health(ctx context.Context, cfg HealthConfig) error {
	host, port, err := net.SplitHostPort(cfg.KOBISAddr)
	if err != nil {
		return fmt.Errorf("reading SIM_KOBIS_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	url := "http://" + net.JoinHostPort(host, port) + "/_sim/stats"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("asking the simulators: %w", err)
	}
	response, err := (&http.Client{Timeout: healthTimeout}).Do(request)
	if err != nil {
		return fmt.Errorf("asking the simulators: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the simulators: %s", response.Status)
	}
	var stats sim.Stats
	if err := json.NewDecoder(response.Body).Decode(&stats); err != nil {
		return fmt.Errorf("reading the simulators' answer: %w", err)
	}
	stats.Write(cfg.Stdout)
	return nil
}
