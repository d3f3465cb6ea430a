package jobs_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
)

// Every job ends in one way or stays; and it is lost only where nothing can come of it
// any more.
func TestEveryJobEndsInOneWayOrStays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := jobs.View{
			Jobs: map[string]bool{}, AllDead: rapid.Bool().Draw(t, "all dead"),
			LastSeq: rapid.Uint64Range(0, 20).Draw(t, "last"), AckFloor: map[messages.Source]uint64{messages.KOBIS: rapid.Uint64Range(0, 9).Draw(t, "floor")},
		}
		v.Loaded = rapid.Uint64Range(0, v.LastSeq).Draw(t, "loaded")
		var records []jobs.Record
		var answered []string
		dead := map[string]bool{}
		for i := range rapid.IntRange(0, 8).Draw(t, "jobs") {
			name := fmt.Sprintf("kobis.movie-detail.%d", i)
			if rapid.Bool().Draw(t, "recorded") {
				r := jobs.Record{Name: name, JobID: rapid.Uint64Range(0, 9).Draw(t, "id")}
				if rapid.Bool().Draw(t, "seen gone") {
					r.GoneAt = new(rapid.Uint64Range(0, 25).Draw(t, "at"))
				}
				records = append(records, r)
			}
			if rapid.Bool().Draw(t, "in JOBS") {
				v.Jobs[name] = true
			}
			if rapid.Bool().Draw(t, "dead") {
				v.Dead, dead[name] = append(v.Dead, jobs.Letter{Name: name}), true
			}
			if rapid.Bool().Draw(t, "answered") {
				answered = append(answered, name)
			}
		}
		s := jobs.Settle(records, answered, v)
		stays := map[string]bool{}
		for _, job := range s.Outstanding {
			stays[job.Name.String()] = true
			require.Equal(t, !v.Jobs[job.Name.String()], job.Gone)
		}
		for _, r := range records {
			ends := 0
			for _, list := range [][]string{s.Answered, s.Dead, s.Lost} {
				if slices.Contains(list, r.Name) {
					ends++
				}
			}
			if stays[r.Name] {
				ends++
			}
			require.Equal(t, 1, ends, r.Name)
			require.Equal(t, slices.Contains(answered, r.Name), slices.Contains(s.Answered, r.Name))
			require.False(t, v.Jobs[r.Name] && (slices.Contains(s.Lost, r.Name) || slices.Contains(s.Dead, r.Name)), "JOBS has it")
		}
		for _, name := range s.Lost {
			require.True(t, v.AllDead && !dead[name])
			i := slices.IndexFunc(records, func(r jobs.Record) bool { return r.Name == name })
			end := v.LastSeq
			if at := records[i].GoneAt; at != nil {
				end = min(end, *at)
			}
			require.LessOrEqual(t, end, v.Loaded, "the loader has passed what RAW held")
		}
		for _, name := range s.Unrecorded {
			require.True(t, v.Jobs[name.String()])
		}
	})
}
