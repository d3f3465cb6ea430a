package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// situation is a random state to choose in.
type situation struct {
	capacities map[messages.Source]policy.Capacity
	offer      policy.Offer
	taken      map[messages.Name]bool
}

func (s situation) choose() []policy.Due {
	return policy.Choose(s.capacities, s.offer, func(n messages.Name) bool { return s.taken[n] })
}

func anySituation(t *rapid.T) situation {
	s := situation{capacities: map[messages.Source]policy.Capacity{}, offer: policy.Offer{}, taken: map[messages.Name]bool{}}
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		s.capacities[source] = policy.Capacity{
			Budget:      rapid.IntRange(0, 40).Draw(t, "budget"),
			HighWater:   rapid.IntRange(1, 40).Draw(t, "high water"),
			Outstanding: rapid.IntRange(0, 30).Draw(t, "outstanding"),
			KeptBack:    map[policy.WorkloadID]int{},
		}
	}
	before := map[messages.Source]int{} // a workload leaves as much as those before it, or more
	for _, workload := range policy.Workloads {
		before[workload.Source] += rapid.IntRange(0, 3).Draw(t, "kept back")
		s.capacities[workload.Source].KeptBack[workload.ID] = before[workload.Source]
		for i := range rapid.IntRange(0, 8).Draw(t, "due") {
			// Names repeat across workloads of a kind: two workloads may want one answer.
			name := messages.Name{Source: workload.Source, Kind: workload.Kind, Key: fmt.Sprint(rapid.IntRange(0, 15).Draw(t, "key"))}
			s.offer[workload.ID] = append(s.offer[workload.ID], policy.Due{Name: name, Workload: workload.ID, Rank: int64(i)})
			if rapid.Bool().Draw(t, "taken") {
				s.taken[name] = true
			}
		}
	}
	return s
}

func TestChooseNeverExceedsRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySituation(t)
		chosen := map[messages.Source]int{}
		for _, due := range s.choose() {
			chosen[due.Name.Source]++
		}
		for source, capacity := range s.capacities {
			if chosen[source] == 0 {
				continue
			}
			total := capacity.Outstanding + chosen[source]
			require.LessOrEqual(t, total, capacity.Budget, "within the budget")
			require.LessOrEqual(t, total, capacity.HighWater, "below the high-water mark")
		}
	})
}

func TestChooseLeavesWhatIsKeptBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySituation(t)
		total := map[messages.Source]int{}
		for _, due := range s.choose() {
			total[due.Name.Source]++
			capacity := s.capacities[due.Name.Source]
			require.LessOrEqual(t, capacity.Outstanding+total[due.Name.Source], capacity.Budget-capacity.KeptBack[due.Workload])
		}
	})
}

func TestChooseNeverTakesWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySituation(t)
		seen := map[messages.Name]bool{}
		for _, due := range s.choose() {
			require.False(t, s.taken[due.Name], "%s is outstanding", due.Name)
			require.False(t, seen[due.Name], "%s stands twice", due.Name)
			seen[due.Name] = true
		}
	})
}

func TestChooseKeepsPriorities(t *testing.T) {
	t.Parallel()
	order := map[policy.WorkloadID]int{}
	for i, workload := range policy.Workloads {
		order[workload.ID] = i
	}
	rapid.Check(t, func(t *rapid.T) {
		s := anySituation(t)
		chosen := s.choose()
		names := map[messages.Name]bool{}
		for i, due := range chosen {
			names[due.Name] = true
			if i == 0 || chosen[i-1].Name.Source != due.Name.Source {
				continue
			}
			before := chosen[i-1]
			require.LessOrEqual(t, order[before.Workload], order[due.Workload], "workloads in order")
			if before.Workload == due.Workload {
				require.Less(t, before.Rank, due.Rank, "ranks in order")
			}
		}
		for _, last := range chosen {
			requireNoneSkipped(t, s, names, order, last)
		}
	})
}

// requireNoneSkipped fails when a workload before that of a chosen call still had
// something to offer that was not chosen.
func requireNoneSkipped(t *rapid.T, s situation, chosen map[messages.Name]bool, order map[policy.WorkloadID]int, last policy.Due) {
	for _, workload := range policy.Workloads {
		if workload.Source != last.Name.Source || order[workload.ID] >= order[last.Workload] || workload.Class != policy.Daily {
			continue
		}
		for _, due := range s.offer[workload.ID] {
			require.True(t, s.taken[due.Name] || chosen[due.Name], "%s of %s waits while %s of %s is chosen", due.Name, workload.ID, last.Name, last.Workload)
		}
	}
}

func TestChooseIsDeterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySituation(t)
		first := s.choose()
		require.Equal(t, first, s.choose())
	})
}

func TestChooseTakesEverythingInTheEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySituation(t)
		clear(s.taken)
		for source := range s.capacities {
			s.capacities[source] = policy.Capacity{Budget: 3, HighWater: 2, KeptBack: map[policy.WorkloadID]int{policy.DetailBack: 1}}
		}
		wanted := map[messages.Name]bool{}
		for _, due := range s.offer {
			for _, d := range due {
				wanted[d.Name] = true
			}
		}
		for range len(wanted) + 1 {
			for _, due := range s.choose() {
				delete(wanted, due.Name)
				s.answer(due.Name)
			}
		}
		require.Empty(t, wanted)
	})
}

// answer removes a call from what is offered: its answer satisfies anyone who wants it.
func (s situation) answer(name messages.Name) {
	for workload, due := range s.offer {
		s.offer[workload] = slices.DeleteFunc(due, func(d policy.Due) bool { return d.Name == name })
	}
}

func TestRunnableIsWhatCanRunNow(t *testing.T) {
	t.Parallel()
	require.Equal(t, 3, policy.Capacity{Budget: 3, Outstanding: 10}.Runnable())
	require.Equal(t, 10, policy.Capacity{Budget: 100, Outstanding: 10}.Runnable())
	require.Zero(t, policy.Capacity{Budget: 0, Outstanding: 10}.Runnable(), "fetchers scale to zero when the quota is exhausted")
}

func TestStagesAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[policy.WorkloadID]bool{}
	for _, workload := range policy.Workloads {
		require.False(t, seen[workload.ID], "%s stands twice", workload.ID)
		seen[workload.ID] = true
		require.NotEmpty(t, workload.Why)
		got, ok := policy.WorkloadOf(workload.ID)
		require.True(t, ok)
		require.Equal(t, workload, got)
	}
}
