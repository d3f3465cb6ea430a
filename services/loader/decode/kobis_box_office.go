package decode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type kobisBoxOfficeBody struct {
	BoxOfficeResult *struct {
		DailyBoxOfficeList []kobisBoxOfficeRow `json:"dailyBoxOfficeList"`
	} `json:"boxOfficeResult"`
}

type kobisBoxOfficeRow struct {
	Rank          scalar `json:"rank"`
	RankInten     scalar `json:"rankInten"`
	RankOldAndNew scalar `json:"rankOldAndNew"`
	MovieCd       scalar `json:"movieCd"`
	MovieNm       scalar `json:"movieNm"`
	OpenDt        scalar `json:"openDt"`
	SalesAmt      scalar `json:"salesAmt"`
	SalesShare    scalar `json:"salesShare"`
	SalesInten    scalar `json:"salesInten"`
	SalesChange   scalar `json:"salesChange"`
	SalesAcc      scalar `json:"salesAcc"`
	AudiCnt       scalar `json:"audiCnt"`
	AudiInten     scalar `json:"audiInten"`
	AudiChange    scalar `json:"audiChange"`
	AudiAcc       scalar `json:"audiAcc"`
	ScrnCnt       scalar `json:"scrnCnt"`
	ShowCnt       scalar `json:"showCnt"`
}

// Limits of the columns numeric(6, 2) and numeric(12, 2). Rounding to two digits
// must not reach them.
const (
	shareLimit = 9_999
	rateLimit  = 9_999_999_999
)

func kobisDailyBoxOffice(r kobisReader, p messages.Payload, facts *Facts) error {
	day, err := time.Parse("20060102", p.Key)
	if err != nil {
		return fmt.Errorf("%w: %q is not a day", ErrUnreadable, p.Key)
	}
	var body kobisBoxOfficeBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	if body.BoxOfficeResult == nil {
		return twice("boxOfficeResult")
	}
	rows := body.BoxOfficeResult.DailyBoxOfficeList
	codes := r.movieCds(len(rows), func(i int) scalar { return rows[i].MovieCd })
	torn := slices.Contains(codes, "")
	r.once("movieCd", codes, func(i, j int) bool {
		blind := kobisReader{new(reader)} // what it notes is told where the row is read
		return better(blind.kobisBoxOffice(&day, codes[i], &rows[i]), blind.kobisBoxOffice(&day, codes[j], &rows[j]))
	})
	for i, code := range codes {
		if r.is(code); code != "" {
			facts.KobisBoxOffice = append(facts.KobisBoxOffice, r.kobisBoxOffice(&day, code, &rows[i]))
		}
	}
	facts.KobisBoxOfficeDays = []record.KobisBoxOfficeDay{{Date: &day, Rows: int32(len(facts.KobisBoxOffice)), Torn: torn}}
	return nil
}

// better reports whether a row says more of a film's day than another: it has a rank, or
// counts more of what both count.
func better(a, b record.KobisBoxOffice) bool {
	if (a.Rank != nil) != (b.Rank != nil) {
		return a.Rank != nil
	}
	return cmp.Or(
		compareCounts(a.Audience, b.Audience), compareCounts(a.AudienceTotal, b.AudienceTotal),
		compareCounts(a.SalesAmount, b.SalesAmount),
	) > 0
}

func compareCounts(a, b *int64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(*a, *b)
}

// rank is a place from 1 on. A row without one is told: there is always one.
func (r kobisReader) rank(s scalar) *int32 {
	n := r.int32("rank", s)
	switch {
	case n != nil && *n > 0:
		return n
	case n != nil:
		r.note("rank", OutOfRange)
	case s.kind == quoted && tidy(s.text) == "":
		r.note("rank", NotANumber)
	}
	return nil
}

func (r kobisReader) kobisBoxOffice(day *time.Time, movieCd string, s *kobisBoxOfficeRow) record.KobisBoxOffice {
	return record.KobisBoxOffice{
		Date:               day,
		MovieCd:            movieCd,
		Rank:               r.rank(s.Rank),
		RankChange:         r.int32("rankInten", s.RankInten),
		IsNew:              strings.EqualFold(r.text("rankOldAndNew", s.RankOldAndNew), "NEW"),
		Title:              r.text("movieNm", s.MovieNm),
		OpenDate:           r.date("openDt", s.OpenDt),
		SalesAmount:        r.int64("salesAmt", s.SalesAmt),
		SalesShare:         r.decimal("salesShare", s.SalesShare, shareLimit),
		SalesChange:        r.int64("salesInten", s.SalesInten),
		SalesChangeRate:    r.decimal("salesChange", s.SalesChange, rateLimit),
		SalesTotal:         r.int64("salesAcc", s.SalesAcc),
		Audience:           r.int64("audiCnt", s.AudiCnt),
		AudienceChange:     r.int64("audiInten", s.AudiInten),
		AudienceChangeRate: r.decimal("audiChange", s.AudiChange, rateLimit),
		AudienceTotal:      r.int64("audiAcc", s.AudiAcc),
		Screens:            r.int32("scrnCnt", s.ScrnCnt),
		Shows:              r.int32("showCnt", s.ShowCnt),
	}
}
