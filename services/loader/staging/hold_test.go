package staging

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// An answer that comes again with the bytes of one that is loaded is as good as that:
// a kind that is held since takes nothing of it out of the tables' sight.
func TestWhatIsLoadedIsNotHeldForComingAgain(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	a := &answerings[1]
	w.land(a.answer(noon, "told", well, well))
	for i := range 20 {
		require.NoError(t, pgx.BeginFunc(w.context(), w.conn, func(tx pgx.Tx) error {
			return CountBreach(w.context(), tx, messages.Name{Source: a.source, Kind: a.kind, Key: "20190009"}, noon.Add(time.Hour+time.Duration(i)*time.Second), "broken", w.now)
		}))
	}
	w.land(a.answer(noon.Add(2*time.Hour), "told", well, well))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM raw.held"))
	require.Equal(t, noon.Add(2*time.Hour), ask[time.Time](w, "SELECT fetched_at FROM staging.kobis_movie_details").UTC())
	w.land(a.answer(noon.Add(3*time.Hour), "other", well, well))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM raw.held"))
	text, _ := both(w, a.row)
	require.Equal(t, "told", *text)

	held := w.decode(a.answer(noon.Add(3*time.Hour), "other", well, well), 9)
	require.NoError(t, pgx.BeginFunc(w.context(), w.conn, func(tx pgx.Tx) error {
		_, err := LandHeld(w.context(), tx, held, w.now)
		return err
	}))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM raw.held"))
	text, _ = both(w, a.row)
	require.Equal(t, "other", *text)
}
