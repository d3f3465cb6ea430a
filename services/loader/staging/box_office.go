package staging

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

// kobisBoxOffice writes the days first: a day's row is the lock of its list, and
// says which answer the list is that of. What that answer does not list goes, unless
// it is not whole.
func (l kobisLanding) kobisBoxOffice(ctx context.Context) error {
	dates := make(map[string]time.Time)
	for _, d := range every(l.payloads, func(f *decode.Facts) []record.KobisBoxOfficeDay { return f.KobisBoxOfficeDays }) {
		dates[dayOf(*d.row.Date)] = *d.row.Date
	}
	if len(dates) == 0 {
		return nil
	}
	lock := db.LockKobisBoxOfficeDaysParams{LoadedAt: l.now}
	for _, day := range slices.Sorted(maps.Keys(dates)) {
		lock.Date = append(lock.Date, new(dates[day]))
	}
	if err := l.q.LockKobisBoxOfficeDays(ctx, lock); err != nil {
		return failed("staging.kobis_box_office_days", err)
	}
	answered, err := l.answeredDays(ctx, slices.Sorted(maps.Keys(dates)))
	if err != nil {
		return fmt.Errorf("reading the answers of days: %w", err)
	}
	rows, err := l.setDays(ctx, dates, answered)
	if err != nil {
		return failed("staging.kobis_box_office_days", err)
	}
	t := l.boxOfficeTable()
	if err := t.land(ctx, l.landing, newest(rows, t.entity)); err != nil {
		return err
	}
	return l.removeUnlisted(ctx, lock.Date)
}

func dayOf(date time.Time) string { return date.Format("20060102") }

// answeredDay is a stored answer about a day.
type answeredDay struct {
	answer
	rows []record.KobisBoxOffice
	torn bool // it has a row whose film can't be told: that may be any
}

// dailyFilms is how many films a day's list has, where there are so many.
const dailyFilms = 10

// whole is the place of the newest answer that tells all films of its day, len(answers)
// if there is none. One with less than half of the films that another has, or none,
// tells not all: a day that is over gains corrections, and loses no films.
func whole(answers []answeredDay) int {
	most := 0
	for i := range answers {
		most = max(most, len(answers[i].rows))
	}
	for i := range answers {
		if !answers[i].torn && 2*len(answers[i].rows) >= min(most, dailyFilms) {
			return i
		}
	}
	return len(answers)
}

// setDays writes what is known of the days, and returns the rows that stand: those of
// the newest answer that is whole, and of what came after it.
func (l kobisLanding) setDays(
	ctx context.Context, dates map[string]time.Time, answered map[string][]answeredDay,
) ([]stamped[record.KobisBoxOffice], error) {
	params := db.SetKobisBoxOfficeDaysParams{LoadedAt: l.now}
	var rows []stamped[record.KobisBoxOffice]
	for _, day := range slices.Sorted(maps.Keys(answered)) {
		answers := answered[day]
		newest, at := &answers[0], whole(answers)
		var since *time.Time
		if at > 0 && at < len(answers) {
			since = &answers[at].fetchedAt
		}
		params.Date = append(params.Date, new(dates[day]))
		params.RowCount, params.Since = append(params.RowCount, int32(len(newest.rows))), append(params.Since, since)
		params.Never = append(params.Never, at == len(answers))
		params.FetchedAt, params.RawID = append(params.FetchedAt, newest.fetchedAt), append(params.RawID, newest.id)
		for i := range answers[:min(at+1, len(answers))] {
			a := &answers[i]
			for j := range a.rows {
				rows = append(rows, stamped[record.KobisBoxOffice]{row: &a.rows[j], at: a.fetchedAt, rawID: a.id})
			}
		}
	}
	written, err := l.q.SetKobisBoxOfficeDays(ctx, params)
	l.count("staging.kobis_box_office_days", len(answered), int(written))
	return rows, err
}

// answeredDays reads what is stored of days, the newest answer first.
func (l kobisLanding) answeredDays(ctx context.Context, days []string) (map[string][]answeredDay, error) {
	subjectOf := subject(messages.KOBIS, messages.KindDailyBoxOffice)
	of := make(map[string]string, len(days))
	for _, day := range days {
		of[subjectOf(day)] = day
	}
	stored, err := l.q.StoredAnswers(ctx, db.StoredAnswersParams{
		Subjects: slices.Sorted(maps.Keys(of)), Source: string(messages.KOBIS), Now: &l.now,
	})
	if err != nil {
		return nil, err
	}
	answered := make(map[string][]answeredDay, len(days))
	for _, s := range stored {
		p, err := l.storedPayload(ctx, answer{id: s.ID, fetchedAt: s.LastFetchedAt})
		if err != nil {
			return nil, err
		}
		facts, _, err := decode.Payload(p)
		if err != nil || len(facts.KobisBoxOfficeDays) == 0 {
			continue // it can't be read any more and says nothing
		}
		day := of[s.Subject]
		answered[day] = append(answered[day], answeredDay{
			answer{id: s.ID, fetchedAt: s.LastFetchedAt}, facts.KobisBoxOffice, facts.KobisBoxOfficeDays[0].Torn,
		})
	}
	return answered, nil
}

// removeUnlisted removes what does not stand any more.
func (l kobisLanding) removeUnlisted(ctx context.Context, dates []*time.Time) error {
	gone, err := l.q.DeleteUnlistedBoxOffice(ctx, dates)
	if err != nil || len(gone) == 0 {
		return failed("staging.kobis_box_office", err)
	}
	kept := db.SetKeptFieldsParams{Source: string(messages.KOBIS), Kind: string(messages.KindDailyBoxOffice)}
	for _, g := range gone {
		l.marks.film(g.MovieCd, true)
		kept.Entities = append(kept.Entities, dayOf(*g.Date)+"."+g.MovieCd)
	}
	return failed("staging.kept_fields", l.q.SetKeptFields(ctx, kept))
}

func (l kobisLanding) boxOfficeTable() *table[record.KobisBoxOffice] {
	subjectOf := subject(messages.KOBIS, messages.KindDailyBoxOffice)
	return &table[record.KobisBoxOffice]{
		source: messages.KOBIS, kind: messages.KindDailyBoxOffice,
		rows:    func(f *decode.Facts) []record.KobisBoxOffice { return f.KobisBoxOffice },
		entity:  func(r *record.KobisBoxOffice) string { return dayOf(*r.Date) + "." + r.MovieCd },
		subject: func(entity string) string { day, _, _ := strings.Cut(entity, "."); return subjectOf(day) },
		key:     func(entity string) string { _, movieCd, _ := strings.Cut(entity, "."); return movieCd },
		atOnce:  rowsAtOnce, past: true, write: l.writeBoxOffice,
	}
}

func (l kobisLanding) writeBoxOffice(ctx context.Context, rows []stamped[record.KobisBoxOffice]) error {
	written, err := l.q.UpsertKobisBoxOffice(ctx, boxOfficeParams(rows, l.now))
	if err != nil {
		return failed("staging.kobis_box_office", err)
	}
	l.count("staging.kobis_box_office", len(rows), len(written))
	for _, w := range written {
		l.marks.film(w.MovieCd, w.Changed)
	}
	return nil
}

func boxOfficeParams(rows []stamped[record.KobisBoxOffice], now time.Time) db.UpsertKobisBoxOfficeParams {
	type row = stamped[record.KobisBoxOffice]
	return db.UpsertKobisBoxOfficeParams{
		LoadedAt:           now,
		Date:               column(rows, func(r *row) *time.Time { return r.row.Date }),
		MovieCd:            column(rows, func(r *row) string { return r.row.MovieCd }),
		Rank:               column(rows, func(r *row) *int32 { return r.row.Rank }),
		RankChange:         column(rows, func(r *row) *int32 { return r.row.RankChange }),
		IsNew:              column(rows, func(r *row) bool { return r.row.IsNew }),
		Title:              column(rows, func(r *row) string { return r.row.Title }),
		OpenDate:           column(rows, func(r *row) *time.Time { return r.row.OpenDate }),
		SalesAmount:        column(rows, func(r *row) *int64 { return r.row.SalesAmount }),
		SalesShare:         column(rows, func(r *row) *float64 { return r.row.SalesShare }),
		SalesChange:        column(rows, func(r *row) *int64 { return r.row.SalesChange }),
		SalesChangeRate:    column(rows, func(r *row) *float64 { return r.row.SalesChangeRate }),
		SalesTotal:         column(rows, func(r *row) *int64 { return r.row.SalesTotal }),
		Audience:           column(rows, func(r *row) *int64 { return r.row.Audience }),
		AudienceChange:     column(rows, func(r *row) *int64 { return r.row.AudienceChange }),
		AudienceChangeRate: column(rows, func(r *row) *float64 { return r.row.AudienceChangeRate }),
		AudienceTotal:      column(rows, func(r *row) *int64 { return r.row.AudienceTotal }),
		Screens:            column(rows, func(r *row) *int32 { return r.row.Screens }),
		Shows:              column(rows, func(r *row) *int32 { return r.row.Shows }),
		FetchedAt:          column(rows, func(r *row) time.Time { return r.at }),
		RawID:              column(rows, func(r *row) int64 { return r.rawID }),
	}
}
