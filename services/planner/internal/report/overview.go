package report

import (
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/tick"
	"github.com/cledit/pipeline/services/planner/why"
)

// Overview is what `planner status` shows, and what is in ops.status.
type Overview struct {
	At time.Time `json:"at"`
	// Planner is what keeps the planner as a whole; nil while it plans.
	Planner   *why.Reason       `json:"planner,omitempty"`
	Sources   []SourceOverview  `json:"sources"`
	Datasets  []freshness.State `json:"datasets"`
	Workloads []WorkloadOutlook `json:"workloads"` // that have something due or out, in the order of work
	Problems  []Problem         `json:"problems"`
	Backlog   int               `json:"backlog"` // answers that the loader has not acknowledged
}

// SourceOverview is what a source does, and why.
type SourceOverview struct {
	Source      messages.Source `json:"source"`
	Why         why.Reason      `json:"why"`
	Left        *int            `json:"left"`               // calls left today; nil without a daily limit, or where no fetcher has told
	ResetAt     *time.Time      `json:"reset_at,omitempty"` // when they are renewed
	Outstanding int             `json:"outstanding"`
	Due         int             `json:"due"`
}

// WorkloadOutlook is one kind of work and when it will be done.
type WorkloadOutlook struct {
	Workload    policy.WorkloadID `json:"stage"`
	Source      messages.Source   `json:"source"`
	Due         int               `json:"due"`
	Outstanding int               `json:"outstanding"`
	DoneAt      *time.Time        `json:"done_at"` // nil: never, daily work takes all calls
}

// Problem is something that an operator can act on.
type Problem struct {
	Code    string          `json:"code"` // as the alert is named, in kebab case
	Source  messages.Source `json:"source,omitempty"`
	Count   int             `json:"count,omitempty"`
	Detail  string          `json:"detail,omitempty"`
	Runbook string          `json:"runbook"` // a page of this repository
}

// runbooks is the page that has them.
const runbooks = "docs/operations/troubleshoot.md"

// OverviewOf makes an overview of a tick.
func OverviewOf(t tick.Result, q Questions) Overview {
	o := t.Observed
	v := Overview{
		At: o.At.UTC(), Datasets: t.State.Freshness, Backlog: int(o.Streams.Backlog), Workloads: []WorkloadOutlook{},
		Problems: problems(t),
	}
	out := map[policy.WorkloadID]int{}
	for _, job := range o.Jobs.Outstanding {
		out[policy.WorkloadID(job.Workload)]++
	}
	for i, source := range tick.Sources {
		s := SourceOverview{Source: source, Outstanding: t.Decision.Capacity[source].Outstanding}
		if i < len(t.State.Reasons) {
			s.Why = t.State.Reasons[i]
		}
		s.budget(o.Quota[source])
		for _, outlook := range outlooks(t, q, source, out) {
			s.Due += outlook.Due
			if outlook.Due+outlook.Outstanding > 0 {
				v.Workloads = append(v.Workloads, outlook)
			}
		}
		v.Sources = append(v.Sources, s)
	}
	return v
}

// budget sets what is left of a day's calls, and when the first key has new ones.
func (s *SourceOverview) budget(snapshot quota.Snapshot) {
	if !snapshot.Limited() {
		return
	}
	s.Left = &snapshot.Remaining
	for _, key := range snapshot.Keys {
		if !key.ResetAt.IsZero() && (s.ResetAt == nil || key.ResetAt.Before(*s.ResetAt)) {
			s.ResetAt = &key.ResetAt
		}
	}
}

// Ends are when each kind of work that has an end will be done.
func (v Overview) Ends() map[policy.WorkloadID]time.Time {
	ends := map[policy.WorkloadID]time.Time{}
	for _, w := range v.Workloads {
		if w.DoneAt != nil {
			ends[w.Workload] = *w.DoneAt
		}
	}
	return ends
}

// outlooks says of each kind of work of a source when what is due of it is done.
func outlooks(t tick.Result, q Questions, source messages.Source, out map[policy.WorkloadID]int) (list []WorkloadOutlook) {
	var loads []policy.Load
	left := map[policy.WorkloadID]int{}
	for _, w := range policy.Workloads {
		if w.Source != source {
			continue
		}
		due := t.State.Backlog.Ready[w.ID]
		if w.ID == policy.Catalogue {
			due = max(0, t.Observed.Catalogue.Left-out[w.ID])
		}
		list = append(list, WorkloadOutlook{Workload: w.ID, Source: source, Due: due, Outstanding: out[w.ID]})
		left[w.ID] = due + out[w.ID]
		loads = append(loads, policy.Load{Workload: w.ID, Calls: left[w.ID]})
	}
	finish, _ := policy.Forecast(loads, supplyOf(t, q, source, left), t.Observed.At)
	for i, f := range finish {
		if f.Calls > 0 && !f.At.IsZero() {
			list[i].DoneAt = &f.At
		}
	}
	return list
}

func supplyOf(t tick.Result, q Questions, source messages.Source, left map[policy.WorkloadID]int) policy.Supply {
	snapshot := t.Observed.Quota[source]
	rate := snapshot.Rate
	if !snapshot.Known || rate.Per == 0 {
		if rate = q.TMDBRate; source == messages.KOBIS {
			rate = q.KOBISRate
		}
	}
	s := policy.Supply{PerSecond: float64(rate.N) / rate.Per.Seconds(), Zone: q.KOBISZone}
	s.Daily, s.DailyDone = policy.DailyNeed(t.State.History, source, left)
	for _, key := range snapshot.Keys {
		s.PerDay += key.Quota
	}
	s.Today = snapshot.Remaining
	if !snapshot.Known && source == messages.KOBIS {
		s.PerDay, s.Today = q.KOBISDailyQuota, q.KOBISDailyQuota
	}
	return s
}

// problems lists what an operator can act on.
func problems(t tick.Result) []Problem {
	list := []Problem{}
	add := func(code, anchor string, source messages.Source, count int, detail string) {
		if count > 0 {
			list = append(list, Problem{code, source, count, detail, runbooks + "#" + anchor})
		}
	}
	for _, source := range tick.Sources {
		refused := 0
		for _, key := range t.Observed.Quota[source].Keys {
			if key.State == quota.StateInvalid {
				refused++
			}
		}
		add("key-invalid", "cleditkeyinvalid", source, refused, "")
		add("dead-letters-open", "cleditdeadlettersopen", source, t.State.Backlog.Held[source].Names, "")
	}
	for _, set := range t.State.Freshness {
		if set.Word == freshness.Late || set.Word == freshness.Failed {
			add("data-late", "cleditdatalate", "", 1, string(set.Set))
		}
	}
	for _, f := range t.Failed {
		add("step-fails", "cleditplannerfails", f.Source, 1, f.String()+": "+f.Err.Error())
	}
	return list
}
