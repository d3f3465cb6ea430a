package stack

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
)

// A database that can't be meant is refused before anything is opened, as every other
// setting is, and is not repeated.
func TestADatabaseURLThatCanNotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"nowhere", "postgres://user:secret@host:port/x", "postgres://user:secret@host/x?sslmode=maybe"} {
		_, err := service.FromMap[Config](map[string]string{"DATABASE_URL": url})
		var refused *service.ConfigError
		require.ErrorAs(t, err, &refused, url)
		require.ErrorContains(t, err, "DATABASE_URL")
		require.NotContains(t, err.Error(), "secret")
	}
	_, err := service.FromMap[Config](map[string]string{"DATABASE_URL": "postgres://user:secret@host/x"})
	require.NoError(t, err)
}
