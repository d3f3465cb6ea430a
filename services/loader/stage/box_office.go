package stage

import (
	"context"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

// kobisBoxOffice writes the days first: a day's row is the lock of its list, and
// says which answer the list is that of. What that answer does not list goes, unless
// it has a row whose film can't be told: that may be any.
func (l *landing) kobisBoxOffice(ctx context.Context) error {
	type day = stamped[record.KobisBoxOfficeDay]
	date := func(d *record.KobisBoxOfficeDay) string { return d.Date.Format(time.DateOnly) }
	all := every(l.payloads, func(f *decode.Facts) []record.KobisBoxOfficeDay { return f.KobisBoxOfficeDays })
	since := make(map[string]*time.Time) // the newest answers that tell all films
	for _, d := range all {
		if at := since[date(d.row)]; !d.row.Torn && (at == nil || d.at.After(*at)) {
			since[date(d.row)] = &d.at
		}
	}
	days := newest(all, date)
	if len(days) == 0 {
		return nil
	}
	dates := column(days, func(d *day) *time.Time { return d.row.Date })
	written, err := l.q.UpsertKobisBoxOfficeDays(ctx, db.UpsertKobisBoxOfficeDaysParams{
		LoadedAt:  l.now,
		Date:      dates,
		RowCount:  column(days, func(d *day) int32 { return d.row.Rows }),
		Whole:     column(days, func(d *day) bool { return !d.row.Torn }),
		Since:     column(days, func(d *day) *time.Time { return since[date(d.row)] }),
		FetchedAt: column(days, func(d *day) time.Time { return d.at }),
		RawID:     column(days, func(d *day) int64 { return d.rawID }),
	})
	if err != nil {
		return failed("staging.kobis_box_office_days", err)
	}
	l.count("staging.kobis_box_office_days", len(days), len(written))
	if err := l.boxOfficeRows(ctx); err != nil {
		return err
	}
	gone, err := l.q.DeleteUnlistedBoxOffice(ctx, dates)
	if err != nil {
		return failed("staging.kobis_box_office", err)
	}
	for _, movieCd := range gone {
		l.marks.film(movieCd, true)
	}
	return nil
}

func (l *landing) boxOfficeRows(ctx context.Context) error {
	t := l.boxOfficeTable()
	return t.land(ctx, l, newest(every(l.payloads, t.rows), t.entity))
}

func (l *landing) boxOfficeTable() *table[record.KobisBoxOffice] {
	subjectOf := subject(messages.KOBIS, messages.KindDailyBoxOffice)
	return &table[record.KobisBoxOffice]{
		source: messages.KOBIS, kind: messages.KindDailyBoxOffice,
		rows:    func(f *decode.Facts) []record.KobisBoxOffice { return f.KobisBoxOffice },
		entity:  func(r *record.KobisBoxOffice) string { return r.Date.Format("20060102") + "." + r.MovieCd },
		subject: func(entity string) string { day, _, _ := strings.Cut(entity, "."); return subjectOf(day) },
		key:     func(entity string) string { _, movieCd, _ := strings.Cut(entity, "."); return movieCd },
		atOnce:  rowsAtOnce, write: l.writeBoxOffice,
	}
}

func (l *landing) writeBoxOffice(ctx context.Context, rows []stamped[record.KobisBoxOffice]) error {
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
