// Package command holds what the commands beside the loader share: a session with the
// database and NATS, and how they print. A command does one thing and ends; each is a
// room below this one.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/database"
)

// Session is what a command works with: one connection of its own and NATS, and no
// admin server.
type Session struct {
	Runtime *service.Runtime
	DB      *pgx.Conn
}

// Open connects to both, each of which it waits for.
func Open(
	ctx context.Context, name string, logs service.LogConfig, nats service.NATSConfig, url string, wait time.Duration,
) (*Session, error) {
	if _, err := database.Parse(url); err != nil {
		return nil, err
	}
	rt, err := service.Start(ctx, name, service.Config{LogConfig: logs, NATSConfig: nats, Await: wait})
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	conn, err := database.Open(ctx, url, wait)
	if err != nil {
		return nil, errors.Join(err, rt.Close(ctx))
	}
	return &Session{rt, conn}, nil
}

// Close ends both connections.
func (s *Session) Close(ctx context.Context) error {
	return errors.Join(database.Close(ctx, s.DB), s.Runtime.Close(ctx))
}

// MovieCd says what the code of a film looks like, in problems with one.
const MovieCd = "a film's code at KOBIS such as 20190324: eight digits or capital letters"

// PrintJSON writes a result as indented JSON.
func PrintJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// OnRecord names the record of a match, in what is printed of one.
func OnRecord(id *int32) string {
	if id == nil {
		return ""
	}
	return fmt.Sprintf(" with %d", *id)
}
