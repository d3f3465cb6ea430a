package console

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pmezard/go-difflib/difflib"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/console/internal/db"
)

// itemBody is the way of one thing that is fetched.
type itemBody struct {
	Name     messages.Name
	Due      []db.ItemDueRow
	Out      []db.ItemJobsRow
	Payloads []db.ItemPayloadsRow
	Letters  []db.LettersRow
	Notes    []db.ItemNotesRow
	Marks    []db.ItemMarksRow
	Payload  *payload
	Diff     *diff
}

type payload struct {
	db.PayloadRow
	Text string
	Cut  bool
}

// diff is what differs between an answer and the one before it.
type diff struct {
	Old, New int64
	Lines    []diffLine
	TooLong  bool
}

type diffLine struct {
	Sign string // +, -, @ or a space
	Text string
}

// mostCompared is how many lines are compared: it takes the square of them at worst.
const mostCompared = 6000

func (s *pages) itemPage(r *http.Request, p *page) (any, error) {
	ctx := r.Context()
	name, err := messages.ParseName(r.PathValue("name"))
	if err != nil {
		// Any other id is one of a title.
		id, err := s.titleID(ctx, r.PathValue("name"))
		if err != nil {
			return nil, err
		}
		return nil, redirect("/title/" + id.String())
	}
	b := itemBody{Name: name}
	p.Subject = name.String()
	if err := b.readWay(ctx, s.db); err != nil {
		return nil, err
	}
	if err := s.itemPayload(r, &b); err != nil {
		return nil, err
	}
	return b, nil
}

// readWay reads where the thing has been: due, planned, answered, dead, dirty.
func (b *itemBody) readWay(ctx context.Context, q *db.Queries) (err error) {
	name := b.Name.String()
	if b.Due, err = q.ItemDue(ctx, name); err != nil {
		return fmt.Errorf("reading what is due: %w", err)
	}
	if b.Out, err = q.ItemJobs(ctx, name); err != nil {
		return fmt.Errorf("reading what is planned: %w", err)
	}
	if b.Payloads, err = q.ItemPayloads(ctx, name); err != nil {
		return fmt.Errorf("listing the payloads: %w", err)
	}
	if b.Letters, err = q.Letters(ctx, db.LettersParams{AllOfThem: true, Name: name, Before: math.MaxInt64}); err != nil {
		return fmt.Errorf("listing the dead letters: %w", err)
	}
	if b.Notes, err = q.ItemNotes(ctx, name); err != nil {
		return fmt.Errorf("reading the field notes: %w", err)
	}
	if b.Marks, err = q.ItemMarks(ctx, marksOf(b.Name)); err != nil {
		return fmt.Errorf("reading the marks: %w", err)
	}
	return nil
}

// marksOf are the keys under which a name's title is marked.
func marksOf(name messages.Name) []string {
	key, _, _ := strings.Cut(name.Key, ".")
	kind, _, _ := strings.Cut(string(name.Kind), "-")
	return []string{string(name.Source) + ":" + kind + ":" + key}
}

// itemPayload reads the payload that the address names, and what changed with it.
func (s *pages) itemPayload(r *http.Request, b *itemBody) error {
	id, err := number(r, "payload", int64(0))
	if err != nil || id == 0 {
		return err
	}
	at := slices.IndexFunc(b.Payloads, func(p db.ItemPayloadsRow) bool { return p.ID == id })
	if at < 0 {
		return pgx.ErrNoRows
	}
	if b.Payload, err = s.payload(r, id); err != nil {
		return err
	}
	if at == len(b.Payloads)-1 {
		return nil
	}
	before, err := s.payload(r, b.Payloads[at+1].ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // purged since
	}
	if err != nil {
		return err
	}
	b.Diff = compare(before, b.Payload)
	return nil
}

func (s *pages) payload(r *http.Request, id int64) (*payload, error) {
	row, err := s.db.Payload(r.Context(), id)
	if err != nil {
		return nil, fmt.Errorf("reading a payload: %w", err)
	}
	return &payload{row, indented([]byte(row.Body)), int(row.Size) > len(row.Body)}, nil
}

func compare(before, after *payload) *diff {
	d := &diff{Old: before.ID, New: after.ID}
	a, b := strings.Split(before.Text, "\n"), strings.Split(after.Text, "\n")
	if d.TooLong = len(a) > mostCompared || len(b) > mostCompared; d.TooLong {
		return d
	}
	for _, group := range difflib.NewMatcher(a, b).GetGroupedOpCodes(2) {
		d.Lines = append(d.Lines, diffLine{"@", fmt.Sprint(group[0].J1 + 1)})
		for _, op := range group {
			if op.Tag == 'e' {
				d.add(" ", b[op.J1:op.J2])
				continue
			}
			d.add("-", a[op.I1:op.I2])
			d.add("+", b[op.J1:op.J2])
		}
	}
	return d
}

func (d *diff) add(sign string, lines []string) {
	for _, line := range lines {
		d.Lines = append(d.Lines, diffLine{sign, line})
	}
}

// passed is a moment in the way of a thing.
type passed struct {
	At   time.Time
	Key  string
	Note string
	Link string
}

// Moments are the way of a thing, newest first.
func (b itemBody) Moments() (list []passed) {
	for _, d := range b.Due {
		at := d.DueAt
		if d.NotBefore != nil && d.NotBefore.After(at) {
			at = *d.NotBefore
		}
		key := "item.due"
		if !d.Ready {
			key = "item.due-later"
		}
		list = append(list, passed{at, key, d.Stage, "/calls?stage=" + d.Stage})
	}
	for _, j := range b.Out {
		list = append(list, passed{j.PlannedAt, "item.planned", j.RunID, "/runs?run=" + j.RunID})
	}
	for _, p := range b.Payloads {
		which, link := fmt.Sprintf("#%d", p.ID), fmt.Sprintf("?payload=%d#payload", p.ID)
		list = append(list, passed{p.LastFetchedAt, "item.fetched." + p.Outcome, which, link})
		if !p.FirstFetchedAt.Equal(p.LastFetchedAt) {
			list = append(list, passed{p.FirstFetchedAt, "item.first", which, link})
		}
	}
	for _, l := range b.Letters {
		list = append(list, passed{l.FailedAt, "item.died", l.Reason, "/problems?all=1&name=" + b.Name.String()})
		if l.ResolvedAt != nil {
			list = append(list, passed{*l.ResolvedAt, "item.resolved", "", ""})
		}
	}
	for _, m := range b.Marks {
		list = append(list, passed{m.MarkedAt, "item.marked", m.Key, "/marks"})
	}
	slices.SortStableFunc(list, func(a, b passed) int { return b.At.Compare(a.At) })
	return list
}
