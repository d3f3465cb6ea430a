package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
)

// tools is what a command that runs beside the loader works with: one connection
// of its own and NATS, and no admin server.
type tools struct {
	rt *service.Runtime
	db *pgx.Conn
}

func openTools(ctx context.Context, name string, logs service.LogConfig, nats service.NATSConfig, url string, wait time.Duration) (*tools, error) {
	config, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	rt, err := service.Start(ctx, name, service.Config{LogConfig: logs, NATSConfig: nats, Await: wait})
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	conn, err := schema.Connect(ctx, config, wait)
	if err != nil {
		return nil, errors.Join(err, rt.Close(ctx))
	}
	pgxuuid.Register(conn.TypeMap())
	t := &tools{rt, conn}
	if err := schema.Check(ctx, conn); err != nil {
		return nil, errors.Join(err, t.close(ctx))
	}
	return t, nil
}

func (t *tools) close(ctx context.Context) error {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return errors.Join(t.db.Close(bound), t.rt.Close(ctx))
}
