package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

const (
	// subjectMost bounds the subject of a letter as it is recorded, in bytes: an
	// index holds it.
	subjectMost = 1000
	// unrecordable replaces texts that Postgres does not take.
	unrecordable = "its texts can't be stored; see the message in DEAD"
)

// Letters are the dead letters (ops.dead_letters).
type Letters struct{ *tables }

// recordAll writes letters down, each apart: one that can't be recorded as it is
// has a record of little more than its place in DEAD, and stops no other. It
// returns those that are recorded.
func (s Letters) recordAll(ctx context.Context, part apart, letters []jobs.Letter, now time.Time) ([]jobs.Letter, error) {
	var recorded []jobs.Letter
	for _, letter := range letters {
		err := part(func(q *db.Queries) error { return recordDead(ctx, q, clean(letter), now) })
		if OfData(err) {
			s.notes.add("letter", fmt.Sprint(letter.Seq), "message %d of DEAD can't be recorded as it is: %s", letter.Seq, err)
			err = part(func(q *db.Queries) error { return recordDead(ctx, q, bare(letter), now) })
		}
		switch {
		case OfData(err): // not even that: it stays in DEAD, and comes again
			s.notes.add("letter", fmt.Sprint(letter.Seq), "message %d of DEAD can't be recorded at all: %s", letter.Seq, err)
		case err != nil:
			return nil, err
		default:
			recorded = append(recorded, letter)
		}
	}
	return recorded, nil
}

// clean is a letter with texts that Postgres takes: whatever its sender wrote.
func clean(l jobs.Letter) jobs.Letter {
	l.Subject, l.Name = storable(cut(l.Subject, subjectMost)), storable(cut(l.Name, subjectMost))
	l.Reason, l.Error = storable(l.Reason), storable(l.Error)
	header := make(map[string][]string, len(l.Header))
	for key, values := range l.Header {
		for _, value := range values {
			header[storable(key)] = append(header[storable(key)], storable(value))
		}
	}
	l.Header = header
	return l
}

// bare is a letter without what its sender wrote.
func bare(l jobs.Letter) jobs.Letter {
	l.Header, l.Reason, l.Error = nil, unrecordable, ""
	l.Subject, l.Name = storable(cut(l.Subject, subjectMost)), storable(cut(l.Name, subjectMost))
	return l
}

// storable is text without what Postgres does not take, and without what a
// person's terminal would obey.
func storable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// recordDead writes a letter down and holds its name from now on: hours at first,
// then days. When DEAD stored it is told, and is not the clock that holds it.
func recordDead(ctx context.Context, q *db.Queries, l jobs.Letter, now time.Time) error {
	before, err := q.Deaths(ctx, db.DeathsParams{Name: l.Name, StreamSeq: int64(l.Seq)})
	if err != nil {
		return fmt.Errorf("counting the deaths of %s: %w", l.Name, err)
	}
	header := []byte("{}")
	if len(l.Header) > 0 {
		if header, err = json.Marshal(l.Header); err != nil {
			return fmt.Errorf("encoding the headers of %s: %w", l.Name, err)
		}
	}
	retry := now.Add(policy.DeathHold(int(before)))
	recorded, err := q.RecordDead(ctx, db.RecordDeadParams{
		StreamSeq: int64(l.Seq), Subject: l.Subject, Reason: l.Reason, Error: l.Error, Headers: header,
		BodySize: int32(l.Size), FailedAt: l.FailedAt, Deaths: before + 1, RetryAt: retry,
	})
	if err != nil {
		return fmt.Errorf("recording the death of %s: %w", l.Name, err)
	}
	if recorded == 0 { // it came again: an acknowledgement was lost
		return nil
	}
	if err := q.HoldDue(ctx, db.HoldDueParams{Subjects: []string{l.Name}, Until: retry}); err != nil {
		return fmt.Errorf("holding %s: %w", l.Name, err)
	}
	return nil
}

// KindOfDead is what dead letters are counted by.
type KindOfDead struct {
	Source messages.Source
	Kind   messages.Kind
}

// CountOpen counts the dead letters that nothing has resolved.
func (s Letters) CountOpen(ctx context.Context) (map[KindOfDead]int, error) {
	rows, err := s.q.OpenDead(ctx)
	if err != nil {
		return nil, fmt.Errorf("counting the open dead letters: %w", err)
	}
	open := make(map[KindOfDead]int, len(rows))
	for _, row := range rows {
		open[KindOfDead{Source: messages.Source(row.Source), Kind: messages.Kind(row.Kind)}] = int(row.Letters)
	}
	return open, nil
}
