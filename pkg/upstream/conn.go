package upstream

import (
	"net"
	"sync"
)

// watchedConn knows whether bytes may have left since a request got the
// connection. What the transport tells about that is not enough: after a
// connection fails, it says neither whether the request was written nor whether
// it still may be.
type watchedConn struct {
	net.Conn

	mu     sync.Mutex
	wrote  bool
	sealed bool
}

// arm begins a request.
func (c *watchedConn) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrote = false
}

// seal ends a request that failed: it reports whether bytes may have left, and
// if none have, none will.
func (c *watchedConn) seal() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wrote {
		c.sealed = true
	}
	return c.wrote
}

// Write counts as done from its beginning on, unless it turns out that the
// kernel took no byte.
func (c *watchedConn) Write(p []byte) (int, error) {
	before, ok := c.begin()
	if !ok {
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Write(p)
	if n == 0 && err != nil {
		c.mu.Lock()
		c.wrote = before
		c.mu.Unlock()
	}
	return n, err
}

func (c *watchedConn) begin() (before, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sealed {
		return false, false
	}
	before, c.wrote = c.wrote, true
	return before, true
}
