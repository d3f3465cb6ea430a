package upstream

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func pipe(t *testing.T) (*watchedConn, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() {
		_ = ours.Close()
		_ = theirs.Close()
	})
	return &watchedConn{Conn: ours}, theirs
}

func TestASealedConnectionWritesNothing(t *testing.T) {
	t.Parallel()
	conn, _ := pipe(t)
	conn.arm()
	require.False(t, conn.seal())
	n, err := conn.Write([]byte("late")) // would block: nobody reads
	require.ErrorIs(t, err, net.ErrClosed)
	require.Zero(t, n)
	require.False(t, conn.seal())
}

func TestAWriteCountsFromItsBeginning(t *testing.T) {
	t.Parallel()
	conn, theirs := pipe(t)
	conn.arm()
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write([]byte("ab"))
		written <- err
	}()
	_, err := theirs.Read(make([]byte, 1)) // half of it: the write has begun and hangs
	require.NoError(t, err)
	require.True(t, conn.seal())
	require.NoError(t, theirs.Close())
	require.Error(t, <-written)
	require.True(t, conn.seal(), "a byte has left")
}

func TestAWriteThatTookNothingDoesNotCount(t *testing.T) {
	t.Parallel()
	conn, theirs := pipe(t)
	conn.arm()
	require.NoError(t, theirs.Close())
	_, err := conn.Write([]byte("x"))
	require.Error(t, err)
	require.False(t, conn.seal())
}

func TestEachRequestIsJudgedByItself(t *testing.T) {
	t.Parallel()
	conn, theirs := pipe(t)
	go func() { _, _ = theirs.Read(make([]byte, 1)) }()
	_, err := conn.Write([]byte("h")) // a handshake, or the request before
	require.NoError(t, err)
	conn.arm()
	require.False(t, conn.seal())
}
