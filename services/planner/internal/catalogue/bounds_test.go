package catalogue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

var lookedAt = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// listed are pages of films that nobody knows, fetched one after the other.
func listed(total, perPage int, numbers ...int) (pages []catalogue.Page) {
	for _, n := range numbers {
		page := catalogue.Page{Number: n, Total: total, FetchedAt: lookedAt.Add(time.Duration(n) * time.Second)}
		for i := range perPage {
			page.Codes = append(page.Codes, fmt.Sprintf("%04d%04d", n, i))
		}
		pages = append(pages, page)
	}
	return pages
}

func upTo(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, i+1)
	}
	return numbers
}

// head looks at the head of a list that was read whole before.
func head(t *testing.T, pages []catalogue.Page, known int, dead ...int) catalogue.Step {
	t.Helper()
	facts := catalogue.Facts{
		Now: lookedAt, Again: lookedAt.Add(24 * time.Hour), Known: func() (int, error) { return known, nil }, Dead: map[int]bool{},
	}
	for _, n := range dead {
		facts.Dead[n] = true
	}
	old := lookedAt.Add(-24 * time.Hour)
	step, err := catalogue.StepAll(catalogue.Window{Scope: catalogue.All, Phase: catalogue.Head, ReadAt: &old, Since: &old, Head: []string{"20190001"}}, pages, facts)
	require.NoError(t, err)
	return step
}

// A head that proves nothing ends after so many pages, and one whose first pages died
// after a few: the years find what is missing.
func TestALookAtTheHeadEnds(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{30}, head(t, listed(100_000, 100, upTo(29)...), 100_000).Want)
	step := head(t, listed(100_000, 100, upTo(30)...), 100_000)
	require.Empty(t, step.Want)
	require.Equal(t, catalogue.Complete, step.Window.Phase)

	require.Equal(t, []int{5}, head(t, nil, 100, upTo(4)...).Want)
	step = head(t, nil, 100, upTo(5)...)
	require.Empty(t, step.Want)
	require.Equal(t, catalogue.Complete, step.Window.Phase)
}

// A head that lacks a page is looked at again before its day.
func TestAHeadWithAHoleIsLookedAtEarlier(t *testing.T) {
	t.Parallel()
	require.Equal(t, lookedAt.Add(24*time.Hour), head(t, listed(200, 100, 1, 2), 200).Window.DueAt)
	require.Equal(t, lookedAt.Add(4*time.Hour), head(t, listed(200, 100, 2), 200, 1).Window.DueAt)
}

// A list that claims to have no films, or to have lost most, is looked at again within
// the hour.
func TestAListThatClaimsACollapseIsLookedAtWithinTheHour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		total, known int
		doubted      bool
	}{{0, 500, true}, {249, 500, true}, {250, 500, false}, {0, 19, true}, {19, 19, false}} {
		due := lookedAt.Add(24 * time.Hour)
		if tt.doubted {
			due = lookedAt.Add(time.Hour)
		}
		require.Equal(t, due, head(t, listed(tt.total, 0, 1, 2, 3), tt.known).Window.DueAt, "%+v", tt)
	}
}

// Pages that hold fewer films than they should let the reading go on behind the end
// that the total claims.
func TestAShortPageIsNotTheEnd(t *testing.T) {
	t.Parallel()
	facts := catalogue.Facts{Now: lookedAt, Again: lookedAt.Add(24 * time.Hour), Known: func() (int, error) { return 100, nil }}
	for films, want := range map[int][]int{60: {2}, 100: {1}} { // page 1 is what the head is looked for on
		step, err := catalogue.StepAll(catalogue.Window{Scope: catalogue.All, Phase: catalogue.Reading}, listed(100, films, 1), facts)
		require.NoError(t, err)
		require.Equal(t, want, step.Want, "%d films of 100", films)
	}
}

// A run of pages without films ends a list before the end that it claims, and a shorter
// one does not.
func TestARunOfEmptyPagesIsTheEnd(t *testing.T) {
	t.Parallel()
	facts := catalogue.Facts{Now: lookedAt, Again: lookedAt.Add(24 * time.Hour), Known: func() (int, error) { return 100, nil }}
	for empty, want := range map[int][]int{4: {6, 7, 8, 9, 10}, 5: {1}} { // page 1 is what the head is looked for on
		pages := append(listed(100_000, 100, 1), listed(100_000, 0, upTo(empty + 1)[1:]...)...)
		step, err := catalogue.StepAll(catalogue.Window{Scope: catalogue.All, Phase: catalogue.Reading}, pages, facts)
		require.NoError(t, err)
		require.Equal(t, want, step.Want, "%d empty pages", empty)
	}
}
