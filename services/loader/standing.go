package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cledit/pipeline/services/loader/internal/db"
)

const (
	// standEvery is the time between two readings of how the tables stand.
	standEvery = time.Minute
	// countedMost is how many matches of a status are counted one by one; of more the
	// database's own estimate is taken.
	countedMost = 1_000
)

// statuses are those of a match.
var statuses = []string{"matched", "review", "none", "pinned", "banned"}

// readStanding sets the gauges of how the tables stand. All it asks is answered from
// an index, or from what the database knows of the table as a whole.
func (h *housekeeping) readStanding(ctx context.Context) error {
	return h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := h.countMatches(ctx, q); err != nil {
			return err
		}
		oldest, err := q.OldestReview(ctx)
		if err != nil {
			return fmt.Errorf("reading the oldest review: %w", err)
		}
		h.metrics.reviews(oldest)
		expiries, err := q.NextExpiries(ctx)
		if err != nil {
			return fmt.Errorf("reading what expires next: %w", err)
		}
		at := map[string]time.Time{}
		for _, row := range expiries {
			at[row.OfTable] = row.ExpiresAt
		}
		h.metrics.expires(at)
		floors, err := q.FloorsSet(ctx)
		if err != nil {
			return fmt.Errorf("reading the floors: %w", err)
		}
		for _, row := range floors {
			h.metrics.floor.WithLabelValues(row.Source).Set(float64(row.SetAt.Unix()))
		}
		return nil
	})
}

func (h *housekeeping) countMatches(ctx context.Context, q *db.Queries) error {
	counted, err := q.CountMatches(ctx, db.CountMatchesParams{Most: countedMost, Statuses: statuses})
	if err != nil {
		return fmt.Errorf("counting the matches: %w", err)
	}
	estimated, err := q.EstimateMatches(ctx)
	if err != nil {
		return fmt.Errorf("estimating the matches: %w", err)
	}
	of := map[string]int64{}
	for _, row := range estimated {
		of[row.Status] = row.Matches
	}
	for _, row := range counted {
		n := row.Matches
		if n == countedMost {
			n = max(n, of[row.Status])
		}
		h.metrics.matches.WithLabelValues(row.Status).Set(float64(n))
	}
	return nil
}

// Why the database is not usable, as the label of a retry: the first four need a person.
const (
	tooManyConnections = "too_many_connections"
	diskFull           = "disk_full"
	readOnly           = "read_only"
	noPermission       = "permission"
	isUnavailable      = "unavailable"
	inConflict         = "conflict"
)

var retryCauses = []string{tooManyConnections, diskFull, readOnly, noPermission, isUnavailable, inConflict}

// causeOf is why the database was not usable, by what the server said.
func causeOf(err error) string {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return isUnavailable
	}
	switch pg.Code {
	case "53300":
		return tooManyConnections
	case "53100":
		return diskFull
	case "25006":
		return readOnly
	case "42501", "28000", "28P01":
		return noPermission
	}
	return isUnavailable
}

// sessionState is what a worker's session is.
type sessionState string

const (
	sessionOpening sessionState = "opening" // it has not reached the database yet
	sessionUsable  sessionState = "usable"
	sessionFailing sessionState = "failing"
)

// in counts the workers that are in a state.
func (h *health) in(state sessionState) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for worker := range h.workers {
		is := sessionUsable
		if err, seen := h.known[worker]; !seen {
			is = sessionOpening
		} else if err != nil {
			is = sessionFailing
		}
		if is == state {
			n++
		}
	}
	return n
}

// registerSessions has /metrics count the sessions by their states when it is read.
func registerSessions(registry prometheus.Registerer, tables *health) {
	for _, state := range []sessionState{sessionOpening, sessionUsable, sessionFailing} {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "cledit", Subsystem: "loader", Name: "sessions",
			Help:        "workers' sessions with the database, by whether they are usable",
			ConstLabels: prometheus.Labels{"state": string(state)},
		}, func() float64 { return float64(tables.in(state)) }))
	}
}
