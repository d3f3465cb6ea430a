package policy

import (
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// Due is a call that is wanted from a time on.
type Due struct {
	Name     messages.Name
	Params   map[string]string
	Workload WorkloadID
	Rank     int64     // order within the workload, smallest first
	At       time.Time // not wanted before; zero: at once
}

const day = 24 * time.Hour

// refreshLead is how long before its expiry an answer of TMDB is read again.
const refreshLead = 30 * day

// lastRank is behind every date.
const lastRank = int64(1) << 40

// newestFirst ranks by date, the latest first; no date stands last.
func newestFirst(date *time.Time) int64 {
	if date == nil {
		return lastRank
	}
	return -date.Unix() / int64(day/time.Second)
}
