package catalogue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

// A window that claims to have lost most of its films is asked again a day later
// before all of their details are, and the whole list an hour later.
func TestACollapseIsAskedAgainBeforeItIsBelieved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	unlisted := func(map[string]bool) ([]string, error) { return []string{"20190001"}, nil }
	for _, tt := range []struct {
		total, known int
		doubted      bool
	}{{0, 500, true}, {249, 500, true}, {250, 500, false}, {0, 19, false}} {
		facts := catalogue.Facts{Now: now, Again: now.Add(28 * 24 * time.Hour), Known: func() (int, error) { return tt.known, nil }}
		page := catalogue.Page{Number: 1, Total: tt.total, FetchedAt: now}
		step, err := catalogue.StepYear(catalogue.Window{Scope: catalogue.Made(2000), Phase: catalogue.Checking}, []catalogue.Page{page}, facts, unlisted)
		require.NoError(t, err)
		require.Equal(t, tt.doubted, step.Window.Phase == catalogue.Complete && step.Window.CompletedAt == nil && len(step.Edited) == 0, "%v: %s", tt, step.Window.Evidence)
		if tt.doubted {
			require.Equal(t, now.Add(24*time.Hour), step.Window.DueAt)
			require.Contains(t, step.Window.Evidence, "500 films known")

			facts.Now, page.FetchedAt = step.Window.DueAt, step.Window.DueAt
			page.Total = 0
			facts.Newest = &now
			step, err = catalogue.StepYear(step.Window, nil, facts, unlisted)
			require.NoError(t, err)
			require.Equal(t, []int{1}, step.Want)
			step, err = catalogue.StepYear(step.Window, []catalogue.Page{page}, facts, unlisted)
			require.NoError(t, err)
			require.Equal(t, []string{"20190001"}, step.Edited, "the same again: the details decide")
			require.NotNil(t, step.Window.CompletedAt)
		}
		all, err := catalogue.StepAll(catalogue.Window{Scope: catalogue.All, Phase: catalogue.Head, ReadAt: &now}, []catalogue.Page{page}, facts)
		require.NoError(t, err)
		if tt.doubted {
			require.Equal(t, facts.Now.Add(time.Hour), all.Window.DueAt, "%v", tt)
		}
	}
}

// A window that was judged before is the same one: a collapse that its list claims twice,
// with the same figures, is believed the second time, not passed over as known.
func TestACollapseOfAJudgedWindowIsBelievedTheSecondTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	judged := now.Add(-28 * 24 * time.Hour)
	unlisted := func(map[string]bool) ([]string, error) { return []string{"20190001"}, nil }
	window := catalogue.Window{
		Scope: catalogue.Made(2000), Phase: catalogue.Complete, DueAt: now, CompletedAt: &judged, Total: 500, Known: 500, Evidence: "all 500 films known",
	}
	facts := catalogue.Facts{Now: now, Again: now.Add(28 * 24 * time.Hour), Newest: &judged, Known: func() (int, error) { return 500, nil }}
	looked := func() catalogue.Step {
		step, err := catalogue.StepYear(window, []catalogue.Page{{Number: 1, FetchedAt: facts.Now}}, facts, unlisted)
		require.NoError(t, err)
		require.Equal(t, []int{1}, step.Want)
		step, err = catalogue.StepYear(step.Window, []catalogue.Page{{Number: 1, FetchedAt: facts.Now}}, facts, unlisted)
		require.NoError(t, err)
		return step
	}
	first := looked()
	require.Equal(t, now.Add(24*time.Hour), first.Window.DueAt)
	require.Equal(t, &judged, first.Window.CompletedAt, "not judged again")
	require.Empty(t, first.Edited)

	window, facts.Newest, facts.Now = first.Window, &now, first.Window.DueAt
	second := looked()
	require.Equal(t, []string{"20190001"}, second.Edited, "the details decide")
	require.True(t, second.Window.CompletedAt.Equal(facts.Now))
	require.Equal(t, facts.Again, second.Window.DueAt)
}
