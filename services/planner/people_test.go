package planner

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// peopleOf has KOBIS list so many people, and returns the pages of their list that were
// asked for since.
func (w *world) peopleOf(n *int) (asked func() []string) {
	w.lie = func(name messages.Name, body said) said {
		if name.Kind != messages.KindPeopleList {
			return body
		}
		_, text := name.Scope()
		page := 0
		_, err := fmt.Sscan(text, &page)
		require.NoError(w.t, err)
		body = said{Total: *n}
		for i := *n - (page-1)*100; i > max(0, *n-page*100); i-- { // the newest first
			body.Codes = append(body.Codes, fmt.Sprintf("2%07d", i))
		}
		return body
	}
	seen := 0
	return func() (pages []string) {
		for _, name := range w.calls[seen:] {
			if name.Kind == messages.KindPeopleList {
				pages = append(pages, name.Key)
			}
		}
		seen = len(w.calls)
		slices.Sort(pages)
		return pages
	}
}

// The list of people is read once whole behind the films', its head every day, and all of
// it again after a month.
func TestTheListOfPeopleIsReadOnceAndItsHeadDaily(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	people := 730
	asked := w.peopleOf(&people)
	w.settle()
	whole := []string{"all.1", "all.1", "all.2", "all.3", "all.4", "all.5", "all.6", "all.7", "all.8"}
	require.Equal(t, whole, asked(), "the head once more at the end")
	first := slices.IndexFunc(w.calls, func(n messages.Name) bool { return n.Kind == messages.KindPeopleList })
	films := slices.IndexFunc(w.calls, func(n messages.Name) bool {
		return n.Kind == messages.KindMovieList && n.Key == "open-"+w.year(-8)+".1"
	})
	require.Less(t, films, first, "films come first")
	require.Equal(t, 730, w.count("SELECT known FROM ops.windows WHERE scope = 'people' AND phase = 'complete'"))
	require.Zero(t, w.count("SELECT count(*) FROM ops.kobis_edits"), "no code of a person is taken for a film's")

	people += 7
	w.pass(25 * time.Hour)
	w.settle()
	require.Equal(t, []string{"all.1"}, asked())
	require.Equal(t, 737, w.count("SELECT count(*) FROM staging.kobis_people"))

	w.pass(30 * 24 * time.Hour)
	w.settle()
	require.Equal(t, whole, asked(), "an edit need not bring anyone to the front")
}

// A page that dies is passed over and tried again; the list is late only by its promise.
func TestAPageOfPeopleThatDiesHoldsUpNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	people := 250
	w.peopleOf(&people)
	for range 30 {
		w.tick()
		w.fetchBut(always(messages.PrefixJobs, "kobis.people-list.all.2"))
		w.load()
	}
	w.tick()
	require.True(t, w.status.Settled, "%+v", w.status)
	require.Equal(t, 150, w.count("SELECT known FROM ops.windows WHERE scope = 'people' AND phase = 'complete'"))
	require.Equal(t, "kobis.people-list.all.2", w.status.Missing[0].Page)
	w.pass(26 * time.Hour)
	w.settle()
	require.Equal(t, 250, w.count("SELECT count(*) FROM staging.kobis_people"))
	require.Empty(t, w.status.Missing)
}

func TestPeopleAreEstimatedAndPromised(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	require.Equal(t, 2501, workloadOf(t, w.report(), policy.PeopleList).Calls, "as long as nothing is known")
	people := 950
	w.peopleOf(&people)
	for range 100 {
		w.tick()
		if w.count("SELECT count(*) FROM staging.kobis_people") > 0 {
			break
		}
		w.fetch()
		w.load()
	}
	require.Equal(t, 10, workloadOf(t, w.report(), policy.PeopleList).Calls, "nine pages and the head again")
	w.settle()
	require.Zero(t, workloadOf(t, w.report(), policy.PeopleList).Calls)
	word := func() freshness.Word {
		result, err := w.planner.reconciler.Tick(t.Context())
		require.NoError(t, err)
		for _, s := range result.State.Freshness {
			if s.Set == freshness.People {
				return s.Word
			}
		}
		return ""
	}
	require.Equal(t, freshness.OnTime, word())
	w.pass(49 * time.Hour)
	require.Equal(t, freshness.Late, word())
	w.settle()
	w.pass(2 * time.Minute)
	require.Equal(t, freshness.OnTime, word())
}

// Filmographies are asked for where the loader wants them, those of the newest film first,
// and each once for a decision, whether or not it helped.
func TestFilmographiesAreAskedForWhereTheyDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.settle()
	before := len(w.calls)
	decided := func() {
		w.exec(`INSERT INTO production.person_matches (movie_cd, name, name_en, part, status, reason, candidates, ask, rule_version, decided_at)
			SELECT v.film, '김하나', '', '배우', v.status, 'several', v.ask, v.ask, 1, $1
			FROM (VALUES ($2, 'review', ARRAY['10000003']), ($3, 'review', ARRAY['10000001', '10000002']), ($4, 'none', ARRAY['10000009'])) AS v(film, status, ask)
			ON CONFLICT (movie_cd, name, name_en, part) DO UPDATE SET decided_at = excluded.decided_at`, w.now(), w.films[2].Code, w.films[0].Code, w.films[1].Code)
	}
	decided()
	w.with(func(c *Config) { c.HighWater = 1 })
	w.settle()
	asked := []string{"kobis.people-detail.10000001", "kobis.people-detail.10000002", "kobis.people-detail.10000003"}
	require.Equal(t, asked, texts(w.calls[before:]))
	w.pass(time.Minute)
	decided()
	w.settle()
	require.Equal(t, append(asked, asked...), texts(w.calls[before:]), "wanted again")
}
