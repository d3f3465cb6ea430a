package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// PlanConfig is what a dry run takes.
type PlanConfig struct {
	service.LogConfig
	service.NATSConfig
	service.Waiting
	service.Streams
	Database
	StreamConfig
	Planning
	Keys Count      `flag:"keys" help:"what if: this many KOBIS keys"`
	Rate quota.Rate `flag:"rate" help:"what if: this rate at KOBIS, such as 10/1s"`
	Next Count      `flag:"next" help:"how many of the next calls to show (20)"`
	JSON bool       `flag:"json" help:"print JSON"`
	// Now is the clock; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// nextShown is how many of the next calls are shown by default.
const nextShown = 20

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

// Plan prints what would be called, in which order, and until when. It reads
// streams and tables, and changes neither.
func Plan(ctx context.Context, cfg PlanConfig) error {
	if err := schema.Await(ctx, cfg.URL, cfg.Wait); err != nil {
		return err
	}
	base := service.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, HTTPAddr: "off", Await: cfg.Wait}
	return service.Do(ctx, "planner", base, func(ctx context.Context, rt *service.Runtime) error {
		return printPlan(ctx, cfg, rt)
	})
}

func printPlan(ctx context.Context, cfg PlanConfig, rt *service.Runtime) (err error) {
	p, err := open(ctx, Config{Database: cfg.Database, StreamConfig: cfg.StreamConfig, Planning: cfg.Planning, Now: cfg.Now},
		rt.NATS, rt.JS, rt.Log, newMetrics(prometheus.NewRegistry()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	report, err := p.plan(ctx, cfg)
	if err != nil {
		return err
	}
	return report.print(cfg.Stdout, cfg.JSON)
}

func (p *Planner) plan(ctx context.Context, cfg PlanConfig) (Report, error) {
	pic, err := p.peek(ctx)
	if err != nil {
		return Report{}, err
	}
	census, err := p.store.Census(ctx)
	if err != nil {
		return Report{}, err
	}
	status, err := p.status(ctx, pic, 0)
	if err != nil {
		return Report{}, err
	}
	r := Report{At: pic.now, Unread: census.Marks, Blocked: pic.blocked, Missing: status.Missing, Problems: status.Failed}
	for _, note := range p.store.Notes() {
		r.Problems = append(r.Problems, note.What+" "+note.Of+": "+note.Why)
	}
	r.windows(pic.survey, p.scopes(pic.now))
	r.Catalogue.Films = census.Films
	pages, err := p.store.DiscoverPages(ctx)
	if err != nil {
		return Report{}, err
	}
	loads := loads(status.Workloads, newEstimator(pic, status.Workloads, census, pages, len(p.scopes(pic.now))).unnamed())
	if r.Supplies, err = p.supplies(ctx, cfg, pic, loads); err != nil {
		return Report{}, err
	}
	r.forecast(status.Workloads, loads, p.cfg.KOBISZone.Location)
	taken := func(name messages.Name) bool { return pic.out[name] }
	for i, due := range policy.Choose(pic.capacities, pic.offer, taken) {
		if i >= cfg.Next.or(nextShown) {
			break
		}
		workload, _ := policy.WorkloadOf(due.Workload)
		r.Next = append(r.Next, CallReport{due.Name.String(), due.Workload, workload.Why, due.Params})
	}
	return r, nil
}

// peek is a picture taken without changing anything. Streams that are not there
// yet hold nothing.
func (p *Planner) peek(ctx context.Context) (picture, error) {
	pic := picture{now: p.cfg.Now()}
	var err error
	if pic.view, err = p.streams.Inspect(ctx); err != nil && !errors.Is(err, streams.ErrMissing) {
		return pic, err
	}
	if p.ledger, err = p.js.KeyValue(ctx, topology.BucketQuota); err != nil && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return pic, fmt.Errorf("binding to bucket %s: %w", topology.BucketQuota, err)
	}
	if pic.settled.Outstanding, err = p.store.Outstanding(ctx); err != nil {
		return pic, err
	}
	pic.out = outstanding(pic.view, pic.settled)
	run := &steps{ctx: ctx}
	run.try("changes", messages.TMDB, func() (err error) {
		pic.changes, err = p.store.Changes(ctx, pic.now)
		return err
	})
	p.survey(ctx, run, &pic)
	p.weigh(ctx, run, &pic)
	pic.failed = run.failed
	return pic, nil
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

// supplies tells what each source gives, or would give.
func (p *Planner) supplies(ctx context.Context, cfg PlanConfig, pic picture, loads map[policy.WorkloadID]int) ([]SupplyReport, error) {
	history, err := p.history(ctx, pic.now)
	if err != nil {
		return nil, err
	}
	chosen := p.choose(pic)
	var list []SupplyReport
	for _, source := range sources {
		snapshot, err := p.snapshot(ctx, source, pic.now)
		if err != nil {
			return nil, err
		}
		s := SupplyReport{Source: source, Keys: len(snapshot.Keys), Registered: snapshot.Known, Rate: snapshot.Rate}
		if !snapshot.Known {
			s.Keys, s.Rate = 1, p.cfg.TMDBRate
			if source == messages.KOBIS {
				s.Rate = p.cfg.KOBISRate
			}
		}
		if source == messages.KOBIS {
			s.kobis(cfg, snapshot)
		}
		s.DailyWork, s.DailyDone = policy.DailyNeed(history, source, loads)
		if err := s.state(ctx, p.ledger, snapshot, pic.now); err != nil {
			return nil, err
		}
		if len(ofSource(chosen, source)) == 0 {
			s.Waits = waits(pic, source, s)
		}
		list = append(list, s)
	}
	return list, nil
}

// state adds what is wrong with a source.
func (s *SupplyReport) state(ctx context.Context, ledger jetstream.KeyValue, snapshot quota.Snapshot, now time.Time) (err error) {
	for _, key := range snapshot.Keys {
		if key.State == quota.StateInvalid {
			s.Refused = append(s.Refused, key.Fingerprint)
		}
	}
	if ledger != nil {
		s.Trouble, err = quota.ReadTrouble(ctx, ledger, string(s.Source), now)
	}
	return err
}

// waits says why nothing of a source would be called though something is due; ""
// where nothing is.
func waits(pic picture, source messages.Source, s SupplyReport) string {
	capacity, due, asked := pic.capacities[source], 0, 0
	for _, workload := range policy.Workloads {
		if workload.Source != source {
			continue
		}
		for _, call := range pic.offer[workload.ID] {
			due++
			if pic.out[call.Name] {
				asked++
			}
		}
	}
	switch {
	case due == 0:
		return ""
	case pic.blocked != "":
		return pic.blocked
	case s.Keys > 0 && len(s.Refused) == s.Keys:
		return "the source refuses every key"
	case asked == due:
		return fmt.Sprintf("the %d calls that are due are asked for already and not answered yet", due)
	case capacity.Outstanding >= capacity.HighWater:
		return fmt.Sprintf("%d calls are outstanding, which is as many as may be", capacity.Outstanding)
	case capacity.Budget <= capacity.Outstanding:
		return fmt.Sprintf("the %d calls left today are outstanding or spent", capacity.Budget)
	}
	return "what is due was asked for again and again and waits for an hour, or the rest of the day is kept for daily work"
}

// kobis applies the daily quota and the questions asked.
func (s *SupplyReport) kobis(cfg PlanConfig, snapshot quota.Snapshot) {
	s.Today = snapshot.Remaining
	for _, key := range snapshot.Keys {
		s.PerDay += key.Quota
	}
	if !snapshot.Known {
		s.PerDay, s.Today = cfg.KOBISDailyQuota, cfg.KOBISDailyQuota
	}
	if keys := int(cfg.Keys); keys > 0 {
		perKey := s.PerDay / max(1, s.Keys)
		s.Today = max(0, s.Today+(keys-s.Keys)*perKey)
		s.Keys, s.PerDay = keys, keys*perKey
	}
	if cfg.Rate.N > 0 {
		s.Rate = cfg.Rate
	}
}

func (r *Report) windows(s survey, scopes []string) {
	all := s.windows[catalogue.All]
	r.Catalogue.Claimed, r.Catalogue.Windows = all.Total, 1+len(scopes)
	for _, scope := range append([]string{catalogue.All}, scopes...) {
		w, ok := s.windows[scope]
		if !ok {
			continue
		}
		if w.CompletedAt != nil {
			r.Catalogue.Complete++
		}
		r.Windows = append(r.Windows, WindowReport{scope, string(w.Phase), w.Total, w.Known, w.CompletedAt, w.Evidence})
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
			PerSecond: float64(s.Rate.N) / s.Rate.Per.Seconds(), PerDay: s.PerDay, Today: s.Today, Daily: s.DailyWork, DailyDone: s.DailyDone, Zone: zone,
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

// Count is a number of at least one; zero when not given.
type Count int

// UnmarshalText reads a positive number.
func (c *Count) UnmarshalText(text []byte) error {
	n := 0
	if _, err := fmt.Sscanf(string(text), "%d", &n); err != nil || n < 1 || fmt.Sprint(n) != string(text) {
		return fmt.Errorf("%q is no positive number", text)
	}
	*c = Count(n)
	return nil
}

func (c Count) or(n int) int {
	if c == 0 {
		return n
	}
	return int(c)
}
