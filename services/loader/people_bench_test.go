package loader

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// How much there is of each person, film and name.
const (
	creditsOfFilm = 50
	listRows      = 100
	namesOf       = 3 // people who share a name, on average
)

// generatedPerson is somebody of a list of people that is made up.
type generatedPerson struct {
	code, name, nameEn string
	films              []int
}

// generated are films, each with 50 credits, and the people whom they credit.
type generated struct {
	films  [][]int // the people of each
	people []generatedPerson
}

// peopled draws people and films: a few are in many films, as actors and crews are, and
// three people share a name.
func peopled(people int) generated {
	random := rand.New(rand.NewPCG(18, uint64(people)))
	g := generated{people: make([]generatedPerson, people), films: make([][]int, people*12/creditsOfFilm)}
	often := rand.NewZipf(random, 1.05, 200, uint64(people-1))
	for i := range g.people {
		n := random.IntN(people/namesOf + 1)
		g.people[i] = generatedPerson{code: fmt.Sprint(20_000_000 + i), name: hangul(n)}
		if i%2 == 0 {
			g.people[i].nameEn = fmt.Sprintf("Person %d", i)
		}
	}
	for film := range g.films {
		for range creditsOfFilm {
			p := int(often.Uint64())
			if len(g.films[film])%5 > 0 { // most are of few films
				p = random.IntN(people)
			}
			g.films[film] = append(g.films[film], p)
			if !slices.Contains(g.people[p].films, film) {
				g.people[p].films = append(g.people[p].films, film)
			}
		}
	}
	return g
}

// hangul is a name of three syllables.
func hangul(n int) string {
	const first, count = 0xAC00, 11_172
	return string([]rune{'김', rune(first + n%count), rune(first + n/count*28%count)})
}

func filmCode(n int) string { return fmt.Sprint(30_000_000 + n) }

func filmTitle(n int) string { return fmt.Sprintf("영화 %d편", n) }

// detail is what KOBIS says of a film: the first of its credits direct, the next act, the
// others are its crew.
func (g *generated) detail(tb testing.TB, film int) messages.Payload {
	var directors, actors, staff []object
	for i, p := range g.films[film] {
		who := object{"peopleNm": g.people[p].name, "peopleNmEn": g.people[p].nameEn}
		switch {
		case i == 0:
			directors = append(directors, who)
		case i < 20:
			who["cast"] = fmt.Sprint("역 ", i)
			actors = append(actors, who)
		default:
			who["staffRoleNm"] = "제작팀"
			staff = append(staff, who)
		}
	}
	return answered(tb, messages.KOBIS, messages.KindMovieDetail, filmCode(film), object{"movieInfoResult": object{"movieInfo": object{
		"movieCd": filmCode(film), "movieNm": filmTitle(film), "openDt": "20200101", "prdtYear": "2020", "directors": directors, "actors": actors, "staffs": staff,
	}}})
}

// catalogue is a page of the list of films, the first of which is 1.
func (g *generated) catalogue(tb testing.TB, page int) messages.Payload {
	var rows []object
	for film := (page - 1) * listRows; film < min(page*listRows, len(g.films)); film++ {
		rows = append(rows, object{"movieCd": filmCode(film), "movieNm": filmTitle(film), "openDt": "20200101", "prdtYear": "2020", "nationAlt": "한국"})
	}
	return answered(tb, messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", page),
		object{"movieListResult": object{"totCnt": len(g.films), "movieList": rows}})
}

func pages(rows int) int { return (rows + listRows - 1) / listRows }

// list is a page of people, the first of which is 1.
func (g *generated) list(tb testing.TB, page int) messages.Payload {
	var rows []object
	for _, p := range g.people[(page-1)*listRows : min(page*listRows, len(g.people))] {
		rows = append(rows, p.row())
	}
	return answered(tb, messages.KOBIS, messages.KindPeopleList, fmt.Sprintf("all.%d", page),
		object{"peopleListResult": object{"totCnt": len(g.people), "peopleList": rows}})
}

func (p *generatedPerson) row() object {
	titles := make([]string, 0, len(p.films))
	for _, film := range p.films {
		titles = append(titles, filmTitle(film))
	}
	return object{"peopleCd": p.code, "peopleNm": p.name, "peopleNmEn": p.nameEn, "repRoleNm": "배우", "filmoNames": strings.Join(titles, "|")}
}

// BenchmarkPeople loads a list of BENCH_PEOPLE (25,000) people over the credits of films
// that are there already, until each credit has its person; then somebody changes, and
// filmographies are read.
func BenchmarkPeople(b *testing.B) {
	g := peopled(setting(b, "BENCH_PEOPLE", 25_000))
	for b.Loop() {
		w := newWorld(b)
		stop := w.start(w.asDeployed())
		for page := range pages(len(g.films)) {
			w.publish(g.catalogue(b, page+1))
		}
		for film := range g.films {
			w.publish(g.detail(b, film))
		}
		w.settle()
		w.exec("VACUUM ANALYZE")
		list := timed(b, func() {
			for page := range pages(len(g.people)) {
				w.publish(g.list(b, page+1))
			}
			w.settle()
		})
		b.ReportMetric(list.took.Seconds(), "list-s")
		b.ReportMetric(list.cpu.Seconds(), "list-cpu-s")
		credits := w.count("production.credits")
		b.ReportMetric(float64(credits), "credits")
		b.ReportMetric(float64(w.count("production.credits WHERE kobis_people_cd IS NOT NULL"))/float64(credits), "with-a-person")
		w.exec("VACUUM ANALYZE")
		w.changed(b, &g)
		w.filmographies(b)
		stop()
	}
	b.ReportMetric(0, "ns/op") // films are not part of it
}

// changed gives somebody of few films another name, and fails where other titles than
// those are derived again.
func (w *world) changed(b *testing.B, g *generated) {
	b.Helper()
	at := slices.IndexFunc(g.people, func(p generatedPerson) bool { return len(p.films) == 5 })
	require.GreaterOrEqual(b, at, 0)
	changed := &g.people[at]
	changed.name += "가"
	w.exec(`CREATE TABLE marked (key text);
		CREATE FUNCTION marked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO marked VALUES (NEW.key); RETURN NULL; END $$;
		CREATE TRIGGER marked AFTER INSERT ON ops.stale_titles FOR EACH ROW EXECUTE FUNCTION marked()`)
	p := g.list(b, at/listRows+1)
	p.FetchedAt = now()
	once := timed(b, func() {
		w.publish(p)
		w.settle()
	})
	b.ReportMetric(once.took.Seconds(), "changed-s")
	want := make([]string, 0, len(changed.films))
	for _, film := range changed.films {
		want = append(want, "kobis:movie:"+filmCode(film))
	}
	slices.Sort(want)
	var got []string
	require.NoError(b, w.db.QueryRow(b.Context(), "SELECT array_agg(DISTINCT key ORDER BY key) FROM marked WHERE key LIKE 'kobis:movie:%'").Scan(&got))
	require.Equal(b, want, got)
}

// filmography is docs/data-model.md's.
const filmography = `SELECT t.release_date, coalesce(t.title_ko, t.title_en, t.title_original), t.kind, c.job, c.character, c.episodes
	FROM production.credits AS c JOIN production.titles AS t ON t.id = c.title_id
	WHERE c.person_id = $1 ORDER BY t.release_date DESC NULLS LAST, c.position`

// filmographies reads those of the 100 people with the most credits and of 1,000 others.
func (w *world) filmographies(b *testing.B) {
	b.Helper()
	rows, err := w.db.Query(b.Context(), `(SELECT person_id FROM production.credits WHERE person_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 100)
		UNION (SELECT id FROM production.people ORDER BY md5(id::text) LIMIT 1000)`)
	require.NoError(b, err)
	people, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	require.NoError(b, err)
	took := make([]float64, 0, len(people))
	most := 0
	for _, id := range people {
		started := time.Now()
		tag, err := w.db.Exec(b.Context(), filmography, id)
		require.NoError(b, err)
		took = append(took, time.Since(started).Seconds()*1000)
		most = max(most, int(tag.RowsAffected()))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "filmography-p50-ms")
	b.ReportMetric(took[len(took)*95/100], "filmography-p95-ms")
	b.ReportMetric(took[len(took)-1], "filmography-most-ms")
	b.ReportMetric(float64(most), "most-credits")
}
