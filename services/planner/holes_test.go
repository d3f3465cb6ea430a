package planner

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

// A page that dies whenever it is tried holds up nothing: the list is read without
// it, the years bring its films, and every detail is asked for.
func TestAPageThatDiesHoldsUpNothing(t *testing.T) {
	t.Parallel()
	for name, deaths := range map[string]struct {
		prefix string
		pages  []string
	}{
		"the first pages":        {messages.PrefixJobs, []string{"all.1", "made-YEAR.1", "open-OLD.1"}},
		"second pages, unloaded": {messages.PrefixRaw, []string{"all.2", "made-YEAR.2", "open-YEAR.1"}},
		"the last page":          {messages.PrefixJobs, []string{"all.3", "open-YEAR.2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, catalogueOf(250)...)
			var dead []string
			for _, page := range deaths.pages {
				dead = append(dead, "kobis.movie-list."+strings.NewReplacer("YEAR", w.year(0), "OLD", w.year(-8)).Replace(page))
			}
			w.settleBut(always(deaths.prefix, dead...))
			require.Equal(t, 250, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
			require.Equal(t, 250, w.count("SELECT count(*) FROM staging.tmdb_movies"))
			require.Zero(t, w.count("SELECT count(*) FROM ops.windows WHERE phase <> 'complete'"))
		})
	}
}

func TestMissingPagesAreNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	const dead = "kobis.movie-list.all.2"
	w := newWorld(t, catalogueOf(250)...)
	w.settleBut(always(messages.PrefixJobs, dead))
	require.Len(t, w.status.Missing, 1)
	require.Equal(t, dead, w.status.Missing[0].Page)
	require.Equal(t, "it dies whenever it is tried", w.status.Missing[0].Reason)
	cfg := w.config()
	report, err := w.planner.plan(t.Context(), PlanConfig{Database: cfg.Database, StreamConfig: cfg.StreamConfig, Planning: cfg.Planning})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, report.Print(&out, false))
	require.Contains(t, out.String(), "Missing: "+dead+", which died (it dies whenever it is tried)")
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.windows WHERE scope = 'all' AND evidence LIKE '%without page 2, which died'"))

	w.clock = w.retryAt("jobs." + dead)
	w.settle()
	require.Empty(t, w.status.Missing, "its next try was answered")
}

// Where not one page of the list can be read, the years are read without it.
func TestAListThatDiesWholeLeavesTheYears(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(120)...)
	w.settleBut(func(name messages.Name) string {
		if strings.HasPrefix(name.String(), "kobis.movie-list.all.") {
			return messages.PrefixRaw
		}
		return ""
	})
	require.Equal(t, 120, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
	list := 0
	for _, page := range w.status.Missing {
		if strings.HasPrefix(page.Page, "kobis.movie-list.all.") {
			list++
		}
	}
	require.Positive(t, list)
	require.LessOrEqual(t, list, 12, "a run of pages that die is the end of it")

	w.pass(25 * time.Hour)
	w.settle()
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.windows WHERE scope = 'all' AND read_at IS NOT NULL"), "it is read whole once it can be")
}

// The total of a list is a claim: pages without films end the list, and the number
// of calls follows what is there.
func TestAClaimedTotalMakesNoCalls(t *testing.T) {
	t.Parallel()
	for _, total := range []int{1_000_000, 2_147_483_647, -1} {
		w := newWorld(t, catalogueOf(3)...)
		w.lie = func(name messages.Name, body said) said {
			if name.Kind == messages.KindMovieList {
				body.Total = total
			}
			return body
		}
		w.settle()
		require.Equal(t, 3, w.count("SELECT count(*) FROM staging.kobis_movie_details"), "of %d", total)
		pages := map[string]int{}
		for _, call := range w.calls {
			if call.Kind == messages.KindMovieList {
				scope, _ := call.Scope()
				pages[scope]++
			}
		}
		for scope, calls := range pages {
			require.LessOrEqual(t, calls, 20, "of %s, which claims %d", scope, total)
		}
		require.LessOrEqual(t, w.planner.surveyClaimed(t), catalogue.MostFilms)
	}
}

// surveyClaimed is the total that forecasts count with.
func (p *Planner) surveyClaimed(t *testing.T) int {
	preview, err := p.reconciler.Preview(t.Context())
	require.NoError(t, err)
	return preview.Observed.Catalogue.Claimed
}
