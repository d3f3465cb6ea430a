package stack

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"
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

// natsServer is a NATS server of the stack's own.
type natsServer struct {
	*server.Server

	dir      string
	password string // empty: everybody comes in
}

// startNATS runs a nats-server with JetStream in dir, on a free loopback port.
// Every write reaches the disk before it is acknowledged, as on one server in
// production. With a password only natsUser comes in.
func startNATS(dir, password string, log zerolog.Logger) (*natsServer, error) {
	options := &server.Options{
		ServerName: "cledit",
		Host:       "127.0.0.1",
		Port:       server.RANDOM_PORT,
		JetStream:  true,
		StoreDir:   dir,
		// Without it the server takes three quarters of what is free for its limit, and
		// refuses to make streams that may grow beyond: a demonstration needs 200 MB.
		JetStreamMaxStore: natsStore,
		SyncAlways:        true,
		NoSigs:            true,
	}
	if password != "" {
		options.Username, options.Password = natsUser, password
	}
	srv, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("making a nats-server in %s: %w", dir, err)
	}
	srv.SetLoggerV2(natsLog{log}, false, false, false)
	srv.Start()
	if !srv.ReadyForConnections(natsReady) {
		srv.Shutdown()
		return nil, errors.New("the nats-server in " + dir + " did not become ready; is the disk full or the folder not writable?")
	}
	return &natsServer{srv, dir, password}, nil
}

// How often the server is asked for its health, and how many answers in a row have to
// say that it is not well: a stream that is just being made is not found for a moment.
const (
	healthEvery = time.Second
	unwellTimes = 3
)

// watch returns an error when the server stores nothing any more. After a write that
// failed, such as on a full disk, it confirms nothing until it starts again, and any
// process that publishes waits.
func (n *natsServer) watch(ctx context.Context) error {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	for unwell := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		health, err := n.health(ctx)
		if err != nil {
			return err
		}
		if unwell++; health.Error == "" {
			unwell = 0
		}
		if unwell == unwellTimes {
			return fmt.Errorf("NATS stores nothing in %s any more: %s; mend that (a full disk needs room), and start again", n.dir, health.Error)
		}
	}
}

// health is what the server answers on /healthz, without a port of its own.
func (n *natsServer) health(ctx context.Context) (h server.HealthStatus, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/healthz", http.NoBody)
	if err != nil {
		return h, fmt.Errorf("asking NATS for its health: %w", err)
	}
	answer := healthAnswer{header: http.Header{}}
	n.HandleHealthz(&answer, r)
	if err := json.Unmarshal(answer.Bytes(), &h); err != nil {
		return h, fmt.Errorf("reading the health of NATS: %w", err)
	}
	return h, nil
}

// healthAnswer takes an answer in memory.
type healthAnswer struct {
	bytes.Buffer

	header http.Header
}

// Header is what comes before the answer.
func (a *healthAnswer) Header() http.Header { return a.header }

// WriteHeader takes the status, which the answer has, too.
func (a *healthAnswer) WriteHeader(int) {}

// natsLog takes what the server has to say: its errors to the log of the services, and its
// warnings as information, since after a kill it has many of its own recovery.
type natsLog struct{ log zerolog.Logger }

// Errorf takes an error.
func (l natsLog) Errorf(format string, args ...any) { l.log.Error().Msgf(format, args...) }

// Fatalf takes what a server of its own process would end with.
func (l natsLog) Fatalf(format string, args ...any) { l.Errorf(format, args...) }

// Warnf takes a warning.
func (l natsLog) Warnf(format string, args ...any) { l.log.Info().Msgf(format, args...) }

// Noticef, Debugf and Tracef take what nobody needs here.
func (natsLog) Noticef(string, ...any) {}
func (natsLog) Debugf(string, ...any)  {}
func (natsLog) Tracef(string, ...any)  {}
