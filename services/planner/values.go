package planner

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Seoul is the zone of KOBIS's days and of the schedule.
var Seoul = policy.Seoul

// Size is a number of bytes; it is read from forms such as 8GiB, 500MB or 1048576.
type Size int64

var units = []struct {
	suffix string
	bytes  float64
}{
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"tib", 1 << 40},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"tb", 1e12},
	{"b", 1},
	{"", 1},
}

// UnmarshalText reads a size of at least one byte.
func (s *Size) UnmarshalText(text []byte) error {
	lower := strings.ToLower(strings.TrimSpace(string(text)))
	for _, unit := range units {
		number, ok := strings.CutSuffix(lower, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n*unit.bytes < 1 || n*unit.bytes > math.MaxInt64/2 {
			break
		}
		*s = Size(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("%q is not a size such as 8GiB", text)
}

// MarshalText writes the number of bytes.
func (s Size) MarshalText() ([]byte, error) { return []byte(strconv.FormatInt(int64(s), 10)), nil }

// Date is a calendar day, as midnight UTC; zero for none.
type Date struct{ time.Time }

// UnmarshalText reads YYYY-MM-DD.
func (d *Date) UnmarshalText(text []byte) error {
	day, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is not a date YYYY-MM-DD", text)
	}
	d.Time = day
	return nil
}

// MarshalText writes YYYY-MM-DD, nothing for none.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.Format(time.DateOnly)), nil
}

// Schedule is a cron expression of five fields, in Asia/Seoul.
type Schedule string

// UnmarshalText reads an expression such as "15 4 * * *" or "@daily".
func (s *Schedule) UnmarshalText(text []byte) error {
	expression := string(text)
	named := strings.HasPrefix(expression, "@")
	if (!named && len(strings.Fields(expression)) != cronFields) || !gronx.IsValid(expression) {
		return fmt.Errorf("%q is not a cron expression such as 15 4 * * *", text)
	}
	*s = Schedule(expression)
	return nil
}

// cronFields are minute, hour, day of the month, month and day of the week.
const cronFields = 5

// Next is the first time of the schedule after t; a day later without a schedule,
// or with one that never comes, such as of 30 February.
func (s Schedule) Next(t time.Time) time.Time {
	if s != "" {
		if next, err := gronx.NextTickAfter(string(s), t.In(Seoul), false); err == nil {
			return next
		}
	}
	return t.Add(24 * time.Hour)
}
