package policy

import "time"

// Load is how many calls a workload still needs, beside the daily work.
type Load struct {
	Workload WorkloadID
	Calls    int
}

// Supply is what a source gives.
type Supply struct {
	PerSecond float64        // rate limit
	PerDay    int            // calls a day over all keys; 0 without a daily limit
	Today     int            // calls left today; ignored without a daily limit
	Daily     float64        // calls of a day that daily work needs
	DailyDone float64        // of them, what was called today already
	Zone      *time.Location // whose midnight renews the calls
}

// Finish is when a workload has had its calls.
type Finish struct {
	Workload WorkloadID
	Calls    int
	At       time.Time // zero when it is never done: daily work takes everything
}

// ForecastDay is a day's calls.
type ForecastDay struct {
	Date        time.Time // midnight in the zone
	Daily, Load int
}

// forecastDays ends a forecast that does not: some ten years.
const forecastDays = 3650

// Forecast spreads loads, in their order, over the days to come. Each day the
// daily work comes first; calls are made as fast as the rate allows until the
// day's are used up.
func Forecast(loads []Load, s Supply, now time.Time) ([]Finish, []ForecastDay) {
	finish := make([]Finish, len(loads))
	left := 0
	for i, load := range loads {
		finish[i] = Finish{Workload: load.Workload, Calls: load.Calls}
		left += load.Calls
		if load.Calls == 0 {
			finish[i].At = now
		}
	}
	var days []ForecastDay
	next := 0 // the first load that is not done
	remaining := make([]int, len(loads))
	for i, load := range loads {
		remaining[i] = load.Calls
	}
	for at := now; left > 0 && len(days) < forecastDays; at = s.midnight(at) {
		day, capacity := s.day(at, at.Equal(now))
		for next < len(loads) && (remaining[next] == 0 || capacity > 0) {
			n := min(remaining[next], capacity)
			remaining[next], capacity, left, day.Load = remaining[next]-n, capacity-n, left-n, day.Load+n
			if remaining[next] > 0 {
				break
			}
			if loads[next].Calls > 0 {
				finish[next].At = at.Add(s.takes(day.Daily + day.Load))
			}
			next++
		}
		days = append(days, day)
	}
	return finish, days
}

func (s Supply) midnight(t time.Time) time.Time {
	y, m, d := t.In(s.Zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, s.Zone)
}

// day is the daily work of a day that begins at a time, and the calls left then.
func (s Supply) day(at time.Time, today bool) (ForecastDay, int) {
	y, m, d := at.In(s.Zone).Date()
	day := ForecastDay{Date: time.Date(y, m, d, 0, 0, 0, 0, s.Zone), Daily: int(s.Daily + 0.5)}
	capacity := int(s.midnight(at).Sub(at).Seconds() * s.PerSecond)
	limit := s.PerDay
	if today {
		day.Daily = int(max(0, s.Daily-s.DailyDone) + 0.5)
		limit = s.Today
	}
	if s.PerDay > 0 {
		capacity = min(capacity, limit)
	}
	return day, max(0, capacity-day.Daily)
}

// takes is how long a number of calls takes at the rate.
func (s Supply) takes(calls int) time.Duration {
	return time.Duration(float64(calls) / s.PerSecond * float64(time.Second))
}
