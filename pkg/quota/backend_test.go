package quota

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota/quotatest"
)

const (
	bucket = "QUOTA"
	// askAgain is after what time somebody is asked again: a cluster without a leader
	// doesn't answer.
	askAgain = 10 * time.Second
)

// backend is something that ledgers can be opened on.
type backend struct {
	// store is a replica's own access.
	store func(t *testing.T) Store
	// harm disturbs what can be disturbed, once for all tests.
	harm func()
}

// backends are all that the conformance suite runs on.
var backends = map[string]func(*testing.T) backend{
	"memory":  memoryBackend,
	"server":  serverBackend,
	"cluster": clusterBackend,
}

func memoryBackend(*testing.T) backend {
	memory := quotatest.NewMemory()
	return backend{store: func(*testing.T) Store { return memory }, harm: func() {}}
}

// serverBackend is a server whose harm is a restart.
func serverBackend(t *testing.T) backend {
	t.Helper()
	opts := &server.Options{StoreDir: t.TempDir()}
	srv := natstest.StartWith(t, opts)
	urls := srv.ClientURL()
	makeBucket(t, urls, 1)
	return backend{
		store: func(t *testing.T) Store { return bind(t, urls) },
		harm: sync.OnceFunc(func() {
			srv.Shutdown()
			srv.WaitForShutdown()
			natstest.StartWith(t, opts)
		}),
	}
}

// clusterBackend is three nodes; its harm stops the one that leads the bucket.
func clusterBackend(t *testing.T) backend {
	t.Helper()
	nodes := startCluster(t)
	var each []string
	for _, n := range nodes {
		each = append(each, n.ClientURL())
	}
	urls := strings.Join(each, ",")
	js := makeBucket(t, urls, 3)
	return backend{
		store: func(t *testing.T) Store { return bind(t, urls) },
		harm: sync.OnceFunc(func() {
			stream, err := js.Stream(t.Context(), "KV_"+bucket)
			require.NoError(t, err)
			leader := stream.CachedInfo().Cluster.Leader
			for _, n := range nodes {
				if n.Name() == leader {
					n.Shutdown()
					n.WaitForShutdown()
				}
			}
		}),
	}
}

// startCluster starts three nodes at once: none is ready without another.
func startCluster(t *testing.T) []*server.Server {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		routes = append(routes, &url.URL{Scheme: "nats", Host: freeAddress(t)})
	}
	nodes := make([]*server.Server, 3)
	for i, route := range routes {
		port, err := strconv.Atoi(route.Port())
		require.NoError(t, err)
		nodes[i], err = server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true,
			JetStream: true, StoreDir: t.TempDir(), Routes: routes,
			Cluster: server.ClusterOpts{Name: "quota", Host: "127.0.0.1", Port: port},
		})
		require.NoError(t, err)
		nodes[i].Start()
		t.Cleanup(func() {
			nodes[i].Shutdown()
			nodes[i].WaitForShutdown()
		})
	}
	for _, n := range nodes {
		require.True(t, n.ReadyForConnections(patience), "a node is not ready for connections")
	}
	return nodes
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close() //nolint:errcheck // only its port was wanted
	return listener.Addr().String()
}

func connect(t *testing.T, urls string, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	opts = append(opts, nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.RetryOnFailedConnect(true), nats.Timeout(time.Minute))
	nc, err := nats.Connect(urls, opts...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

func makeBucket(t *testing.T, urls string, replicas int) jetstream.JetStream {
	t.Helper()
	js := connect(t, urls)
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), askAgain)
		defer cancel()
		_, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, Replicas: replicas, MaxBytes: 16 << 20})
		return err == nil
	}, patience, 50*time.Millisecond, "the bucket cannot be made")
	return js
}

func bind(t *testing.T, urls string, opts ...nats.Option) jetstream.KeyValue {
	t.Helper()
	js := connect(t, urls, opts...)
	var kv jetstream.KeyValue
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), askAgain)
		defer cancel()
		var err error
		kv, err = js.KeyValue(ctx, bucket)
		return err == nil
	}, patience, 50*time.Millisecond, "the bucket cannot be bound")
	return kv
}
