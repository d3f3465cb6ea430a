// Package clocktest says when the worlds of tests begin, so that they can be run at
// other days than today's.
//
// A world has one clock, which begins at Start and is moved by its test. NATS and
// Postgres keep the machine's time beside it, so whatever compares the two fails
// where the world's day is another. No test names a day that such a clock decides:
// it counts days from Start.
package clocktest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// variable moves the beginning: a duration such as -30m, a number of days such as
// 400d, or an instant such as 2028-02-29T12:00:00+09:00.
const variable = "CLEDIT_TEST_CLOCK"

// noon keeps a world that nobody moved far from the midnights of Seoul and of UTC,
// whatever the time of day of the run.
const noon = 3 * time.Hour

// At is when worlds begin, in UTC: noon in Seoul of the day of the run, or what
// CLEDIT_TEST_CLOCK says. It is the same for a whole run, past midnight as well, and panics
// when CLEDIT_TEST_CLOCK can't be read.
var At = sync.OnceValue(func() time.Time {
	at, err := begin(time.Now(), os.Getenv(variable))
	if err != nil {
		panic(err)
	}
	return at
})

// Start is At, and tells a test that fails when its world began.
func Start(t testing.TB) time.Time {
	t.Helper()
	t.Logf("the world begins at %s; %s=%[1]s begins it there again", At().Format(time.RFC3339), variable)
	return At()
}

func begin(now time.Time, moved string) (time.Time, error) {
	y, m, d := now.In(time.FixedZone("Seoul", 9*60*60)).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Add(noon)
	if moved == "" {
		return today, nil
	}
	if at, err := time.Parse(time.RFC3339, moved); err == nil {
		return at.UTC(), nil
	}
	if days, ok := strings.CutSuffix(moved, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil {
			return today.AddDate(0, 0, n), nil
		}
	}
	by, err := time.ParseDuration(moved)
	if err != nil {
		return time.Time{}, fmt.Errorf(
			"%s=%q is neither an instant such as 2028-02-29T12:00:00+09:00 nor days such as 400d nor a duration such as -30m",
			variable, moved,
		)
	}
	return today.Add(by), nil
}
