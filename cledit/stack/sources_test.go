package stack

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
)

// The last week has a box office whenever the demonstration runs, and no other day more
// than the tables have.
func TestTheSimulatedBoxOfficeReachesYesterday(t *testing.T) {
	t.Parallel()
	world, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	films := world.KOBIS.Catalogue()
	recorded := films.BoxOfficeDays()
	last, err := time.Parse(dayForm, recorded[len(recorded)-1])
	require.NoError(t, err)

	now := last.AddDate(0, 0, 20).Add(-9*time.Hour + time.Minute) // a minute past midnight in Seoul
	catchUp(films, now)
	days := films.BoxOfficeDays()
	require.Len(t, days, len(recorded)+7)
	for i, day := range days[len(recorded):] {
		require.Equal(t, last.AddDate(0, 0, 13+i).Format(dayForm), day)
		require.Equal(t, films.BoxOffice(recorded[len(recorded)-7+i]), films.BoxOffice(day))
		require.NotEmpty(t, films.BoxOffice(day))
	}

	catchUp(films, now.AddDate(0, 0, -100))
	require.Equal(t, days, films.BoxOfficeDays(), "never in the future, and nothing twice")

	other, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	films = other.KOBIS.Catalogue()
	catchUp(films, now.AddDate(0, 0, -17)) // two days behind the last of the tables
	require.Len(t, films.BoxOfficeDays(), len(recorded)+2)
}
