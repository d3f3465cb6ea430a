package policy

import (
	"maps"

	"github.com/cledit/pipeline/pkg/messages"
)

// Room is how much a source can take.
type Room struct {
	Budget      int  // calls left today; math.MaxInt without a daily limit
	Registered  bool // a fetcher has told its keys; else the budget is assumed
	HighWater   int  // outstanding jobs allowed
	Outstanding int  // jobs that are out already and will spend budget
	// KeptBack is how many calls of the budget each stage leaves to what the day
	// still brings for others.
	KeptBack map[StageID]int
}

// Runnable is how many of the outstanding jobs can run now: what fetchers are
// scaled on.
func (r Room) Runnable() int { return max(0, min(r.Outstanding, r.Budget)) }

// Free is how many more jobs of a stage may be published.
func (r Room) Free(stage StageID) int {
	return max(0, min(r.Budget-r.KeptBack[stage], r.HighWater)-r.Outstanding)
}

// Offer is what the stages have to offer: for each, due calls in order.
type Offer map[StageID][]Due

// Choose takes the best calls that each source has room for, in the order in
// which they are to be published. A call that taken reports is passed over, as is
// a name that was chosen already: two stages may want the same answer.
func Choose(rooms map[messages.Source]Room, offer Offer, taken func(messages.Name) bool) []Due {
	var chosen []Due
	rooms = maps.Clone(rooms)
	names := map[messages.Name]bool{}
	for _, stage := range Stages {
		room := rooms[stage.Source]
		for _, due := range offer[stage.ID] {
			if room.Free(stage.ID) == 0 {
				break
			}
			if names[due.Name] || taken(due.Name) {
				continue
			}
			names[due.Name] = true
			room.Outstanding++
			chosen = append(chosen, due)
		}
		rooms[stage.Source] = room
	}
	return chosen
}
