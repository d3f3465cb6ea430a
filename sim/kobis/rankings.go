package kobis

import (
	"maps"
	"slices"
	"sync"
)

// BoxOffice is one day's or week's ranking. Body, where it was recorded, is what
// the API sent.
type BoxOffice struct {
	Type, Range, Week string
	Rows              []BoxOfficeRow
	Body              []byte
	// Generated: made up by the function of GenerateBoxOffice.
	Generated bool
}

// rankings are the box offices of days and weeks.
type rankings struct {
	mu       sync.RWMutex
	daily    map[string]BoxOffice
	madeUp   map[string]BoxOffice // days that generate made
	weekly   map[string]BoxOffice
	generate func(day string) []BoxOfficeRow
}

// SetBoxOffice sets the ranking of a day, YYYYMMDD.
func (r *rankings) SetBoxOffice(day string, b BoxOffice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.daily[day] = b
}

// SetWeekly sets the ranking of the week that the day, YYYYMMDD, is asked for.
func (r *rankings) SetWeekly(day string, b BoxOffice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.weekly[day] = b
}

// ClearBoxOffice takes the ranking of a day away.
func (r *rankings) ClearBoxOffice(day string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.daily, day)
}

// GenerateBoxOffice makes up every day that is not set, once and for all when it
// is first asked for. The function must not ask the catalogue for a day.
func (r *rankings) GenerateBoxOffice(f func(day string) []BoxOfficeRow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.generate = f
}

// BoxOfficeDays are the days that are set, YYYYMMDD, ascending.
func (r *rankings) BoxOfficeDays() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.daily))
}

// BoxOffice is the ranking of a day, YYYYMMDD; empty where nothing is known.
func (r *rankings) BoxOffice(day string) []BoxOfficeRow { return r.day(day).Rows }

// Weeks are the days for which a weekly ranking is set, ascending.
func (r *rankings) Weeks() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.weekly))
}

// Ranking is the daily or weekly ranking that is set for a day, with its titles.
func (r *rankings) Ranking(day string, weekly bool) BoxOffice {
	if !weekly {
		return r.day(day)
	}
	week, _ := r.week(day)
	return week
}

// day gives the ranking that is set or made up.
func (r *rankings) day(day string) BoxOffice {
	r.mu.RLock()
	b, known := r.daily[day]
	if !known {
		b, known = r.madeUp[day]
	}
	generate := r.generate
	r.mu.RUnlock()
	if !known && generate != nil {
		b = r.makeUp(day, generate(day))
	}
	b.Type, b.Range = "일별 박스오피스", day+"~"+day
	return b
}

// makeUp keeps the rows for a day, unless another request was faster.
func (r *rankings) makeUp(day string, rows []BoxOfficeRow) BoxOffice {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b, known := r.madeUp[day]; known {
		return b
	}
	r.madeUp[day] = BoxOffice{Rows: rows, Generated: true}
	return r.madeUp[day]
}

func (r *rankings) week(day string) (BoxOffice, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	b, ok := r.weekly[day]
	return b, ok
}
