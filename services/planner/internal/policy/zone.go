package policy

import (
	"time"
	_ "time/tzdata" // Asia/Seoul has to be there in every image
)

// Seoul is the zone of KOBIS's days and of the schedule.
var Seoul = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil { // compiled in
		panic(err)
	}
	return zone
}()
