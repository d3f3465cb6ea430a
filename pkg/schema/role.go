package schema

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrRefused is returned by Admit for a login that can't work here, however long
// it waits.
var ErrRefused = errors.New("the database refuses this login")

// SQLSTATE codes: of a refused login, and of a role that is not there yet.
const (
	invalidAuthorization = "28000"
	invalidPassword      = "28P01"
)

// admitTimeout bounds Admit; a database that is away is waited for elsewhere.
const admitTimeout = 5 * time.Second

// Admit opens a session and closes it again. It returns ErrRefused when the
// database does not let the login in, or when the login is no member of the
// group role; everything else, such as a database that is away or not migrated,
// passes by itself and is no error here.
func Admit(ctx context.Context, cfg *pgx.ConnConfig, role string) error {
	ctx, cancel := context.WithTimeout(ctx, admitTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		if code := sqlState(err); code == invalidAuthorization || code == invalidPassword {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
		return nil
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it was only looked through
	var member bool
	// An error is no refusal: the role is not made yet, or the server ends sessions.
	if err := conn.QueryRow(ctx, "SELECT pg_has_role(current_user, $1, 'USAGE')", role).Scan(&member); err == nil && !member {
		return fmt.Errorf("%w: %s is no member of the group role %s", ErrRefused, cfg.User, role)
	}
	return nil
}

func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}
