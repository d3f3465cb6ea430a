package planner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/tick"
	"github.com/cledit/pipeline/services/planner/why"
)

const (
	// statusMoves is the least time between two writings of a status that changes,
	// statusRests the time between two of one that does not.
	statusMoves = time.Second
	statusRests = 10 * time.Second
	// historyEvery is the time between two entries of the history.
	historyEvery = 10 * time.Minute
)

// standing is what the planner tells those who read ops.status.
type standing struct {
	overview  report.Overview
	body      []byte // as written last, but for its time
	writtenAt time.Time
	historyAt time.Time
	failing   *time.Time // since when ticks fail whole
	digestOf  time.Time  // the day of the last digest
}

// onTick tells anyone who listens what a tick came to.
func (p *Planner) onTick(ctx context.Context, t tick.Result) error {
	p.standing.failing = nil
	overview := report.OverviewOf(t, p.cfg.questions())
	p.metrics.Done(overview.Ends())
	err := errors.Join(p.write(ctx, overview), p.remember(ctx, overview), p.digest(ctx, overview))
	if p.cfg.OnStatus == nil {
		return err
	}
	status, failed := report.StatusOf(ctx, p.store, t)
	if failed == nil {
		p.cfg.OnStatus(status)
	}
	return errors.Join(err, failed)
}

// questions are what the planner assumes as long as no fetcher has told.
func (p Planning) questions() report.Questions {
	return report.Questions{KOBISDailyQuota: p.KOBISDailyQuota, KOBISRate: p.KOBISRate, TMDBRate: p.TMDBRate, KOBISZone: p.KOBISZone.Location}
}

// write stores an overview: when it changes, but at most once a second, and else every
// ten seconds.
func (p *Planner) write(ctx context.Context, overview report.Overview) error {
	s := &p.standing
	at := overview.At
	s.overview, overview.At = overview, time.Time{}
	body, err := json.Marshal(overview)
	if err != nil {
		return fmt.Errorf("encoding the status: %w", err)
	}
	age := at.Sub(s.writtenAt)
	if age >= 0 && (age < statusMoves || age < statusRests && bytes.Equal(body, s.body)) {
		return nil
	}
	whole, err := json.Marshal(s.overview)
	if err != nil {
		return fmt.Errorf("encoding the status: %w", err)
	}
	if err := p.store.Reports.PutStatus(ctx, whole, at); err != nil {
		return err
	}
	s.body, s.writtenAt = body, at
	return nil
}

// remember adds to the history from time to time.
func (p *Planner) remember(ctx context.Context, v report.Overview) error {
	at := v.At.Truncate(historyEvery)
	if at.Equal(p.standing.historyAt) {
		return nil
	}
	var past []store.Past
	for _, s := range v.Sources {
		one := store.Past{At: at, Source: s.Source, Outstanding: s.Outstanding, Due: s.Due, Backlog: int64(v.Backlog), Reason: string(s.Why.Code)}
		if s.Left != nil && *s.Left != quota.Unlimited && *s.Left < math.MaxInt64 {
			left := int64(*s.Left)
			one.Budget = &left
		}
		for _, w := range v.Workloads {
			if w.Source == s.Source && w.DoneAt != nil && (one.DoneAt == nil || w.DoneAt.After(*one.DoneAt)) {
				one.DoneAt = w.DoneAt
			}
		}
		past = append(past, one)
	}
	if err := p.store.Reports.AddHistory(ctx, past, v.At); err != nil {
		return err
	}
	p.standing.historyAt = at
	return nil
}

// errNATSAway is what a tick waits for that begins without a connection.
var errNATSAway = errors.New("not connected to NATS, reconnecting")

// tellFailure tells those who read ops.status that ticks fail whole: what was known of
// the sources stands beside it. Where the database does not answer nobody hears of it.
func (p *Planner) tellFailure(ctx context.Context, failure error) {
	s := &p.standing
	now := p.now().UTC()
	if s.failing == nil {
		s.failing = &now
	}
	reason := why.Reason{Code: why.TickFails, Since: s.failing, Detail: failure.Error()}
	switch {
	case errors.Is(failure, schema.ErrOutdated):
		reason = why.Reason{Code: why.SchemaOlder, Detail: failure.Error()}
	case errors.Is(failure, errNATSAway), errors.Is(failure, nats.ErrNoResponders), p.nc.Status() != nats.CONNECTED:
		reason.Code = why.NATSAway
	}
	overview := s.overview
	overview.At, overview.Planner = now, &reason
	if err := p.write(ctx, overview); err != nil {
		p.log.Debug().Err(err).Msg("writing the status")
	}
	s.overview.Planner = nil
}

func (p *Planner) now() time.Time {
	if p.cfg.Now == nil {
		return time.Now()
	}
	return p.cfg.Now()
}
