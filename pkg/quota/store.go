package quota

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// Store is what a ledger needs of a key-value bucket: a read, a compare-and-set
// (revision 0 creates) and a watch. A jetstream.KeyValue is one, Memory another.
type Store interface {
	Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error)
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	WatchFiltered(ctx context.Context, keys []string, opts ...jetstream.WatchOpt) (jetstream.KeyWatcher, error)
}
