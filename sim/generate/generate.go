// Package generate makes up films, series and box office days for load tests.
//
// Every made-up title says so ("생성 영화 …", "Generated Film …"), codes begin with
// 9 or 8 and TMDB ids with 9, which no real one does. The n-th record of a seed is
// always the same, whatever else is made.
package generate

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
)

// Options say how much is made up.
type Options struct {
	// Films and Series are added to the catalogues; two films in three get a
	// counterpart at TMDB.
	Films, Series int
	// Alone leaves the catalogue out that the made-up records are added to.
	Alone bool
	// BoxOffice makes up every day that the catalogue doesn't hold, from listed films.
	BoxOffice bool
	Seed      uint64
}

// FirstID is the TMDB id of the first made-up movie; series begin at half a
// hundred million above.
const (
	FirstID       = 900_000_000
	firstSeriesID = 950_000_000
)

// Extend adds what the options say.
func Extend(films *kobis.Catalogue, movies *tmdb.Catalogue, o Options) {
	rows := make([]kobis.Film, 0, o.Films)
	var counterparts []tmdb.Movie
	for n := range o.Films {
		film, detail := Film(o.Seed, n)
		rows = append(rows, film)
		films.SetDetail(*detail)
		if n%3 != 0 {
			counterparts = append(counterparts, Counterpart(film, *detail, n))
		}
	}
	films.Load(rows)
	movies.LoadMovies(counterparts)
	series := make([]tmdb.Series, o.Series)
	for n := range series {
		series[n] = Series(o.Seed, n)
	}
	movies.LoadSeries(series)
	if o.BoxOffice {
		films.GenerateBoxOffice(func(day string) []kobis.BoxOfficeRow { return boxOffice(films, o.Seed, day) })
	}
}

// Film is the n-th film of a seed, from 0 to 9,999,999.
func Film(seed uint64, n int) (kobis.Film, *kobis.Detail) { return film(seed, n, '9') }

// NewFilm is a film that appears later, as drift has it; its code begins with 8.
func NewFilm(seed uint64) func(n int) (kobis.Film, *kobis.Detail) {
	return func(n int) (kobis.Film, *kobis.Detail) { return film(seed, n, '8') }
}

var (
	adjectives = []string{"푸른", "오래된", "마지막", "보이지 않는", "두 번째", "조용한", "낯선", "먼", "뜨거운", "하얀"}
	nouns      = []string{"바다", "편지", "여름", "도시", "기억", "계단", "기차", "약속", "그림자", "섬"}
	surnames   = []string{"김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"}
	givenNames = []string{"민준", "서연", "도윤", "지우", "하준", "수아", "예준", "다은", "시우", "채원"}
	genreNames = []string{"드라마", "코미디", "액션", "다큐멘터리", "애니메이션"}
)

func film(seed uint64, n int, prefix byte) (kobis.Film, *kobis.Detail) {
	r := rand.New(rand.NewPCG(seed, uint64(n)<<8|uint64(prefix)))
	opened := time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(36*365))
	number := strconv.Itoa(n)
	d := &kobis.Detail{
		Code:    string(prefix) + fmt.Sprintf("%07d", n),
		Title:   "생성 영화 " + adjectives[r.IntN(len(adjectives))] + " " + nouns[r.IntN(len(nouns))] + " " + number,
		TitleEN: "Generated Film " + number, Minutes: strconv.Itoa(60 + r.IntN(120)),
		ProductionYear: strconv.Itoa(opened.Year() - r.IntN(2)), OpenDate: opened.Format("20060102"),
		Status: "개봉", Form: "장편", Nations: []string{"한국"}, Genres: []string{genreNames[r.IntN(len(genreNames))]},
		Directors: []kobis.Person{{Name: person(r)}},
	}
	for range 1 + r.IntN(6) {
		d.Actors = append(d.Actors, kobis.Actor{Name: person(r)})
	}
	if r.IntN(4) == 0 {
		d.OpenDate = ""
	}
	return d.Listed(), d
}

func person(r *rand.Rand) string {
	return surnames[r.IntN(len(surnames))] + givenNames[r.IntN(len(givenNames))]
}

// Counterpart is TMDB's record of the n-th film.
func Counterpart(f kobis.Film, d kobis.Detail, n int) tmdb.Movie {
	m := tmdb.Movie{
		ID: FirstID + n, Original: f.Title, TitleEN: f.TitleEN, Language: "ko", Origin: []string{"KR"},
		Countries: []string{"KR"}, Directors: f.Directors, Genres: []int{18}, Status: "Released",
	}
	m.Minutes, _ = strconv.Atoi(d.Minutes)
	if len(f.OpenDate) == 8 {
		m.Released = f.OpenDate[:4] + "-" + f.OpenDate[4:6] + "-" + f.OpenDate[6:]
	}
	for _, a := range d.Actors {
		m.Cast = append(m.Cast, tmdb.Role{Name: a.Name})
	}
	return m
}

// Series is the n-th series of a seed.
func Series(seed uint64, n int) tmdb.Series {
	r := rand.New(rand.NewPCG(seed, uint64(n)<<8|'t'))
	aired := time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(36*365))
	number := strconv.Itoa(n)
	return tmdb.Series{
		ID:       firstSeriesID + n,
		Original: "생성 드라마 " + adjectives[r.IntN(len(adjectives))] + " " + nouns[r.IntN(len(nouns))] + " " + number,
		NameEN:   "Generated Series " + number, Language: "ko", Origin: []string{"KR"}, FirstAired: aired.Format(time.DateOnly),
		Genres: []tmdb.Genre{{ID: 18, Name: "드라마"}}, Seasons: 1 + max(0, n%8-5), Episodes: 8 + r.IntN(12), Status: "Ended",
		Directors: []string{person(r)}, Cast: []tmdb.Role{{Name: person(r)}, {Name: person(r)}},
	}
}

// boxOffice ranks ten listed films.
func boxOffice(films *kobis.Catalogue, seed uint64, day string) []kobis.BoxOfficeRow {
	date, err := strconv.ParseUint(day, 10, 64)
	if err != nil {
		return nil
	}
	r := rand.New(rand.NewPCG(seed, date))
	rows := make([]kobis.BoxOfficeRow, 0, 10)
	for rank, f := range films.Pick(r.Uint64(), 10) {
		audience := (10 - rank) * (1000 + r.IntN(9000))
		place := strconv.Itoa(rank + 1)
		rows = append(rows, kobis.BoxOfficeRow{
			RowNumber: place, Rank: place, RankChange: "0", RankOldAndNew: "OLD", Code: f.Code, Title: f.Title,
			OpenDate: dashed(f.OpenDate), Sales: strconv.Itoa(audience * 9500), SalesShare: "10.0", SalesDiff: "0",
			SalesChange: "0", SalesTotal: strconv.Itoa(audience * 95000), Audience: strconv.Itoa(audience),
			AudienceDiff: "0", AudienceChange: "0", AudienceTotal: strconv.Itoa(audience * 10), Screens: "100", Shows: "500",
		})
	}
	return rows
}

func dashed(date string) string {
	if len(date) != 8 {
		return ""
	}
	return date[:4] + "-" + date[4:6] + "-" + date[6:]
}
