package quota

import (
	"errors"

	"github.com/cledit/pipeline/pkg/quota/internal/record"
)

var (
	// ErrLapsed is returned by Start when the ledger no longer covers the
	// permit. Nothing may be sent; Settle it as Cancelled and acquire again.
	ErrLapsed = errors.New("permit has lapsed")

	// ErrHalted is returned by Acquire when every configured key is disabled as
	// invalid. WaitRevived returns when that changes.
	ErrHalted = errors.New("every key is invalid")

	// ErrClosed is returned by what is called after Close.
	ErrClosed = errors.New("quota ledger is closed")

	// ErrBadConfig marks a configuration that no ledger can be opened with.
	ErrBadConfig = errors.New("malformed quota configuration")

	// ErrBadRecord marks a stored value that this version cannot read. It is
	// never overwritten.
	ErrBadRecord = record.ErrUnreadable
)
