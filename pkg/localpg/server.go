package localpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	shutdownFast      = syscall.SIGINT  // ends the sessions, writes a checkpoint
	shutdownImmediate = syscall.SIGQUIT // recovery at the next start

	// SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
	cannotConnectNow  = "57P03"
	duplicateDatabase = "42P04"
	uniqueViolation   = "23505"
)

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	folder  *folder
	process *os.Process
	done    chan struct{}
	ended   error // why the process ended; readable after done
}

// URL returns the connection URL of a database as the superuser. It holds no
// secret: only the users of the program and of the server, and root, can reach
// the socket.
func (s *Server) URL(database string) string {
	query := url.Values{"host": {s.folder.socket}, "port": {fmt.Sprint(port)}}.Encode()
	u := url.URL{
		Scheme: "postgres",
		User:   url.User(superuser),
		Path:   "/" + database,
		// Clients of Postgres read such a URL as a URL, not as a form: their + is not space.
		RawQuery: strings.ReplaceAll(query, "+", "%20"),
	}
	return u.String()
}

// LogFile is the path of the server's own log, emptied at each start.
func (s *Server) LogFile() string { return s.folder.log() }

// Done is closed when the server process has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns nil while the server runs and after Stop; it returns [ErrEnded]
// with what the log tells of it when the server ended by itself.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.ended
	default:
		return nil
	}
}

// EnsureDatabase makes a database when there is none of that name.
func (s *Server) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL(superuser))
	if err != nil {
		return fmt.Errorf("connecting to make database %q: %w", name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the outcome of the statement stands
	var there bool
	const query = "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)"
	if err := conn.QueryRow(ctx, query, name).Scan(&there); err != nil {
		return fmt.Errorf("looking for database %q: %w", name, err)
	}
	if there {
		return nil
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == duplicateDatabase || refused.Code == uniqueViolation) {
		return nil // made by another caller at the same time
	}
	if err != nil {
		return fmt.Errorf("making database %q: %w", name, err)
	}
	return nil
}

// Stop ends all sessions, shuts the server down cleanly and returns when its
// process has ended. When ctx ends first, the server is made to end at once
// (the next start recovers) and the cause of ctx is returned. Stopping a server
// that has ended does nothing.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.signal(shutdownFast); err != nil {
		return err
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("stopping the server: %w", context.Cause(ctx)), s.abandon())
	}
}

// abandon ends the server without waiting for its sessions.
func (s *Server) abandon() error {
	err := s.signal(shutdownImmediate)
	if err == nil {
		<-s.done // the server kills what doesn't end within 5 seconds
	}
	return err
}

func (s *Server) signal(sig os.Signal) error {
	s.folder.stopping.Store(true)
	if err := s.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("telling the server to stop: %w", err)
	}
	return nil
}

// supervise records the end of the process and frees the folder.
func (s *Server) supervise(process <-chan error) {
	err := <-process
	if !s.folder.stopping.Load() {
		s.ended = fmt.Errorf("%w (%w); %s", ErrEnded, exit(err), s.folder.logged())
	}
	if err := s.folder.close(); err != nil {
		s.ended = errors.Join(s.ended, err)
	}
	close(s.done)
}

// exit names a regular end too, which has no error.
func exit(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

func (s *Server) ping(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL(superuser))
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	if err := conn.Close(ctx); err != nil {
		return fmt.Errorf("closing the first connection: %w", err)
	}
	return nil
}
