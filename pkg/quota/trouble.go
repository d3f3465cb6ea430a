package quota

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// troubleKept is how long a trouble is believed that nobody has written again:
// the process that did has gone.
const troubleKept = 5 * time.Minute

// Trouble is what a fetcher has last said is wrong with its source. It stands beside
// the ledger, for those who only look, and decides nothing.
type Trouble struct {
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

// TroubleKey is where the trouble of a source is in the bucket.
func TroubleKey(source string) string { return source + ".trouble" }

// ReadTrouble tells what is wrong with a source at now; "" when no fetcher has said
// that something is.
func ReadTrouble(ctx context.Context, store Store, source string, now time.Time) (string, error) {
	var t Trouble
	_, err := readRecord(ctx, store, TroubleKey(source), func(value []byte) error {
		if err := json.Unmarshal(value, &t); err != nil {
			return fmt.Errorf("%w: %w", ErrBadRecord, err)
		}
		return nil
	})
	if err != nil || now.Sub(t.At) > troubleKept {
		return "", err
	}
	return t.Why, nil
}
