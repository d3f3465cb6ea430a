package table

import (
	"io"

	"github.com/cledit/pipeline/sim/kobis"
)

var filmColumns = []string{
	"code", "title", "title_en", "production_year", "open_date", "form", "status",
	"nations", "genres", "nation", "genre", "directors", "companies:code~name",
}

// WriteFilms writes list rows in their order.
func WriteFilms(w io.Writer, films []kobis.Film) error {
	records := make([][]string, len(films))
	for i, f := range films {
		companies := make([][]string, len(f.Companies))
		for j, c := range f.Companies {
			companies[j] = []string{c.Code, c.Name}
		}
		records[i] = append(escapeAll(f.Code, f.Title, f.TitleEN, f.ProductionYear, f.OpenDate, f.Form, f.Status,
			f.Nations, f.Genres, f.Nation, f.Genre), names(f.Directors), list(companies))
	}
	return write(w, filmColumns, records)
}

// ReadFilms reads what WriteFilms wrote.
func ReadFilms(text string) ([]kobis.Film, error) {
	var films []kobis.Film
	err := Read(text, filmColumns, func(fields []string) error {
		r := reader{fields: fields}
		f := kobis.Film{
			Code: r.text(), Title: r.text(), TitleEN: r.text(), ProductionYear: r.text(), OpenDate: r.text(),
			Form: r.text(), Status: r.text(), Nations: r.text(), Genres: r.text(), Nation: r.text(), Genre: r.text(),
			Directors: r.names(),
		}
		for _, c := range r.list(2) {
			f.Companies = append(f.Companies, kobis.Company{Code: c[0], Name: c[1]})
		}
		films = append(films, f)
		return r.err
	})
	return films, err
}

var detailColumns = []string{
	"code", "title", "title_en", "title_original", "minutes", "production_year", "open_date", "status", "form",
	"nations", "genres", "directors:name~name_en", "actors:name~name_en~cast~cast_en", "show_types:group~name",
	"companies:code~name~name_en~part", "audits:number~grade", "staff:name~name_en~role",
}

// WriteDetails writes details in their order.
func WriteDetails(w io.Writer, details []kobis.Detail) error {
	records := make([][]string, len(details))
	for i, d := range details {
		records[i] = append(escapeAll(d.Code, d.Title, d.TitleEN, d.TitleOriginal, d.Minutes, d.ProductionYear,
			d.OpenDate, d.Status, d.Form), names(d.Nations), names(d.Genres),
			items(d.Directors, func(p kobis.Person) []string { return []string{p.Name, p.NameEN} }),
			items(d.Actors, func(a kobis.Actor) []string { return []string{a.Name, a.NameEN, a.Cast, a.CastEN} }),
			items(d.ShowTypes, func(s kobis.ShowType) []string { return []string{s.Group, s.Name} }),
			items(d.Companies, func(c kobis.CompanyRole) []string { return []string{c.Code, c.Name, c.NameEN, c.Part} }),
			items(d.Audits, func(a kobis.Audit) []string { return []string{a.Number, a.Grade} }),
			items(d.Staff, func(s kobis.Staff) []string { return []string{s.Name, s.NameEN, s.Role} }))
	}
	return write(w, detailColumns, records)
}

// ReadDetails reads what WriteDetails wrote.
func ReadDetails(text string) ([]kobis.Detail, error) {
	var details []kobis.Detail
	err := Read(text, detailColumns, func(fields []string) error {
		r := reader{fields: fields}
		d := kobis.Detail{
			Code: r.text(), Title: r.text(), TitleEN: r.text(), TitleOriginal: r.text(), Minutes: r.text(),
			ProductionYear: r.text(), OpenDate: r.text(), Status: r.text(), Form: r.text(),
			Nations: r.names(), Genres: r.names(),
			Directors: read(&r, 2, func(p []string) kobis.Person { return kobis.Person{Name: p[0], NameEN: p[1]} }),
			Actors: read(&r, 4, func(p []string) kobis.Actor {
				return kobis.Actor{Name: p[0], NameEN: p[1], Cast: p[2], CastEN: p[3]}
			}),
			ShowTypes: read(&r, 2, func(p []string) kobis.ShowType { return kobis.ShowType{Group: p[0], Name: p[1]} }),
			Companies: read(&r, 4, func(p []string) kobis.CompanyRole {
				return kobis.CompanyRole{Code: p[0], Name: p[1], NameEN: p[2], Part: p[3]}
			}),
			Audits: read(&r, 2, func(p []string) kobis.Audit { return kobis.Audit{Number: p[0], Grade: p[1]} }),
			Staff:  read(&r, 3, func(p []string) kobis.Staff { return kobis.Staff{Name: p[0], NameEN: p[1], Role: p[2]} }),
		}
		details = append(details, d)
		return r.err
	})
	return details, err
}

// Day is a row of a daily ranking, or of a weekly one when Week is set.
type Day struct {
	Date, Type, Range, Week string
	Row                     kobis.BoxOfficeRow
}

var dayColumns = []string{
	"date", "type", "range", "week", "rnum", "rank", "rank_change", "old_new", "code", "title", "open_date",
	"sales", "sales_share", "sales_diff", "sales_change", "sales_total",
	"audience", "audience_diff", "audience_change", "audience_total", "screens", "shows",
}

// WriteDays writes rankings row by row.
func WriteDays(w io.Writer, days []Day) error {
	records := make([][]string, len(days))
	for i, d := range days {
		b := d.Row
		records[i] = escapeAll(d.Date, d.Type, d.Range, d.Week, b.RowNumber, b.Rank, b.RankChange, b.RankOldAndNew,
			b.Code, b.Title, b.OpenDate, b.Sales, b.SalesShare, b.SalesDiff, b.SalesChange, b.SalesTotal,
			b.Audience, b.AudienceDiff, b.AudienceChange, b.AudienceTotal, b.Screens, b.Shows)
	}
	return write(w, dayColumns, records)
}

// ReadDays reads what WriteDays wrote.
func ReadDays(text string) ([]Day, error) {
	var days []Day
	err := Read(text, dayColumns, func(fields []string) error {
		r := reader{fields: fields}
		d := Day{Date: r.text(), Type: r.text(), Range: r.text(), Week: r.text()}
		d.Row = kobis.BoxOfficeRow{
			RowNumber: r.text(), Rank: r.text(), RankChange: r.text(), RankOldAndNew: r.text(),
			Code: r.text(), Title: r.text(), OpenDate: r.text(),
			Sales: r.text(), SalesShare: r.text(), SalesDiff: r.text(), SalesChange: r.text(), SalesTotal: r.text(),
			Audience: r.text(), AudienceDiff: r.text(), AudienceChange: r.text(), AudienceTotal: r.text(),
			Screens: r.text(), Shows: r.text(),
		}
		days = append(days, d)
		return r.err
	})
	return days, err
}

func escapeAll(values ...string) []string {
	for i, v := range values {
		values[i] = Escape(v)
	}
	return values
}

func items[T any](all []T, parts func(T) []string) string {
	encoded := make([][]string, len(all))
	for i, it := range all {
		encoded[i] = parts(it)
	}
	return list(encoded)
}

func read[T any](r *reader, width int, item func([]string) T) []T {
	var all []T
	for _, parts := range r.list(width) {
		all = append(all, item(parts))
	}
	return all
}
