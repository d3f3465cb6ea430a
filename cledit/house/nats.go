package house

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// natsReady bounds the start of the server. It takes about 30 ms on an empty
// store; recovering a large one takes longer.
const natsReady = 2 * time.Minute

// startNATS runs a nats-server with JetStream in dir, on a free loopback port.
// Every write reaches the disk before it is acknowledged, as on one server in
// production.
func startNATS(dir string) (*server.Server, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName: "cledit",
		Host:       "127.0.0.1",
		Port:       server.RANDOM_PORT,
		JetStream:  true,
		StoreDir:   dir,
		SyncAlways: true,
		NoSigs:     true,
		NoLog:      true,
	})
	if err != nil {
		return nil, fmt.Errorf("making a nats-server in %s: %w", dir, err)
	}
	srv.Start()
	if !srv.ReadyForConnections(natsReady) {
		srv.Shutdown()
		return nil, errors.New("the nats-server in " + dir + " did not become ready; is the disk full or the folder not writable?")
	}
	return srv, nil
}
