package match

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAPinWaitsForItsRecord(t *testing.T) {
	t.Parallel()
	right := korean(496243, "기생충", day(2019, 5, 30))
	pin := Decision{TmdbID: 7, By: "editor", Why: "seen it", Record: Awaited}
	v := Decide(parasite(), []Candidate{right}, Verdicts{Pin: &pin})
	require.Equal(t, Matched, v.Status, "what the rules say")
	require.Equal(t, int32(496243), *v.TmdbID)
	require.Less(t, v.Score, float32(1))
	require.Contains(t, v.Evidence.Reason, "waiting for tmdb:movie:7")
	require.Equal(t, []int32{7}, v.Evidence.Wanted)

	none := Decide(parasite(), nil, Verdicts{Pin: &pin})
	require.Equal(t, None, none.Status)
	require.Equal(t, []int32{7}, none.Evidence.Wanted)

	pin.Record = Unheard
	lost := Decide(parasite(), []Candidate{right}, Verdicts{Pin: &pin})
	require.Equal(t, Review, lost.Status)
	require.Nil(t, lost.TmdbID)
	require.Contains(t, lost.Evidence.Reason, "TMDB has no film 7, which editor pinned")
	pin.Record = Stored
	require.Equal(t, Pinned, Decide(parasite(), []Candidate{right}, Verdicts{Pin: &pin}).Status)
}

func TestAPersonsNoneStandsUntilSomethingNewIsThere(t *testing.T) {
	t.Parallel()
	right, other := korean(496243, "기생충", day(2019, 5, 30)), korean(9, "기생충", day(2019, 5, 21))
	word := Verdicts{None: &Absence{By: "editor", Why: "a lost film", Shown: []int32{496243}}}
	v := Decide(parasite(), []Candidate{right}, word)
	require.Equal(t, None, v.Status)
	require.Nil(t, v.TmdbID)
	require.Equal(t, []string{"a lost film", "editor", "none"}, []string{v.Evidence.Reason, v.Evidence.DecidedBy, v.Evidence.Verdict})
	require.Len(t, v.Evidence.Candidates, 1, "what was not believed stays in sight")
	require.Empty(t, v.Evidence.Wanted)

	shown := Decide(parasite(), []Candidate{right, other}, word)
	require.Equal(t, Review, shown.Status)
	require.Nil(t, shown.TmdbID, "nobody but a person takes it back")
	require.Contains(t, shown.Evidence.Reason, "was not shown the candidate 9")

	ranked := Decide(parasite(), []Candidate{korean(12, "기생충: 더 시리즈", day(2019, 5, 30)), korean(9, "기생충", nil)}, Verdicts{None: &Absence{By: "editor", Why: "none"}})
	require.Equal(t, Review, ranked.Status)
	judged, _, of := rule(new(parasite()), rank(new(parasite()), []Candidate{korean(12, "기생충: 더 시리즈", day(2019, 5, 30)), korean(9, "기생충", nil)}, nil))
	require.Equal(t, Review, judged)
	require.Contains(t, ranked.Evidence.Reason, fmt.Sprintf("was not shown the candidate %d:", of), "the one that the reason is about")

	unrelated := korean(10, "섬", day(2000, 4, 22))
	require.Equal(t, None, Decide(parasite(), []Candidate{right, unrelated}, word).Status, "it could not be the film")
	word.Banned = []int32{9}
	require.Equal(t, None, Decide(parasite(), []Candidate{right, other}, word).Status)
}

// Whatever was shown, none stands; and nothing is matched against a person's word.
func TestNobodysCandidatesOvercomeAPersonsNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		film, candidates := drawFilm(t), drawCandidates(t)
		word := &Absence{By: "editor", Why: "none"}
		for _, c := range candidates {
			if rapid.Bool().Draw(t, "shown") {
				word.Shown = append(word.Shown, c.TmdbID)
			}
		}
		v := Decide(film, candidates, Verdicts{None: word})
		require.Contains(t, []Status{None, Review}, v.Status)
		require.Nil(t, v.TmdbID)
		for _, c := range candidates {
			word.Shown = append(word.Shown, c.TmdbID)
		}
		require.Equal(t, None, Decide(film, candidates, Verdicts{None: word}).Status)
	})
}
