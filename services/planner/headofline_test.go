package planner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// queue is the calls of a workload in the order in which they are wanted.
type queue struct {
	workload policy.Workload
	names    []string
}

// queued gives every workload of the order of work calls of its own, and returns them.
// A workload that is added is among them.
func (w *world) queued() (queues []queue) {
	kinds := map[messages.Kind]string{
		messages.KindMovieDetail: "%s%d", messages.KindMovieSearch: "%s%d.ko", messages.KindSeriesDetail: "%s%d", messages.KindSeasonDetail: "%s.%d",
		messages.KindMovieList: "made-%s%d.1", messages.KindDailyBoxOffice: "%s%d", messages.KindSeriesDiscover: "%s_%d.1",
		messages.KindPeopleList: "all.%s%d", messages.KindPeopleDetail: "%s%d",
	}
	for i, workload := range policy.Workloads {
		kind := workload.Kind
		if kind == "" {
			kind = messages.KindMovieDetail
		}
		form, ok := kinds[kind]
		require.True(w.t, ok, "a form of the key of %s, the kind of stage %s", kind, workload.ID)
		q := queue{workload: workload}
		for rank := range 4 {
			name := messages.Name{Source: workload.Source, Kind: kind, Key: fmt.Sprintf(form, "9"+fmt.Sprintf("%03d", i), rank)}
			q.names = append(q.names, name.String())
			w.exec("INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready) VALUES ('x', $1, $2, $3, '', $4, true)",
				name.String(), workload.ID, rank-1000, w.now())
		}
		queues = append(queues, q)
	}
	return queues
}

// work answers what is asked for, or lets it die, until nothing new is asked for.
// It tells what was answered.
func (w *world) work(kill killer) map[string]bool {
	done := map[string]bool{}
	for quiet := 0; quiet < 3; {
		jobs := w.tick()
		if quiet++; len(jobs) > 0 {
			quiet = 0
		}
		for _, name := range jobs {
			done[name] = true
		}
		w.fetchAnything(kill)
	}
	return done
}

// fetchAnything takes what is in JOBS away, as answered in the tables or as dead.
func (w *world) fetchAnything(kill killer) {
	w.fetchBut(func(name messages.Name) string {
		if prefix := kill(name); prefix != "" {
			return prefix
		}
		if strings.HasPrefix(name.Key, "9") || strings.HasPrefix(name.Key, "made-9") || strings.HasPrefix(name.Key, "all.9") { // of no real film: its answer is a fact that ends the call
			w.exec("DELETE FROM ops.due WHERE subject = $1", name.String())
			return messages.PrefixRaw
		}
		return ""
	})
	w.load()
}

// The first two of every workload, and the first page, window and day of every kind
// that is looked at directly, are killed for good, in each way in which they can be:
// all the others are asked for.
func TestNobodyWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	for prefix, spoil := range map[string]string{
		messages.PrefixJobs: "UPDATE ops.due SET subject = subject || '.a b' WHERE subject = $1",
		messages.PrefixRaw:  `UPDATE ops.due SET params = '{"query":[' WHERE subject = $1`,
	} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, catalogueOf(5)...)
			w.settle()
			w.pass(49 * time.Hour)
			queues := w.queued()
			w.with(func(c *Config) { c.HighWater = len(queues) }) // what stands first could keep the others out
			half := "tmdb.series-discover." + w.year(1)
			dead := []string{"kobis.movie-list.all.1", w.boxOffice(1), "tmdb.movie-changes." + w.date(0) + ".1", half + "-07-01_" + w.year(1) + "-12-31.1"}
			others := []string{w.boxOffice(0), "tmdb.series-changes." + w.date(0) + ".1", half + "-01-01_" + w.year(1) + "-06-30.1"}
			for _, q := range queues {
				dead = append(dead, q.names[0])
				w.exec(spoil, q.names[1])
				others = append(others, q.names[2:]...)
			}
			done := w.work(always(prefix, dead...))
			for _, name := range others {
				require.True(t, done[name], "%s waited for another", name)
			}
		})
	}
}
