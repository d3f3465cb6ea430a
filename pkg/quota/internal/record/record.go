// Package record is the form that the quota ledger's records have in common: JSON
// with a version. It does no I/O. What a later version wrote is refused, and never
// overwritten.
package record

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Version is written into every record; a higher one is not touched.
const Version = 1

// ErrUnreadable marks a stored value that this version cannot read.
var ErrUnreadable = errors.New("unreadable quota record")

// Decode reads a record. The error wraps ErrUnreadable.
func Decode(value []byte, into any) error {
	var header struct {
		Version int `json:"v"`
	}
	err := json.Unmarshal(value, &header)
	if err == nil && header.Version > Version {
		return fmt.Errorf("%w: version %d is newer than this binary supports (%d)", ErrUnreadable, header.Version, Version)
	}
	if err == nil {
		err = json.Unmarshal(value, into)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return nil
}

// Encode writes a record. A record is strings and numbers: it can always be written.
func Encode(record any) []byte {
	value, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("encoding a quota record: %v", err))
	}
	return value
}
