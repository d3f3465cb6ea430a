package staging

import (
	"cmp"
	"slices"
	"time"

	"github.com/cledit/pipeline/services/loader/decode"
)

// stamped is a row with the answer that it stands on.
type stamped[T any] struct {
	row     *T
	at      time.Time // fetched
	expires time.Time // zero for a source whose answers may be kept
	rawID   int64
}

// every takes the rows of one kind from all payloads.
func every[T any](payloads []*Payload, rows func(*decode.Facts) []T) []stamped[T] {
	var all []stamped[T]
	for _, p := range payloads {
		var expires time.Time
		if t := p.expiry(); t != nil {
			expires = *t
		}
		found := rows(&p.Facts)
		for i := range found {
			all = append(all, stamped[T]{&found[i], p.FetchedAt, expires, p.rawID})
		}
	}
	return all
}

// newest keeps for each key the row of the newest answer, sorted by key.
func newest[T any, K cmp.Ordered](rows []stamped[T], key func(*T) K) []stamped[T] {
	return best(rows, key, func(*T) int { return 0 })
}

// best is newest among the rows of the highest rank.
func best[T any, K cmp.Ordered](rows []stamped[T], key func(*T) K, rank func(*T) int) []stamped[T] {
	slices.SortStableFunc(rows, func(a, b stamped[T]) int {
		return cmp.Or(cmp.Compare(key(a.row), key(b.row)),
			cmp.Compare(rank(b.row), rank(a.row)), b.at.Compare(a.at), cmp.Compare(b.rawID, a.rawID))
	})
	return slices.CompactFunc(rows, func(a, b stamped[T]) bool { return key(a.row) == key(b.row) })
}

// rank orders by several virtues, the first of which counts most.
func rank(virtues ...bool) (n int) {
	for _, has := range virtues {
		if n *= 2; has {
			n++
		}
	}
	return n
}

// column turns rows into the array of one of their values.
func column[R, C any](rows []R, value func(*R) C) []C {
	values := make([]C, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return values
}

// jsons is the column of a list; one that the source did not give is NULL.
func jsons[R, E any](rows []R, list func(*R) []E) [][]byte {
	return column(rows, func(r *R) []byte {
		if values := list(r); values != nil {
			return marshal(values)
		}
		return nil
	})
}
