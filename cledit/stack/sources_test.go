package stack

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
)

// Yesterday has a box office whenever the demonstration runs, and no other day more than
// the tables have.
func TestTheSimulatedBoxOfficeReachesYesterday(t *testing.T) {
	t.Parallel()
	world, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	films := world.KOBIS.Catalogue()
	recorded := films.BoxOfficeDays()
	last := recorded[len(recorded)-1]
	at, err := time.Parse(dayForm, last)
	require.NoError(t, err)

	now := at.AddDate(0, 0, 20).Add(-9*time.Hour + time.Minute) // a minute past midnight in Seoul
	catchUp(films, now)
	days := films.BoxOfficeDays()
	require.Len(t, days, len(recorded)+1)
	require.Equal(t, at.AddDate(0, 0, 19).Format(dayForm), days[len(days)-1])
	require.Equal(t, films.BoxOffice(last), films.BoxOffice(days[len(days)-1]))
	require.NotEmpty(t, films.BoxOffice(last))

	catchUp(films, now.AddDate(0, 0, -100))
	require.Equal(t, days, films.BoxOfficeDays(), "never in the future, and nothing twice")
}
