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
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/board"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// PlanConfig is what a dry run takes.
type PlanConfig struct {
	service.LogConfig
	service.NATSConfig
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
	At        time.Time       `json:"at"`
	Unread    int             `json:"unread"` // entities whose changes no planner has looked at yet
	Blocked   string          `json:"blocked,omitempty"`
	Supplies  []SupplyReport  `json:"supplies"`
	Windows   []WindowReport  `json:"windows"`
	Stages    []StageReport   `json:"stages"`
	Next      []CallReport    `json:"next"`
	Days      []DayReport     `json:"days"` // of KOBIS, until nothing is left but daily work
	Catalogue CatalogueReport `json:"catalogue"`
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
	DailyWork  float64         `json:"daily_work"` // calls that a day's work is expected to take
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

// StageReport is one kind of work.
type StageReport struct {
	StageStatus
	// Calls is the estimate of all calls that the stage needs until it is done,
	// what cannot be named yet included.
	Calls  int        `json:"calls"`
	DoneAt *time.Time `json:"done_at"` // nil: never, daily work takes all calls
}

// CallReport is a call that would be made next.
type CallReport struct {
	Name   string            `json:"name"`
	Stage  policy.StageID    `json:"stage"`
	Why    string            `json:"why"`
	Params map[string]string `json:"params,omitempty"`
}

// DayReport is a day's calls.
type DayReport struct {
	Date  string `json:"date"`
	Daily int    `json:"daily"`
	Load  int    `json:"load"`
}

// Plan prints what would be called, in which order, and until when. It reads
// streams and tables, and changes neither.
func Plan(ctx context.Context, cfg PlanConfig) (err error) {
	rt, err := service.Start(ctx, "planner", service.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, HTTPAddr: "off"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
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
	r := Report{At: pic.now, Unread: census.Marks, Blocked: pic.blocked}
	r.windows(pic.survey, p.scopes(pic.now))
	r.Catalogue.Films = census.Films
	if r.Supplies, err = p.supplies(ctx, cfg, pic); err != nil {
		return Report{}, err
	}
	pages, err := p.store.DiscoverPages(ctx)
	if err != nil {
		return Report{}, err
	}
	r.forecast(status.Stages, estimate(pic, status.Stages, census, pages, len(p.scopes(pic.now))), p.cfg.KOBISZone.Location)
	taken := func(name messages.Name) bool { return pic.out[name] }
	for i, due := range policy.Choose(pic.rooms, pic.offer, taken) {
		if i >= cfg.Next.or(nextShown) {
			break
		}
		stage, _ := policy.StageOf(due.Stage)
		r.Next = append(r.Next, CallReport{due.Name.String(), due.Stage, stage.Why, due.Params})
	}
	return r, nil
}

// peek is a picture taken without changing anything. Streams that are not there
// yet hold nothing.
func (p *Planner) peek(ctx context.Context) (picture, error) {
	pic := picture{now: p.cfg.Now()}
	var err error
	if pic.view, err = p.board.Peek(ctx); err != nil && !errors.Is(err, board.ErrMissing) {
		return pic, err
	}
	if p.ledger, err = p.js.KeyValue(ctx, topology.BucketQuota); err != nil && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return pic, fmt.Errorf("binding to bucket %s: %w", topology.BucketQuota, err)
	}
	if pic.settled.Outstanding, err = p.store.Outstanding(ctx); err != nil {
		return pic, err
	}
	pic.out = outstanding(pic.view, pic.settled)
	if pic.changes, err = p.store.Changes(ctx, pic.now); err != nil {
		return pic, err
	}
	if pic.survey, err = p.survey(ctx, pic.now); err != nil {
		return pic, err
	}
	if pic.rooms, err = p.rooms(ctx, pic.view, pic.settled.Outstanding, pic.now); err != nil {
		return pic, err
	}
	pic.blocked = p.blocked(pic.view)
	pic.offer, err = p.offer(ctx, pic)
	return pic, err
}

// supplies tells what each source gives, or would give.
func (p *Planner) supplies(ctx context.Context, cfg PlanConfig, pic picture) ([]SupplyReport, error) {
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
			history, err := p.history(ctx, pic.now)
			if err != nil {
				return nil, err
			}
			s.DailyWork, _ = policy.DailyNeed(history, dailyOfKOBIS)
		}
		list = append(list, s)
	}
	return list, nil
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

func dailyOfKOBIS(id policy.StageID) bool {
	stage, ok := policy.StageOf(id)
	return ok && stage.Source == messages.KOBIS && stage.Class == policy.Daily
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

// forecast estimates each stage's calls and when they will have been made.
func (r *Report) forecast(stages []StageStatus, extra map[policy.StageID]int, zone *time.Location) {
	loads := map[messages.Source][]policy.Load{}
	for _, stage := range stages {
		loads[stage.Source] = append(loads[stage.Source], policy.Load{Stage: stage.Stage, Calls: stage.Due + stage.Outstanding + extra[stage.Stage]})
	}
	done := map[policy.StageID]policy.Finish{}
	for _, s := range r.Supplies {
		finish, days := policy.Forecast(loads[s.Source], policy.Supply{
			PerSecond: float64(s.Rate.N) / s.Rate.Per.Seconds(), PerDay: s.PerDay, Today: s.Today, Daily: s.DailyWork, Zone: zone,
		}, r.At)
		for _, f := range finish {
			done[f.Stage] = f
		}
		if s.Source == messages.KOBIS {
			for _, day := range days {
				r.Days = append(r.Days, DayReport{day.Date.Format(time.DateOnly), day.Daily, day.Load})
			}
		}
	}
	for _, stage := range stages {
		f := done[stage.Stage]
		report := StageReport{StageStatus: stage, Calls: f.Calls}
		if !f.At.IsZero() {
			report.DoneAt = &f.At
		}
		r.Stages = append(r.Stages, report)
	}
}

// What a first load needs as long as nothing is known of it.
const (
	assumedFilms    = 120_000 // in the catalogue of KOBIS
	assumedSearches = 2.0     // calls for a film
	assumedMatched  = 0.4     // of the films
	assumedSeries   = 10_000  // of Korean origin
	filmsPerPage    = 100
	seriesPerPage   = 20
)

// estimate is the calls that cannot be named yet, by stage: they follow from
// answers that are still to come.
func estimate(pic picture, stages []StageStatus, c store.Census, pages []policy.DiscoverPage, years int) map[policy.StageID]int {
	named := map[policy.StageID]int{}
	for _, stage := range stages {
		named[stage.Stage] = stage.Due + stage.Outstanding
	}
	films := max(c.Films, pic.survey.claimed)
	if films == 0 {
		films = assumedFilms
	}
	unread := max(0, c.WithoutDetail-named[policy.DetailBack]-named[policy.DetailOpening]-named[policy.DetailChanged])
	extra := map[policy.StageID]int{policy.DetailBack: films - c.Films + unread}
	if !pic.survey.read() {
		if pic.survey.claimed == 0 {
			extra[policy.Catalogue] = films / filmsPerPage // named once the first is read
		}
		extra[policy.Catalogue]++ // the head again
		extra[policy.CatalogueWindows] = years
	}
	perFilm, matched := assumedSearches, assumedMatched
	if c.Searched > 0 {
		perFilm = float64(c.Searches) / float64(c.Searched)
		matched = float64(c.Matched) / float64(c.Searched)
	}
	unsearched := float64(max(0, films-c.Searched))
	extra[policy.SearchBack] = max(0, int(unsearched*perFilm)-named[policy.SearchBack]-named[policy.SearchOpening])
	extra[policy.TMDBMatched] = int(unsearched * matched)
	series := 0
	for _, page := range pages {
		if page.Page == 1 {
			series += page.TotalResults
		}
	}
	if len(pages) == 0 {
		series = assumedSeries
		extra[policy.SeriesDiscover] = assumedSeries / seriesPerPage
	}
	extra[policy.SeriesDetail] = max(0, series-c.TMDBSeries-named[policy.SeriesDetail])
	return extra
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
