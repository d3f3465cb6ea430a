package quota

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/quota/internal/slots"
	"github.com/cledit/pipeline/pkg/quota/quotatest"
)

func TestConfigNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), quotatest.NewMemory(), Config{
		Source: "a.b", Keys: []string{"secret", "secret"}, DailyQuota: -1, Rate: Rate{N: 0, Per: time.Second}, Zone: time.Local,
	})
	require.ErrorIs(t, err, ErrBadConfig)
	require.ErrorIs(t, err, slots.ErrBadRate)
	for _, part := range []string{`"a.b"`, "is given twice", "negative", "zone"} {
		require.ErrorContains(t, err, part)
	}
	require.NotContains(t, err.Error(), "secret")
	_, err = Open(t.Context(), quotatest.NewMemory(), Config{Source: "a", Rate: Rate{N: 1, Per: time.Second}})
	require.ErrorContains(t, err, "at least one key")
}
