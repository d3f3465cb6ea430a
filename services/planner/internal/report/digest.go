package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/why"
)

// Digest is what the time since another was like, for those who read a line a day.
type Digest struct {
	Since             time.Time         `json:"since"`
	Until             time.Time         `json:"until"`
	Planner           *why.Reason       `json:"planner,omitempty"` // what keeps the planner as a whole
	BoxOfficeLandedAt *time.Time        `json:"box_office_landed_at"`
	Calls             []DayCalls        `json:"calls"` // by source, on the days since then
	TitlesChanged     int               `json:"titles_changed"`
	Reviews           int               `json:"reviews"`
	OpeningReviews    int               `json:"opening_reviews"` // of films that open within 14 days, or just opened
	DeadLettersOpen   int               `json:"dead_letters_open"`
	NotOnTime         []freshness.State `json:"not_on_time"` // data sets that are late, or have failed
	DoneAt            *time.Time        `json:"done_at"`     // when everything that is due will have been called
}

// DayCalls is how many calls of a source were planned on a day of its quota.
type DayCalls struct {
	Date   string          `json:"date"` // YYYY-MM-DD
	Source messages.Source `json:"source"`
	Calls  int             `json:"calls"`
}

// DigestOf makes a digest of the time since another, with an overview as it stands.
func DigestOf(ctx context.Context, s *store.Store, v Overview, since, now time.Time) (Digest, error) {
	d := Digest{Since: since.UTC(), Until: now.UTC(), Planner: v.Planner, Calls: []DayCalls{}, NotOnTime: []freshness.State{}}
	day, err := s.Reports.CountDay(ctx, since, now)
	if err != nil {
		return d, err
	}
	d.TitlesChanged, d.Reviews, d.OpeningReviews, d.DeadLettersOpen = day.Titles, day.Reviews, day.OpeningReviews, day.DeadOpen
	calls, err := s.Runs.Calls(ctx, policy.Date(since, policy.Seoul))
	if err != nil {
		return d, err
	}
	counts := map[DayCalls]int{}
	for _, c := range calls {
		if w, ok := policy.WorkloadOf(c.Workload); ok {
			counts[DayCalls{Date: c.Day.Format(time.DateOnly), Source: w.Source}] += c.Calls
		}
	}
	d.addCalls(counts)
	for _, set := range v.Datasets {
		if set.Set == freshness.BoxOffice {
			d.BoxOfficeLandedAt = set.LandedAt
		}
		if set.Word == freshness.Late || set.Word == freshness.Failed {
			d.NotOnTime = append(d.NotOnTime, set)
		}
	}
	for _, w := range v.Workloads {
		if w.DoneAt != nil && (d.DoneAt == nil || w.DoneAt.After(*d.DoneAt)) {
			d.DoneAt = w.DoneAt
		}
	}
	return d, nil
}

// addCalls lists the calls of each of the digest's days in Seoul.
func (d *Digest) addCalls(counts map[DayCalls]int) {
	for date := policy.Date(d.Since, policy.Seoul); !date.After(policy.Date(d.Until, policy.Seoul)); date = date.AddDate(0, 0, 1) {
		for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
			one := DayCalls{Date: date.Format(time.DateOnly), Source: source}
			if n := counts[one]; n > 0 {
				one.Calls = n
				d.Calls = append(d.Calls, one)
			}
		}
	}
}

// Line is the digest in a line.
func (d Digest) Line() string { return strings.Join(d.parts(), "; ") }

func (d Digest) parts() (parts []string) {
	if d.Planner != nil {
		parts = append(parts, strings.TrimSuffix(English(*d.Planner, d.Until), "."))
	}
	landed := "no box office has landed"
	if d.BoxOfficeLandedAt != nil {
		landed = "box office landed " + clock(d.BoxOfficeLandedAt, d.Until)
	}
	parts = append(parts, landed)
	for _, c := range d.Calls {
		parts = append(parts, fmt.Sprintf("%s calls to %s on %s", number(c.Calls), source(c.Source), c.Date))
	}
	parts = append(parts,
		number(d.TitlesChanged)+" titles changed",
		fmt.Sprintf("%s in review (%s of openings within two weeks)", number(d.Reviews), number(d.OpeningReviews)),
		number(d.DeadLettersOpen)+" dead letters open")
	for _, set := range d.NotOnTime {
		parts = append(parts, fmt.Sprintf("%s %s by %s", set.Set, set.Word, overdue(set.OverdueSeconds)))
	}
	if d.DoneAt != nil {
		parts = append(parts, "what is due is done "+clock(d.DoneAt, d.Until))
	}
	return parts
}

// Print writes the digest as JSON, as Markdown, or in a line.
func (d Digest) Print(w io.Writer, asJSON, markdown bool) error {
	switch {
	case asJSON:
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(d)
	case markdown:
		_, err := fmt.Fprintf(w, "**%s**\n\n- %s\n", d.Until.In(policy.Seoul).Format(time.DateOnly), strings.Join(d.parts(), "\n- "))
		return err
	}
	_, err := fmt.Fprintln(w, d.Line())
	return err
}
