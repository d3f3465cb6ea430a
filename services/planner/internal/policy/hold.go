package policy

import "time"

const (
	// AnsweredHold is how long a call is held that was answered and is still due. Its
	// answer changed no fact that it depends on, so repeating it at once would only
	// spend quota.
	AnsweredHold = time.Hour
	// RefusedHold is how long a call is held that NATS refuses for what it is.
	RefusedHold = 24 * time.Hour
)

// deathHolds are the times for which a name is not planned again after its first,
// second and further deaths.
var deathHolds = []time.Duration{time.Hour, 4 * time.Hour, 12 * time.Hour, day, 2 * day, 4 * day, 7 * day}

// DeathHold is how long a name is not planned again that dies, having died as often as
// given since it was last answered.
func DeathHold(before int) time.Duration { return deathHolds[min(before, len(deathHolds)-1)] }
