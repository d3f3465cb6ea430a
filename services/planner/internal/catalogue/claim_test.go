package catalogue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

// What a check of a window costs follows the pages that are known, and not the total
// that the source claims. It measures allocations, so it runs beside no other test.
func TestALookCostsWhatIsKnown(t *testing.T) { //nolint:paralleltest // see above
	for _, codes := range []int{1, 3, 100} {
		cost := func(total, known int) (allocations float64, wanted int) {
			src := newSource(0)
			var pages []catalogue.Page
			for n := 1; n <= known; n++ {
				page := src.page(n)
				page.Total = total
				for i := range codes {
					page.Codes = append(page.Codes, fmt.Sprintf("%d-%d", n, i))
				}
				pages = append(pages, page)
			}
			facts := catalogue.Facts{Now: src.now, Again: src.now.Add(time.Hour), Known: func() (int, error) { return 0, nil }, Dead: map[int]bool{2_000_000_000: true}}
			allocations = testing.AllocsPerRun(5, func() {
				all, err := catalogue.StepAll(catalogue.Window{Scope: catalogue.All, Phase: catalogue.Reading}, pages, facts)
				require.NoError(t, err)
				year, err := catalogue.StepYear(catalogue.Window{Scope: catalogue.Made(2000), Phase: catalogue.Checking}, pages, facts, nil)
				require.NoError(t, err)
				wanted = max(len(all.Want), len(year.Want))
				require.NotEmpty(t, all.Want)
			})
			return allocations, wanted
		}
		small, _ := cost(20_000, 20)
		for _, total := range []int{1_000_000, 20_000_000, 2_147_483_647} {
			absurd, wanted := cost(total, 20)
			require.LessOrEqual(t, absurd, small+10, "%d claimed, %d a page", total, codes)
			require.LessOrEqual(t, wanted, 5)
		}
	}
}
