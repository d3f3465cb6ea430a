// Package instant compares times of which some may not be known. It fails in no way.
package instant

import "time"

// Earlier is the earlier of two times; zero is earlier than every other.
func Earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// EarlierKnown is the earlier of two times of which zero says that none is known.
func EarlierKnown(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
