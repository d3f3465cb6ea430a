package worker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func newTestDoubts() *doubts {
	return newDoubts(Config{Concurrency: 4, Now: time.Now, Backoff: Backoff{Base: time.Second, Max: time.Minute, Attempts: 8}})
}

// said is an answer: way is empty where it brought what was asked for.
type said struct {
	known bool
	way   string
}

// suspicious says the same as tallies do, from the whole history since the doubt's
// last end.
func suspicious(history []said) bool {
	last := history[len(history)-1]
	if last.way == "" || last.way == notFound && !last.known {
		return false
	}
	var ways []string
	for _, s := range history {
		isRefusal := s.way != "" && s.way != notFound
		switch {
		case last.way != notFound && isRefusal:
			ways = append(ways, s.way)
		case last.way != notFound:
			ways = append(ways, "")
		case s.known && !isRefusal:
			ways = append(ways, s.way)
		}
	}
	row, of := 0, 0
	for i := len(ways) - 1; i >= 0 && ways[i] == last.way; i-- {
		row++
	}
	for _, way := range ways[max(0, len(ways)-lastAnswers):] {
		if way == last.way {
			of++
		}
	}
	return row >= alikeInARow || of >= alikeOfLast
}

// Whatever a source says, exactly what is suspicious begins a doubt, everything
// suspicious is held until an answer speaks against it, and nothing else ever is.
func TestOnlyWhatIsSuspiciousIsHeld(t *testing.T) {
	t.Parallel()
	var begun, ended int
	rapid.Check(t, func(t *rapid.T) {
		d := newTestDoubts()
		var history, answers []said
		for range rapid.IntRange(1, 30).Draw(t, "runs") {
			ways := rapid.SliceOfN(rapid.SampledFrom([]string{"", notFound, notFound, "status 403", "error 31"}), 1, 3).Draw(t, "ways")
			known := rapid.IntRange(0, 3).Draw(t, "known") > 0
			for i := range rapid.IntRange(1, 60).Draw(t, "length") {
				answers = append(answers, said{known, ways[i%len(ways)]})
			}
		}
		why := ""
		for _, s := range answers {
			held, turned := d.judge(time.Now(), s.known, s.way)
			if why == "" {
				history = append(history, s)
				require.Equal(t, suspicious(history), held)
				require.Equal(t, held, turned == doubted)
				if held {
					why, begun = s.way, begun+1
				}
				continue
			}
			against := s.way == "" && (s.known || why != notFound) || s.way == notFound && why != notFound
			require.Equal(t, against, turned == relieved)
			require.Equal(t, s.way != "" && !against, held)
			if against {
				why, history, ended = "", nil, ended+1
			}
		}
	})
	require.Positive(t, begun)
	require.Positive(t, ended)
}

// Half of the last answers make a doubt, though there are never many in a row.
func TestHalfOfTheLastAnswersMakeADoubt(t *testing.T) {
	t.Parallel()
	for _, way := range []string{notFound, "status 403"} {
		d := newTestDoubts()
		for i := range alikeOfLast {
			held, _ := d.judge(time.Now(), true, way)
			require.Equal(t, i == alikeOfLast-1, held, "%s, the %d.", way, i+1)
			if !held {
				_, turned := d.judge(time.Now(), true, "")
				require.Equal(t, asBefore, turned)
			}
		}
	}
}

func TestADoubtedSourceIsProbedAfterPausesThatGrowToAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newTestDoubts()
		for range alikeInARow {
			d.judge(time.Now(), true, notFound)
		}
		var last time.Duration
		for range 30 {
			began := time.Now()
			admitted, err := d.probing.admit(t.Context(), 4)
			require.NoError(t, err)
			require.Equal(t, 1, admitted)
			last = time.Since(began)
			require.LessOrEqual(t, last, time.Hour)
			held, _ := d.judge(time.Now(), true, notFound)
			require.True(t, held)
		}
		require.Greater(t, last, 20*time.Minute)

		began := time.Now()
		_, err := d.probing.admit(t.Context(), 4)
		require.NoError(t, err)
		d.judge(time.Now(), false, "")
		admitted, err := d.probing.admit(t.Context(), 4)
		require.NoError(t, err)
		require.Equal(t, 1, admitted, "what was never read brings no relief")
		require.LessOrEqual(t, time.Since(began), time.Hour, "and nobody waits for it")
		_, turned := d.judge(time.Now(), true, "")
		require.Equal(t, relieved, turned)
		admitted, err = d.probing.admit(t.Context(), 4)
		require.NoError(t, err)
		require.Equal(t, 4, admitted)
	})
}

func TestWhatAPersonBelievesIsNotDoubted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newTestDoubts()
		tell := func() (held bool) {
			for range alikeInARow {
				held, _ = d.judge(time.Now(), true, notFound)
			}
			return held
		}
		require.True(t, tell())
		require.Equal(t, asBefore, d.believe(time.Now()), "a word of the past")
		require.Equal(t, relieved, d.believe(time.Now().Add(time.Hour)))
		require.False(t, tell())
		<-time.After(time.Hour)
		require.True(t, tell())
	})
}
