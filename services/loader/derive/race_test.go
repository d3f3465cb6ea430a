package derive_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/staging"
)

var noon = clocktest.At()

// workers are connections to one database whose transactions a test interleaves.
type workers struct {
	t   *testing.T
	url string
	n   int
}

// transaction is one that the test ends when it likes.
type transaction struct {
	pgx.Tx
	t   *testing.T
	pid uint32
}

func newWorkers(t *testing.T) *workers {
	t.Helper()
	return &workers{t: t, url: pgtest.Migrated(t)}
}

func (w *workers) begin() *transaction {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.url)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	tx, err := conn.Begin(w.t.Context())
	require.NoError(w.t, err)
	return &transaction{tx, w.t, conn.PgConn().PID()}
}

func (tx *transaction) commit() {
	tx.t.Helper()
	require.NoError(tx.t, tx.Commit(tx.t.Context()))
	require.NoError(tx.t, tx.Conn().Close(tx.t.Context()))
}

func (tx *transaction) drain() []string {
	tx.t.Helper()
	drained, err := derive.Drain(tx.t.Context(), tx, 100, noon)
	require.NoError(tx.t, err)
	return drained.Keys
}

// land returns the error, so that it can run beside the test.
func (w *workers) land(tx *transaction, payloads ...messages.Payload) error {
	decoded := make([]*staging.Payload, 0, len(payloads))
	for _, p := range payloads {
		facts, _, err := decode.Payload(p)
		if err != nil {
			return err
		}
		w.n++
		decoded = append(decoded, &staging.Payload{Payload: p, StreamSeq: uint64(w.n), SHA256: sha256.Sum256(p.Body), Facts: facts})
	}
	_, err := staging.Land(context.Background(), tx, decoded, noon)
	return err
}

func (w *workers) landAll(payloads ...messages.Payload) {
	w.t.Helper()
	tx := w.begin()
	require.NoError(w.t, w.land(tx, payloads...))
	tx.commit()
}

func (w *workers) drainAll() {
	w.t.Helper()
	for {
		tx := w.begin()
		keys := tx.drain()
		tx.commit()
		if len(keys) == 0 {
			return
		}
	}
}

// waits blocks until the transaction's session waits for a lock.
func (w *workers) waits(tx *transaction) {
	w.t.Helper()
	watch := w.begin()
	require.Eventually(w.t, func() bool {
		var waiting bool
		require.NoError(w.t, watch.QueryRow(w.t.Context(),
			"SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)", tx.pid).Scan(&waiting))
		return waiting
	}, 30*time.Second, 5*time.Millisecond)
	require.NoError(w.t, watch.Rollback(w.t.Context()))
}

func (w *workers) title(movieCd string) (titleKo, titleEn, grade string) {
	w.t.Helper()
	tx := w.begin()
	require.NoError(w.t, tx.QueryRow(w.t.Context(), `SELECT coalesce(title_ko, ''), coalesce(title_en, ''), coalesce(watch_grade, '')
		FROM production.titles WHERE kobis_movie_cd = $1`, movieCd).Scan(&titleKo, &titleEn, &grade))
	tx.commit()
	return titleKo, titleEn, grade
}

func answer(source messages.Source, kind messages.Kind, key, body string) messages.Payload {
	return messages.Payload{
		Name: messages.Name{Source: source, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, FetchedAt: noon, Body: []byte(body),
	}
}

func listed(movieCd, title string) messages.Payload {
	return answer(messages.KOBIS, messages.KindMovieList, "all."+movieCd, fmt.Sprintf(
		`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":%q,"movieNm":%q,"openDt":"20190530","nationAlt":"한국"}]}}`, movieCd, title))
}

func detailed(movieCd, grade string) messages.Payload {
	return answer(messages.KOBIS, messages.KindMovieDetail, movieCd, fmt.Sprintf(
		`{"movieInfoResult":{"movieInfo":{"movieCd":%q,"movieNm":"기생충","audits":[{"watchGradeNm":%q}]}}}`, movieCd, grade))
}

func found(movieCd string, id int) messages.Payload {
	return answer(messages.TMDB, messages.KindMovieSearch, movieCd+".ko", fmt.Sprintf(
		`{"results":[{"id":%d,"title":"기생충","original_language":"ko","release_date":"2019-05-30"}],"total_results":1}`, id))
}

func movie(id int, titleEn string) messages.Payload {
	return answer(messages.TMDB, messages.KindMovieDetail, fmt.Sprint(id), fmt.Sprintf(
		`{"id":%d,"title":"기생충","original_language":"ko","translations":{"translations":[{"iso_639_1":"en","iso_3166_1":"US","data":{"title":%q}}]}}`, id, titleEn))
}

// Two facts of one film, each in a worker's transaction while the other's is not
// committed: both workers see neither the other's fact nor its mark.
func TestTwoFactsLoadedAtOnceBothReachProduction(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	one, other := w.begin(), w.begin()
	require.NoError(t, w.land(one, listed("20183782", "기생충")))
	waiting := make(chan error, 1)
	go func() { waiting <- w.land(other, detailed("20183782", "15세")) }()
	w.waits(other) // for the mark
	drainer := w.begin()
	require.Empty(t, drainer.drain())
	drainer.commit()
	one.commit()
	require.NoError(t, <-waiting)
	early := w.begin()
	require.Empty(t, early.drain(), "the mark is the other's now")
	early.commit()
	other.commit()
	w.drainAll()
	ko, _, grade := w.title("20183782")
	require.Equal(t, []string{"기생충", "15세"}, []string{ko, grade})
}

// A fact that comes while its title is being derived: the derivation has read
// what was there and is about to remove the mark.
func TestAFactLoadedDuringTheDerivationIsDerivedAgain(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"))
	drainer := w.begin()
	require.Equal(t, []string{"kobis:movie:20183782"}, drainer.drain())
	loader := w.begin()
	landed := make(chan error, 1)
	go func() { landed <- w.land(loader, detailed("20183782", "15세")) }()
	w.waits(loader) // for the mark that the drainer has removed
	drainer.commit()
	require.NoError(t, <-landed)
	loader.commit()
	_, _, grade := w.title("20183782")
	require.Empty(t, grade)
	w.drainAll()
	_, _, grade = w.title("20183782")
	require.Equal(t, "15세", grade)
}

// The same while the derivation has read the facts but not yet removed the mark,
// where an insertion that does nothing on conflict would not even wait.
func TestAFactLoadedBeforeTheMarkIsRemovedIsDerivedAgain(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"))
	barrier := w.begin()
	_, err := barrier.Exec(t.Context(), "LOCK TABLE production.titles IN EXCLUSIVE MODE")
	require.NoError(t, err)
	drainer, loader := w.begin(), w.begin()
	drained, landed := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := derive.Drain(context.Background(), drainer, 100, noon)
		drained <- err
	}()
	w.waits(drainer) // to write the title
	go func() { landed <- w.land(loader, detailed("20183782", "15세")) }()
	w.waits(loader) // for the mark
	barrier.commit()
	require.NoError(t, <-drained)
	drainer.commit()
	require.NoError(t, <-landed)
	loader.commit()
	w.drainAll()
	_, _, grade := w.title("20183782")
	require.Equal(t, "15세", grade)
}

// A record of TMDB and the search that makes it a candidate, in either order of
// commits: the record's transaction can't know which film it belongs to.
func TestARecordAndItsSearchLoadedAtOnce(t *testing.T) {
	t.Parallel()
	for name, recordFirst := range map[string]bool{"the record commits first": true, "the search commits first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkers(t)
			w.landAll(listed("20183782", "기생충"))
			w.drainAll()
			search, record := w.begin(), w.begin()
			require.NoError(t, w.land(search, found("20183782", 496243)))
			require.NoError(t, w.land(record, movie(496243, "Parasite")))
			first, second := search, record
			if recordFirst {
				first, second = record, search
			}
			first.commit()
			w.drainAll()
			second.commit()
			w.drainAll()
			_, en, _ := w.title("20183782")
			require.Equal(t, "Parasite", en)
		})
	}
}

// Two drainers share the marks and never wait for each other.
func TestDrainersPassOverEachOther(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"))
	one := w.begin()
	require.Len(t, one.drain(), 1)
	w.landAll(listed("20190001", "알라딘"))
	other := w.begin()
	require.Equal(t, []string{"kobis:movie:20190001"}, other.drain())
	other.commit()
	one.commit()
	w.drainAll()
}

// released is a record of that title and year, as a search finds it.
func released(movieCd string, id int, title, day string) messages.Payload {
	return answer(messages.TMDB, messages.KindMovieSearch, movieCd+".ko", fmt.Sprintf(
		`{"results":[{"id":%d,"title":%q,"original_title":"La Clase","original_language":"es","release_date":%q}],"total_results":1}`, id, title, day))
}

func foreignFilm(movieCd, title, made string) messages.Payload {
	return answer(messages.KOBIS, messages.KindMovieList, "all."+movieCd[4:], fmt.Sprintf(
		`{"movieListResult":{"totCnt":2,"movieList":[{"movieCd":%q,"movieNm":%q,"prdtYear":%q,"typeNm":"장편","nationAlt":"스페인"}]}}`, movieCd, title, made))
}

// Whether the year tells which film a record is depends on the other films of the
// title: one that comes later, by whatever worker, takes a match back.
func TestANamesakeCountsWheneverItComes(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	status := func() string {
		w.drainAll()
		return ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20080001'")
	}
	w.landAll(foreignFilm("20080001", "우리 반", "2008"), released("20080001", 7, "우리 반", "2008-09-24"))
	require.Equal(t, "matched", status())
	w.landAll(later(foreignFilm("20080002", "우리반", "2007")))
	require.Equal(t, "review", status())
	w.landAll(later(later(foreignFilm("20080002", "너희 반", "2007"))))
	require.Equal(t, "matched", status(), "it has another title now")
}

func TestNamesakesLoadedAtOnceSeeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	one, other := w.begin(), w.begin()
	require.NoError(t, w.land(one, foreignFilm("20080001", "우리 반", "2008"), released("20080001", 7, "우리 반", "2008-09-24")))
	require.NoError(t, w.land(other, foreignFilm("20080002", "우리반", "2007")), "nobody waits for another film of the title")
	one.commit()
	w.drainAll()
	require.Equal(t, "matched", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20080001'"))
	other.commit()
	w.drainAll()
	require.Equal(t, "review", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20080001'"))
}

// Two films that are derived at once see each other: the later one marks the other.
func TestNamesakesDerivedAtOnceSeeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(foreignFilm("20080001", "우리 반", "2008"), released("20080001", 7, "우리 반", "2008-09-24"))
	one, other := w.begin(), w.begin()
	require.Equal(t, []string{"kobis:movie:20080001"}, one.drain())
	w.landAll(foreignFilm("20080002", "우리반", "2007"))
	drained := make(chan error, 1)
	go func() {
		_, err := derive.Drain(context.Background(), other, 100, noon)
		drained <- err
	}()
	w.waits(other) // for the title without the name of an edition, which one at a time derives
	one.commit()
	require.NoError(t, <-drained)
	other.commit()
	w.drainAll()
	require.Equal(t, "review", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20080001'"))
}

// A film that was derived while another had its title for a moment is derived again, though
// the other never was under that title.
func TestATitleForAMomentCountsForNobody(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	other := foreignFilm("20080002", "너희 반", "2007")
	w.landAll(other)
	w.drainAll()
	moved := later(foreignFilm("20080002", "우리반", "2007"))
	w.landAll(moved, foreignFilm("20080001", "우리 반", "2008"), released("20080001", 7, "우리 반", "2008-09-24"))
	first := w.begin()
	drained, err := derive.DrainThese(t.Context(), first, []string{"kobis:movie:20080001"}, noon)
	require.NoError(t, err)
	require.Len(t, drained.Keys, 1)
	first.commit()
	require.Equal(t, "review", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20080001'"))
	w.landAll(later(later(foreignFilm("20080002", "너희 반", "2007"))))
	w.drainAll()
	require.Equal(t, "matched", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20080001'"))
}

// A title that very many films have tells none of them apart: one more of it costs
// itself, and not all that are there. A film of which nothing was found costs itself alone.
func TestACommonTitleIsNotCountedThrough(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	code := func(n, i int) string { return fmt.Sprintf("%08d", 20_190_000+1000*n+i) }
	page := func(n, films int) messages.Payload {
		rows := make([]string, films)
		for i := range rows {
			rows[i] = fmt.Sprintf(`{"movieCd":%q,"movieNm":"영화","prdtYear":"2019","typeNm":"장편","nationAlt":"한국"}`, code(n, i))
		}
		return answer(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", n),
			fmt.Sprintf(`{"movieListResult":{"totCnt":1000,"movieList":[%s]}}`, strings.Join(rows, ",")))
	}
	const few, many = match.MostNamesakes - 10, match.MostNamesakes + 10
	const searched = 3 // of each page, all of which are marked as soon as others are there
	for i, c := range []struct{ films, others int }{{few, 0}, {many, 2 * searched}, {many, 0}, {1, 0}} {
		w.landAll(page(i+1, c.films))
		for film := range min(searched, c.films) {
			w.landAll(released(code(i+1, film), 7, "영화", "2019-05-01"))
		}
		require.Equal(t, c.films+c.others, w.derivedFilms(), "page %d", i+1)
	}
	w.landAll(later(answer(messages.KOBIS, messages.KindMovieList, "all.4",
		`{"movieListResult":{"totCnt":1000,"movieList":[{"movieCd":"`+code(4, 0)+`","movieNm":"다른 영화","prdtYear":"2019","typeNm":"장편","nationAlt":"한국"}]}}`)))
	require.Equal(t, 1+3*searched, w.derivedFilms(), "one less may tell the others apart")
}

// derivedFilms drains all marks and counts those of films.
func (w *workers) derivedFilms() (films int) {
	w.t.Helper()
	for {
		tx := w.begin()
		drained, err := derive.Drain(w.t.Context(), tx, 1000, noon)
		require.NoError(w.t, err)
		tx.commit()
		if len(drained.Keys) == 0 {
			return films
		}
		if strings.HasPrefix(drained.Keys[0], "kobis:movie:") {
			films += len(drained.Keys)
		}
	}
}
