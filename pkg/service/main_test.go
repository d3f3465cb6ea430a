package service_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/service"
)

// childVariable makes the test binary behave like a service: tests start it to
// send it real signals.
const childVariable = "SERVICE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		service.Main(childApp())
	}
	goleak.VerifyTestMain(m)
}

// childApp waits for its context; with the command stuck, for ever.
func childApp() service.App {
	type config struct{ service.Streams }
	run := func(ctx context.Context, cfg config) error {
		if _, err := cfg.Stdout.Write([]byte("running\n")); err != nil {
			return err
		}
		<-ctx.Done()
		_, err := cfg.Stdout.Write([]byte("drained\n"))
		return err
	}
	stuck := func(ctx context.Context, cfg config) error {
		if err := run(ctx, cfg); err != nil {
			return err
		}
		select {}
	}
	once := func(ctx context.Context, cfg config) error {
		if _, err := cfg.Stdout.Write([]byte("running\n")); err != nil {
			return err
		}
		<-ctx.Done()
		return fmt.Errorf("after 3 of 5: %w", context.Cause(ctx))
	}
	return service.App{Name: "child", Short: "A child.", Commands: []service.Command{
		service.NewCommand("once", "Do something that takes long", once),
		service.NewCommand("run", "Wait for a signal", run),
		service.NewCommand("stuck", "Never stop", stuck),
	}}
}
