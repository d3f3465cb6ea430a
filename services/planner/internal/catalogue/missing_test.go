package catalogue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A last page that lands before another one tells nothing of pages behind it.
func TestALastPageThatLandsFirstWantsNoFurtherOne(t *testing.T) {
	t.Parallel()
	var pages []Page
	for _, n := range []int{1, 3, 4} {
		pages = append(pages, Page{Number: n, Total: 4 * PageSize, Rows: PageSize, FetchedAt: time.Now()})
	}
	want, left := look(pages, nil, Facts{}).missing()
	require.Equal(t, []int{2}, want)
	require.Equal(t, 1, left)
}
