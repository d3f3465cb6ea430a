package report

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// Questions are what a plan is asked.
type Questions struct {
	Keys            int        // what if there were as many KOBIS keys; 0: as there are
	Rate            quota.Rate // what if this were the rate at KOBIS; zero: as it is
	Next            int        // how many of the next calls to list
	KOBISDailyQuota int        // calls per key and day, as long as no fetcher has told
	KOBISRate       quota.Rate // likewise
	TMDBRate        quota.Rate // likewise
	KOBISZone       *time.Location
}

// Report is a dry run: what is known, what would be called, and until when.
type Report struct {
	At        time.Time        `json:"at"`
	Unread    int              `json:"unread"` // entities whose changes no planner has looked at yet
	Blocked   string           `json:"blocked,omitempty"`
	Supplies  []SupplyReport   `json:"supplies"`
	Windows   []WindowReport   `json:"windows"`
	Workloads []WorkloadReport `json:"stages"`
	Next      []CallReport     `json:"next"`
	Days      []DayReport      `json:"days"`               // of KOBIS, until nothing is left but daily work
	Missing   []MissingPage    `json:"missing,omitempty"`  // pages of the catalogue that are passed over because they died
	Problems  []string         `json:"problems,omitempty"` // what could not be read, so that the plan lacks it
	Catalogue CatalogueReport  `json:"catalogue"`
}

// CatalogueReport is how many of the windows are known completely.
type CatalogueReport struct {
	Films    int `json:"films"`    // known
	Claimed  int `json:"claimed"`  // the total that KOBIS claimed last; 0 before the first answer
	Complete int `json:"complete"` // windows that were judged complete
	Windows  int `json:"windows"`
}

// SupplyReport is what a source gives.
type SupplyReport struct {
	Source     messages.Source `json:"source"`
	Keys       int             `json:"keys"`
	Registered bool            `json:"registered"` // false: no fetcher has told its keys, one is assumed
	PerDay     int             `json:"per_day"`    // calls; 0 without a daily limit
	Today      int             `json:"today"`      // calls left; 0 without a daily limit
	Rate       quota.Rate      `json:"rate"`
	DailyWork  float64         `json:"daily_work"`        // calls that a day takes beside what is to be loaded, growth included
	DailyDone  float64         `json:"daily_done"`        // of today's, what was called or is due
	Trouble    string          `json:"trouble,omitempty"` // what the fetchers say is wrong with the source
	Refused    []string        `json:"refused,omitempty"` // fingerprints of keys that the source refuses
	Waits      string          `json:"waits,omitempty"`   // why nothing more would be called now, though something is due
}

// WindowReport is how completely a window is known, and why that is believed.
type WindowReport struct {
	Scope       string     `json:"scope"`
	Phase       string     `json:"phase"`
	Total       int        `json:"total"`
	Known       int        `json:"known"`
	CompletedAt *time.Time `json:"completed_at"`
	Evidence    string     `json:"evidence"`
}

// WorkloadReport is one kind of work.
type WorkloadReport struct {
	WorkloadStatus
	// Calls is the estimate of all calls that the workload needs until it is done,
	// what cannot be named yet included.
	Calls  int        `json:"calls"`
	DoneAt *time.Time `json:"done_at"` // nil: never, daily work takes all calls
}

// CallReport is a call that would be made next.
type CallReport struct {
	Name     string            `json:"name"`
	Workload policy.WorkloadID `json:"stage"`
	Why      string            `json:"why"`
	Params   map[string]string `json:"params,omitempty"`
}

// DayReport is a day's calls.
type DayReport struct {
	Date  string `json:"date"`
	Daily int    `json:"daily"`
	Load  int    `json:"load"`
}

// Plan makes a report of what would be done now, and changes nothing.
func Plan(ctx context.Context, r *tick.Reconciler, s *store.Store, q Questions) (Report, error) {
	t, err := r.Preview(ctx)
	if err != nil {
		return Report{}, err
	}
	census, err := s.Reports.Census(ctx)
	if err != nil {
		return Report{}, err
	}
	status, err := StatusOf(ctx, s, t)
	if err != nil {
		return Report{}, err
	}
	o := t.Observed
	report := Report{At: o.At, Unread: census.Dirty, Blocked: t.Decision.Blocked, Missing: status.Missing, Problems: status.Failed}
	for _, note := range s.Notes() {
		report.Problems = append(report.Problems, note.What+" "+note.Of+": "+note.Why)
	}
	report.windows(o.Catalogue)
	report.Catalogue.Films = census.Films
	pages, err := s.Answers.DiscoverPages(ctx)
	if err != nil {
		return Report{}, err
	}
	loads := loads(status.Workloads, newEstimator(o, status.Workloads, census, pages).unnamed())
	if report.Supplies, err = supplies(ctx, r, q, t, loads); err != nil {
		return Report{}, err
	}
	report.forecast(status.Workloads, loads, q.KOBISZone)
	taken := func(name messages.Name) bool { return o.Out[name] }
	for i, due := range policy.Choose(o.Capacity, t.Desired.Offer, taken) {
		if i >= q.Next {
			break
		}
		workload, _ := policy.WorkloadOf(due.Workload)
		report.Next = append(report.Next, CallReport{due.Name.String(), due.Workload, workload.Why, due.Params})
	}
	return report, nil
}

// loads are the calls that each workload still needs, those that cannot be named yet
// included.
func loads(workloads []WorkloadStatus, extra map[policy.WorkloadID]int) map[policy.WorkloadID]int {
	calls := make(map[policy.WorkloadID]int, len(workloads))
	for _, workload := range workloads {
		calls[workload.Workload] = workload.Due + workload.Outstanding + extra[workload.Workload]
	}
	return calls
}

// supplies says what each source gives, or would give.
func supplies(
	ctx context.Context, r *tick.Reconciler, q Questions, t tick.Result, loads map[policy.WorkloadID]int,
) ([]SupplyReport, error) {
	history, err := r.History(ctx, t.Observed.At)
	if err != nil {
		return nil, err
	}
	var list []SupplyReport
	for _, source := range tick.Sources {
		s := supply(source, t.Observed.Quota[source], q)
		s.DailyWork, s.DailyDone = policy.DailyNeed(history, source, loads)
		if s.Trouble, err = r.Trouble(ctx, source, t.Observed.At); err != nil {
			return nil, err
		}
		if len(tick.OfSource(t.Decision.Chosen, source)) == 0 {
			s.Waits = waits(t, source, s)
		}
		list = append(list, s)
	}
	return list, nil
}

// supply is what the ledger says of a source, or where that knows nothing yet, what one
// key has.
func supply(source messages.Source, snapshot quota.Snapshot, q Questions) SupplyReport {
	s := SupplyReport{Source: source, Keys: len(snapshot.Keys), Registered: snapshot.Known, Rate: snapshot.Rate}
	if !snapshot.Known {
		s.Keys, s.Rate = 1, q.TMDBRate
		if source == messages.KOBIS {
			s.Rate = q.KOBISRate
		}
	}
	if source == messages.KOBIS {
		s.kobis(q, snapshot)
	}
	for _, key := range snapshot.Keys {
		if key.State == quota.StateInvalid {
			s.Refused = append(s.Refused, key.Fingerprint)
		}
	}
	return s
}

// waits says why nothing of a source would be called though something is due; ""
// where nothing is.
func waits(t tick.Result, source messages.Source, s SupplyReport) string {
	capacity := t.Observed.Capacity[source]
	due, asked := offered(t, source)
	switch {
	case due == 0:
		return ""
	case t.Decision.Blocked != "":
		return t.Decision.Blocked
	case s.Keys > 0 && len(s.Refused) == s.Keys:
		return "the source refuses every key"
	case asked == due:
		return fmt.Sprintf("the %d calls that are due are asked for already and not answered yet", due)
	case capacity.Outstanding >= capacity.HighWater:
		return fmt.Sprintf("%d calls are outstanding, which is as many as may be", capacity.Outstanding)
	case capacity.Budget <= capacity.Outstanding:
		return fmt.Sprintf("the %d calls left today are outstanding or spent", capacity.Budget)
	}
	return "what is due was requested 10 times in an hour and backs off, or the rest of the day is kept for daily work"
}

// offered counts the calls that are due, and those of them that are outstanding.
func offered(t tick.Result, source messages.Source) (due, asked int) {
	for _, workload := range policy.Workloads {
		if workload.Source != source {
			continue
		}
		for _, call := range t.Desired.Offer[workload.ID] {
			due++
			if t.Observed.Out[call.Name] {
				asked++
			}
		}
	}
	return due, asked
}

// kobis applies the daily quota and the questions asked.
func (s *SupplyReport) kobis(q Questions, snapshot quota.Snapshot) {
	s.Today = snapshot.Remaining
	for _, key := range snapshot.Keys {
		s.PerDay += key.Quota
	}
	if !snapshot.Known {
		s.PerDay, s.Today = q.KOBISDailyQuota, q.KOBISDailyQuota
	}
	if keys := q.Keys; keys > 0 {
		perKey := s.PerDay / max(1, s.Keys)
		s.Today = max(0, s.Today+(keys-s.Keys)*perKey)
		s.Keys, s.PerDay = keys, keys*perKey
	}
	if q.Rate.N > 0 {
		s.Rate = q.Rate
	}
}

func (r *Report) windows(s tick.Survey) {
	all := s.Windows[catalogue.All]
	r.Catalogue.Claimed, r.Catalogue.Windows = all.Total, 1+len(s.Scopes)
	for _, scope := range append([]string{catalogue.All}, s.Scopes...) {
		w, ok := s.Windows[scope]
		if !ok {
			continue
		}
		if w.CompletedAt != nil {
			r.Catalogue.Complete++
		}
		r.Windows = append(r.Windows, WindowReport{scope, string(w.Phase), w.Total, w.Known, w.CompletedAt, w.Evidence})
	}
	if w, ok := s.Windows[catalogue.People]; ok {
		r.Windows = append(r.Windows, WindowReport{w.Scope, string(w.Phase), w.Total, w.Known, w.CompletedAt, w.Evidence})
	}
}

// forecast tells when each workload's calls will have been made.
func (r *Report) forecast(workloads []WorkloadStatus, calls map[policy.WorkloadID]int, zone *time.Location) {
	loads := map[messages.Source][]policy.Load{}
	for _, workload := range workloads {
		loads[workload.Source] = append(loads[workload.Source], policy.Load{Workload: workload.Workload, Calls: calls[workload.Workload]})
	}
	done := map[policy.WorkloadID]policy.Finish{}
	for _, s := range r.Supplies {
		finish, days := policy.Forecast(loads[s.Source], policy.Supply{
			PerSecond: float64(s.Rate.N) / s.Rate.Per.Seconds(), PerDay: s.PerDay, Today: s.Today, Daily: s.DailyWork,
			DailyDone: s.DailyDone, Zone: zone,
		}, r.At)
		for _, f := range finish {
			done[f.Workload] = f
		}
		if s.Source == messages.KOBIS {
			for _, day := range days {
				r.Days = append(r.Days, DayReport{day.Date.Format(time.DateOnly), day.Daily, day.Load})
			}
		}
	}
	r.finishes(workloads, done)
}

// finishes reports when each kind of work is done.
func (r *Report) finishes(workloads []WorkloadStatus, done map[policy.WorkloadID]policy.Finish) {
	details := done[policy.DetailBack]
	for _, workload := range workloads {
		f := done[workload.Workload]
		if policy.AfterDetails(workload.Workload) && f.Calls > 0 && !f.At.IsZero() && (details.At.IsZero() || details.At.After(f.At)) {
			f.At = details.At
		}
		report := WorkloadReport{WorkloadStatus: workload, Calls: f.Calls}
		if !f.At.IsZero() {
			report.DoneAt = &f.At
		}
		r.Workloads = append(r.Workloads, report)
	}
}
