package planner

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A session whose server does not answer must not hold up the end.
func TestAPoolThatDoesNotCloseIsLeft(t *testing.T) {
	t.Parallel()
	p := newWorld(t).planner
	conn, err := p.pool.Acquire(t.Context())
	require.NoError(t, err)
	p.closePool() // the pool alone would wait for the session for ever
	conn.Release()
}
