package loader

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cledit/pipeline/services/loader/derive"
)

var (
	errNoConsumer  = errors.New("the consumer does not exist; the planner creates it")
	errGrace       = errors.New("stopping: the grace period is over")
	errPanic       = errors.New("the program failed on this payload")
	errTransaction = errors.New("the transaction took longer than its limit")
	errSilent      = errors.New("the database did not answer in time")
	errDeadly      = errors.New("the process ended three times in a row while trying this alone")
	errHeld        = errors.New("too many answers of a kind break their contract, so the others are held")
	errUnheld      = errors.New("the payload can't be read any more")
)

// fault says what a failed transaction means.
type fault int

const (
	unavailable fault = iota // the database can't work now: try again later
	conflict                 // with another worker: try again at once
	refused                  // it will never take this data
)

// SQLSTATE codes and classes, https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	foreignKeyViolation  = "23503"

	classCardinality = "21"
	classData        = "22"
	classIntegrity   = "23"
	classLimit       = "54" // a body nested too deep for the server, say
)

// classify reads an error of a transaction. Only what is surely about the data
// counts as refused; all else is waited out, because a batch that goes to DEAD
// for a full disk is work for a person.
func classify(err error, connected bool) fault {
	if errors.Is(err, derive.ErrPanic) || errors.Is(err, errUnheld) {
		return refused
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if connected && !pgconn.Timeout(err) && !errors.Is(err, context.Canceled) && isEncoding(err) {
			return refused
		}
		return unavailable
	}
	switch pg.Code {
	case serializationFailure, deadlockDetected, foreignKeyViolation:
		// Staging refers to nothing; a title's person or company may go away between
		// two statements of a derivation, and is there again in the next.
		return conflict
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case classCardinality, classData, classIntegrity, classLimit:
		return refused
	}
	return unavailable
}

// contended tells an error that is about others at the same rows, and never about
// the data.
func contended(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == serializationFailure || pg.Code == deadlockDetected)
}

// isEncoding tells a value that the driver could not put into a parameter.
func isEncoding(err error) bool {
	return strings.Contains(err.Error(), "failed to encode") || strings.Contains(err.Error(), "unable to encode")
}

// detail is what the server adds to an error for anyone who looks into it.
func detail(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Detail + " " + pg.Where
	}
	return ""
}
