package service

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/redact"
)

func TestACheckThatHangsIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChecks()
		c.replace("database", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		c.replace("topology", func(context.Context) error { return nil })
		require.Equal(t, readiness{Checks: map[string]string{
			"database": "no result within the check timeout of 2s", "topology": "ok",
		}}, c.run(t.Context()))
	})
}

// What waits and keeps the service from nothing has its name beside the others.
func TestARemarkIsToldByAServiceThatIsReady(t *testing.T) {
	t.Parallel()
	c := newChecks()
	c.replace("kinds", func(context.Context) error { return Remark(errors.New("one is held")) })
	c.replace("planning", func(context.Context) error { return Remark(nil) })
	require.Equal(t, readiness{Ready: true, Checks: map[string]string{"kinds": "one is held", "planning": "ok"}}, c.run(t.Context()))
	c.replace("database", func(context.Context) error { return errors.New("away") })
	require.False(t, c.run(t.Context()).Ready)
}

func TestAReasonHoldsNoSecret(t *testing.T) {
	t.Parallel()
	redact.Process.Add("a-secret-of-the-check-test")
	c := newChecks()
	c.replace("database", func(context.Context) error { return errors.New("refused a-secret-of-the-check-test") })
	require.Equal(t, "refused [redacted "+redact.Fingerprint("a-secret-of-the-check-test")+"]", c.run(t.Context()).Checks["database"])
}
