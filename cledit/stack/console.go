package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/console"
)

// consoleOff runs no console.
const consoleOff = "off"

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// findConsole chooses the console's address: the one that is asked for, or a free one
// where that is taken.
func (h *Stack) findConsole(ctx context.Context) error {
	if h.cfg.ConsoleAddr == consoleOff {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", h.cfg.ConsoleAddr)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(h.cfg.ConsoleAddr)
		listener, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return fmt.Errorf("finding an address for the console: %w", err)
	}
	h.console = listener.Addr().String()
	return listener.Close()
}

// ConsoleURL is where the console is, or will be; "" where none is wanted.
func (h *Stack) ConsoleURL() string {
	if h.console == "" {
		return ""
	}
	return "http://" + h.console
}

// Console runs the console until ctx ends, and stop waits for that. What becomes of it
// is said, and ends nothing else.
func (h *Stack) Console(ctx context.Context) (stop func()) {
	if h.console == "" {
		return func() {}
	}
	environment := h.environments().common(map[string]string{"DATABASE_URL": h.database, "CONSOLE_ADDR": h.console, "HTTP_ADDR": "off"})
	run := with(h, "console", console.Run, environment, func(c *console.Config) *service.Config {
		c.AnyPort = true
		c.Serving = func(addr string) {
			if addr != h.console {
				h.say("the console is at http://" + addr)
			}
		}
		return &c.Config
	})
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := revive(ctx, "console", run, h.say); err != nil && ctx.Err() == nil {
			h.say("the console ended, and nothing else: " + err.Error())
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}
