package stack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// natsReady bounds the start of the server. It takes about 30 ms on an empty
// store; recovering a large one takes longer.
const natsReady = 2 * time.Minute

// natsStore is more than all streams together may hold.
const natsStore = 16 << 30

// natsUser is who comes in with the password.
const natsUser = "cledit"

// keptPassword reads the password from the file, or makes one and keeps it there
// for nobody else to read.
func keptPassword(file string) (string, error) {
	kept, err := os.ReadFile(file)
	switch password := strings.TrimSpace(string(kept)); {
	case errors.Is(err, os.ErrNotExist):
		password = rand.Text()
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("keeping the password of NATS: %w", err)
		}
		return password, nil
	case err != nil:
		return "", fmt.Errorf("reading the password of NATS: %w", err)
	case password == "":
		return "", fmt.Errorf("the password of NATS in %s is empty: remove the file, and a new one is made", file)
	default:
		return password, nil
	}
}

// startNATS runs a nats-server with JetStream in dir, on a free loopback port.
// Every write reaches the disk before it is acknowledged, as on one server in
// production. With a password only natsUser comes in.
func startNATS(dir, password string) (*server.Server, error) {
	options := &server.Options{
		ServerName: "cledit",
		Host:       "127.0.0.1",
		Port:       server.RANDOM_PORT,
		JetStream:  true,
		StoreDir:   dir,
		// Without it the server takes three quarters of what is free for its limit, and
		// refuses to make streams that may grow beyond: a demonstration needs 100 MB.
		JetStreamMaxStore: natsStore,
		SyncAlways:        true,
		NoSigs:            true,
		NoLog:             true,
	}
	if password != "" {
		options.Username, options.Password = natsUser, password
	}
	srv, err := server.NewServer(options)
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
