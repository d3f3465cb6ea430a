package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	healthCommand = "health"
	healthTimeout = 5 * time.Second
	healthAnswer  = 64 << 10 // bytes of an answer that are looked at
)

// healthConfig is all that asking a running service takes.
type healthConfig struct {
	Streams
	HTTPAddr string `env:"HTTP_ADDR" envDefault:":8080" help:"address of the service's admin server"`
}

// withHealth adds the command health to an app that serves HTTP_ADDR.
func (a App) withHealth() App {
	if !slices.Contains(a.variables(), "HTTP_ADDR") ||
		slices.ContainsFunc(a.Commands, func(c Command) bool { return c.Name == healthCommand }) {
		return a
	}
	health := NewCommand(healthCommand, "Ask the running service whether it is ready; exit 1 when not", a.checkHealth)
	a.Commands = append(slices.Clone(a.Commands), health)
	return a
}

func (a App) checkHealth(ctx context.Context, cfg healthConfig) error {
	if isOff(cfg.HTTPAddr) {
		return errors.New("HTTP_ADDR is off: the service cannot be asked")
	}
	host, port, err := net.SplitHostPort(cfg.HTTPAddr)
	if err != nil {
		return fmt.Errorf("reading HTTP_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return askReady(ctx, a.Name, "http://"+net.JoinHostPort(host, port)+pathReady, cfg.Stdout)
}

// askReady prints the service's answer and fails unless it is ready, and when another
// one answers.
func askReady(ctx context.Context, name, url string, out io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, healthTimeout,
		fmt.Errorf("no answer within the health timeout of %s", healthTimeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("asking whether the service is ready: %w", err)
	}
	defer resp.Body.Close()
	answer, err := readReady(name, url, resp)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", answer)
	}
	printf(out, "%s\n", answer)
	return nil
}

// readReady reads what the service of this name said.
func readReady(name, url string, resp *http.Response) (string, error) {
	switch other := resp.Header.Get(headerService); other {
	case name:
	case "":
		return "", fmt.Errorf("what answers at %s is not one of these services (%s); set HTTP_ADDR to the address of the %s",
			url, resp.Status, name)
	default:
		return "", fmt.Errorf("the %s answers at %s; set HTTP_ADDR to the address of the %s", other, url, name)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, healthAnswer))
	if err != nil {
		return "", fmt.Errorf("reading the answer of %s: %w", url, err)
	}
	return strings.TrimSpace(string(body)), nil
}
