package schema

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cledit/pipeline/pkg/trust"
)

// What Admit returns for a login that can't work here, however long it waits.
var (
	// ErrRefused: the login is not let in, or is another service's.
	ErrRefused = errors.New("the database refuses this login")
	// ErrTLS: the database is not reached over TLS as configured.
	ErrTLS = errors.New("the database and this program do not agree on TLS")
)

// SQLSTATE codes: of a refused login, and of a role that is not there yet.
const (
	invalidAuthorization = "28000"
	invalidPassword      = "28P01"
)

// What the driver and the server say, in words alone.
const (
	noTLS   = "server refused TLS connection"
	onlyTLS = "no encryption"
)

// admitTimeout bounds Admit; a database that is away is waited for elsewhere.
const admitTimeout = 5 * time.Second

// Admit opens a session and closes it again. It returns ErrRefused when the
// database does not let the login in, or when the login is not a member of the
// group role, and ErrTLS when one side wants TLS and the other has none, or the
// server's certificate is not accepted; everything else, such as a database that
// is away or not migrated, passes by itself and is not an error here.
func Admit(ctx context.Context, cfg *pgx.ConnConfig, role string) error {
	ctx, cancel := context.WithTimeout(ctx, admitTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		return refusal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it was only looked through
	var member bool
	// An error is not a refusal: the role is not made yet, or the server ends sessions.
	if err := conn.QueryRow(ctx, "SELECT pg_has_role(current_user, $1, 'USAGE')", role).Scan(&member); err == nil && !member {
		return fmt.Errorf("%w: %s is not a member of role %s", ErrRefused, cfg.User, role)
	}
	return nil
}

// refusal is what an error of connecting means that waiting does not mend; nil for
// others.
func refusal(err error) error {
	code := sqlState(err)
	switch remedy := trust.Remedy(err, "sslrootcert in DATABASE_URL"); {
	case remedy != "":
		return fmt.Errorf("%w: %s: %w", ErrTLS, remedy, err)
	case strings.Contains(err.Error(), noTLS):
		return fmt.Errorf("%w: the server has no TLS: give it a certificate, or write sslmode=disable in DATABASE_URL: %w", ErrTLS, err)
	case code == invalidAuthorization && strings.Contains(err.Error(), onlyTLS):
		return fmt.Errorf("%w: the server lets nobody in without TLS, or not from here: "+
			"write sslmode=verify-full and sslrootcert in DATABASE_URL: %w", ErrTLS, err)
	case code == invalidAuthorization || code == invalidPassword:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}
