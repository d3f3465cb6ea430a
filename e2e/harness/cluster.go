package harness

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
)

// Cluster is one NATS server, or several that hold every stream as often. Each can
// be stopped and started again, with its store and its port.
type Cluster struct {
	tb      testing.TB
	servers []*server.Server
	options []server.Options
}

// NewCluster starts so many servers.
func NewCluster(tb testing.TB, size int) *Cluster {
	tb.Helper()
	ports := freePorts(tb, 2*size)
	routes := make([]string, 0, size)
	for _, port := range ports[:size] {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", port))
	}
	c := &Cluster{tb: tb, servers: make([]*server.Server, size)}
	for i := range size {
		options := server.Options{ServerName: fmt.Sprintf("n%d", i), StoreDir: tb.TempDir(), Port: ports[size+i]}
		if size > 1 {
			options.Cluster = server.ClusterOpts{Name: "cledit", Host: "127.0.0.1", Port: ports[i]}
			options.Routes = server.RoutesFromStr(strings.Join(routes, ","))
		}
		c.options = append(c.options, options)
		c.Start(i)
	}
	return c
}

// Start runs a server that is stopped.
func (c *Cluster) Start(i int) {
	c.tb.Helper()
	options := c.options[i]
	c.servers[i] = natstest.StartWith(c.tb, &options)
}

// Stop ends a server as a restart of its machine does.
func (c *Cluster) Stop(i int) {
	c.servers[i].Shutdown()
	c.servers[i].WaitForShutdown()
}

// Size is the number of servers.
func (c *Cluster) Size() int { return len(c.servers) }

// Running reports whether a server is.
func (c *Cluster) Running(i int) bool { return c.servers[i].Running() }

// Index is the number of the server with a name.
func (c *Cluster) Index(name string) int {
	for i := range c.options {
		if c.options[i].ServerName == name {
			return i
		}
	}
	return 0
}

// URL names all servers.
func (c *Cluster) URL() string {
	urls := make([]string, 0, len(c.options))
	for i := range c.options {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", c.options[i].Port))
	}
	return strings.Join(urls, ",")
}

// freePorts are ports that nobody listened on a moment ago. All are taken at the
// same time, so that they differ.
func freePorts(tb testing.TB, n int) (ports []int) {
	tb.Helper()
	listeners := make([]net.Listener, 0, n)
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
		require.NoError(tb, err)
		listeners = append(listeners, listener)
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	for _, listener := range listeners {
		require.NoError(tb, listener.Close())
	}
	return ports
}
