package staging

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// What an answer has in the place of a field.
const (
	well = iota
	broken
	missing
	damaged
	emptied
)

// answering is a kind whose answers the tests make, with two of its fields: a text
// and a list of people.
type answering struct {
	source       messages.Source
	kind         messages.Kind
	key          string
	text, people string
	shape        string // of the answer; TEXT and PEOPLE stand for the two fields
	person       string // an element of the list
	empty        string // the list of nobody, as the column has it
	row          string // reads both columns
}

const (
	listShape = `{"movieListResult":{"totCnt":1,"source":"x","movieList":[{"movieCd":"20190001","movieNm":"영화","TEXT","prdtYear":"2019","openDt":"20190530",
		"typeNm":"장편","prdtStatNm":"개봉","nationAlt":"한국","genreAlt":"드라마","repNationNm":"한국","repGenreNm":"드라마","PEOPLE","companys":[]}]}}`
	detailShape = `{"movieInfoResult":{"movieInfo":{"movieCd":"20190001","movieNm":"영화","TEXT","movieNmOg":"","showTm":"90","prdtYear":"2019","openDt":"20190530","prdtStatNm":"",
		"typeNm":"","nations":[],"genres":[],"PEOPLE","actors":[],"showTypes":[],"companys":[],"audits":[],"staffs":[]}}}`
	dayShape = `{"boxOfficeResult":{"boxofficeType":"x","showRange":"20190530~20190530","dailyBoxOfficeList":[{"rnum":"1","rank":"1","rankInten":"0","rankOldAndNew":"OLD",
		"movieCd":"20190001","TEXT","openDt":"","salesAmt":"1","salesShare":"1","salesInten":"0","salesChange":"0","salesAcc":"1","audiCnt":"1","audiInten":"0","audiChange":"0",
		"audiAcc":"1","scrnCnt":"1","showCnt":"1"}]}}`
	workShape = `"adult":false,"backdrop_path":null,"imdb_id":null,"original_language":"ko","TEXT","popularity":1,"poster_path":null,"origin_country":[],"genres":[],
		"production_companies":[],"production_countries":[],"status":"x","vote_average":1,"vote_count":1,"images":{"backdrops":[],"logos":[],"posters":[]},
		"translations":{"translations":[]},"external_ids":{"imdb_id":null},`
	filmShape = `{"id":7,"title":"t","original_title":"o","tagline":"","release_date":"","runtime":90,` + workShape + `"alternative_titles":{"titles":[]},"keywords":{"keywords":[]},
		"release_dates":{"results":[]},"PEOPLE"}`
	seriesShape = `{"id":7,"name":"t","original_name":"o","last_episode_to_air":null,"first_air_date":null,"last_air_date":null,"in_production":false,"number_of_episodes":1,"number_of_seasons":1,
		"episode_run_time":[],"networks":[],"created_by":[],"seasons":[],"type":"x",` + workShape + `"alternative_titles":{"results":[]},"keywords":{"results":[]},
		"content_ratings":{"results":[]},"PEOPLE"}`
	peopleShape     = `{"peopleListResult":{"totCnt":1,"source":"x","peopleList":[{"peopleCd":"20066385","peopleNm":"이상용","TEXT","repRoleNm":"감독","filmoNames":"가|나"}]}}`
	personShape     = `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066385","peopleNm":"이상용","TEXT","sex":"","repRoleNm":"","PEOPLE"}}}`
	tmdbPersonShape = `{"id":7,"name":"n","TEXT","birthday":null,"PEOPLE","deathday":null,"gender":1,"known_for_department":null,"profile_path":null,
		"external_ids":{},"translations":{"translations":[]}}`
	seasonShape = `{"_id":"x","id":3624,"season_number":1,"TEXT","overview":"","air_date":null,"poster_path":null,"vote_average":1,"episodes":[],
		"credits":{"cast":[],"crew":[]},"PEOPLE"}`
)

var answerings = []answering{
	{
		messages.KOBIS, messages.KindMovieList, "all.1", "movieNmEn", "directors", listShape, `{"peopleNm":"%s"}`, `[]`,
		"SELECT title_en, directors ->> 0 FROM staging.kobis_movies",
	},
	{
		messages.KOBIS, messages.KindMovieDetail, "20190001", "movieNmEn", "directors", detailShape, `{"peopleNm":"%s","peopleNmEn":""}`, `[]`,
		"SELECT title_en, directors -> 0 ->> 'name' FROM staging.kobis_movie_details",
	},
	{
		messages.KOBIS, messages.KindDailyBoxOffice, "20190530", "movieNm", "", dayShape, "", `[]`,
		"SELECT title, NULL FROM staging.kobis_box_office",
	},
	{
		messages.TMDB, messages.KindMovieDetail, "7", "overview", "credits", filmShape, `{"id":1,"name":"%s","original_name":"x"}`, `{"cast":[],"crew":[]}`,
		"SELECT overview_ko, cast_members -> 0 ->> 'name' FROM staging.tmdb_movies",
	},
	{
		messages.KOBIS, messages.KindPeopleList, "all.1", "peopleNmEn", "", peopleShape, "", `[]`,
		"SELECT name_en, NULL FROM staging.kobis_people",
	},
	{
		messages.KOBIS, messages.KindPeopleDetail, "20066385", "peopleNmEn", "filmos", personShape, `{"movieCd":"20190001","movieNm":"x","moviePartNm":"%s"}`, `[]`,
		"SELECT name_en, filmography -> 0 ->> 'part' FROM staging.kobis_people_details",
	},
	{
		messages.TMDB, messages.KindPersonDetail, "7", "place_of_birth", "also_known_as", tmdbPersonShape, `"%s"`, `[]`,
		"SELECT place_of_birth, also_known_as ->> 0 FROM staging.tmdb_persons",
	},
	{
		messages.TMDB, messages.KindSeriesDetail, "7", "overview", "aggregate_credits", seriesShape, `{"id":1,"name":"%s","original_name":"x"}`, `{"cast":[],"crew":[]}`,
		"SELECT overview_ko, cast_members -> 0 ->> 'name' FROM staging.tmdb_series",
	},
	{
		messages.TMDB, messages.KindSeasonDetail, "7.1", "name", "aggregate_credits", seasonShape, `{"id":1,"name":"%s","original_name":"x"}`,
		`{"cast":[],"crew":[]}`, "SELECT name, cast_members -> 0 ->> 'name' FROM staging.tmdb_seasons",
	},
}

// named reports whether the text is a name, which does not go at once either.
func (a *answering) named() bool { return a.kind == messages.KindSeasonDetail }

// answer has the value at both fields, or what is in its place.
func (a *answering) answer(at time.Time, value string, text, people int) messages.Payload {
	list := fmt.Sprintf(`[`+a.person+`]`, value)
	if strings.HasPrefix(a.empty, "{") {
		list = `{"cast":` + list + `,"crew":[]}`
	}
	fields := map[string]string{
		`"TEXT"`:   []string{fmt.Sprintf("%q:%q", a.text, value), fmt.Sprintf("%q:{}", a.text), "", fmt.Sprintf("%q:\"%s\xff\"", a.text, value), fmt.Sprintf(`%q:""`, a.text)}[text],
		`"PEOPLE"`: []string{fmt.Sprintf("%q:%s", a.people, list), fmt.Sprintf("%q:5", a.people), "", fmt.Sprintf("%q:%s", a.people, strings.ReplaceAll(list, value, value+"\xff")), fmt.Sprintf(`%q:%s`, a.people, a.empty)}[people],
	}
	body := a.shape
	for name, field := range fields {
		body = strings.Replace(body, name, field, 1)
	}
	for _, hole := range []string{",,", ",}"} {
		body = strings.ReplaceAll(body, hole, hole[1:])
	}
	key := a.key
	return payload(a.source, a.kind, key, at, body)
}

// said is what a source said of a field, answer by answer, the oldest first.
type said struct {
	at     []time.Time
	values []string
	states []int
}

// stands is what a field has by its history: the newest value that can be read, else
// the newest that was repaired, else nothing. A field that does not go without a doubt
// has what an older answer says until others were empty for a week; doubted is then
// the place of that answer.
func (s said) stands(sure bool) (value *string, doubted int) {
	for _, acceptable := range [][]int{{well, emptied}, {damaged}} {
		for i := range slices.Backward(s.values) {
			switch {
			case !slices.Contains(acceptable, s.states[i]):
			case s.states[i] != emptied:
				return s.value(i), -1
			case sure:
				return nil, -1
			default:
				doubted := s.told(i)
				return s.value(doubted), doubted
			}
		}
	}
	return nil, -1
}

// told is the answer that says what those up to one leave empty, -1 for none or for
// one that is given up.
func (s said) told(newest int) int {
	since := s.at[newest]
	for i := newest; i >= 0; i-- {
		switch s.states[i] {
		case emptied:
			since = s.at[i]
		case well, damaged:
			if s.at[newest].Sub(since) >= 7*24*time.Hour {
				return -1
			}
			return i
		}
	}
	return -1
}

func (s said) value(i int) *string {
	switch {
	case i < 0:
		return nil
	case s.states[i] == damaged:
		return new(s.values[i] + "\uFFFD")
	case s.states[i] == well:
		return new(s.values[i])
	}
	return nil
}

// stand are what both fields have. A text that the newest answer leaves empty goes
// at once, but for a title and where the list is doubted too.
func (a *answering) stand(texts, people said) (text, person *string) {
	if a.people == "" {
		text, _ = texts.stands(a.kind == messages.KindPeopleList)
		return text, nil
	}
	if a.named() {
		text, _ = texts.stands(false)
		person, _ = people.stands(false)
		return text, person
	}
	pages := a.kind == messages.KindMovieList
	text, _ = texts.stands(true)
	person, doubted := people.stands(pages)
	last := len(texts.states) - 1
	if doubted >= 0 && people.states[last] == emptied && texts.states[last] == emptied && texts.states[doubted] == well {
		text = texts.value(doubted)
	}
	return text, person
}

func both(w *tables, query string) (text, people *string) {
	require.NoError(w.t, w.conn.QueryRow(w.context(), query).Scan(&text, &people), query)
	return text, people
}

// Whatever came in the place of a field, and in whatever order: it has the newest
// value that can be read. Staging created again from what is stored is the same, and a
// replay over what is there writes nothing.
func TestAFieldHasTheNewestValueThatCanBeRead(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		a := &answerings[seed%uint64(len(answerings))]
		n := 2 + random.IntN(6)
		values, texts, people := make([]string, n), make([]int, n), make([]int, n)
		answers, times, at := make([]messages.Payload, n), make([]time.Time, n), noon
		for i := range n {
			at = at.Add([]time.Duration{time.Minute, 24 * time.Hour, 3 * 24 * time.Hour, 8 * 24 * time.Hour}[random.IntN(4)])
			times[i] = at
			values[i], texts[i], people[i] = fmt.Sprintf("v%d", i), random.IntN(5), random.IntN(5)
			if i == 0 && random.IntN(3) > 0 {
				texts[i], people[i] = well, well
			}
			answers[i] = a.answer(at, values[i], texts[i], people[i])
			answers[i].Body = append(answers[i].Body, strings.Repeat(" ", i)...) // each is an answer of its own
		}
		what := fmt.Sprintf("seed %d: %s, texts %v, people %v, at %v", seed, a.kind, texts, people, times)
		w.empty()
		arrival := slices.Clone(answers)
		random.Shuffle(n, func(i, j int) { arrival[i], arrival[j] = arrival[j], arrival[i] })
		for len(arrival) > 0 {
			some := 1 + random.IntN(len(arrival))
			w.land(arrival[:some]...)
			arrival = arrival[some:]
		}
		text, person := both(w, a.row)
		wantText, wantPerson := a.stand(said{times, values, texts}, said{times, values, people})
		require.Equal(t, wantText, nilIfEmpty(text), what)
		require.Equal(t, wantPerson, person, what)
		want, versions := w.dump([]string{"staging"}, "stream_seq"), w.versions("staging")
		w.seq = 0
		w.land(answers...)
		require.Equal(t, versions, w.versions("staging"), "a replay writes nothing; "+what)
		w.emptyStaging()
		for _, p := range answers {
			w.land(p)
		}
		require.Equal(t, want, w.dump([]string{"staging"}, "stream_seq"), "created again; "+what)
	}
}

func nilIfEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

func (w *tables) emptyStaging() {
	_, err := w.conn.Exec(w.context(), `DO $$ DECLARE r record; BEGIN
		FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'staging' LOOP EXECUTE format('DELETE FROM staging.%I', r.tablename); END LOOP; END $$`)
	require.NoError(w.t, err)
}

// A field says on which answer it stands, and no longer once it is readable again.
func TestAKeptFieldSaysOnWhichAnswerItStands(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	a := &answerings[1]
	w.land(a.answer(noon, "first", well, well))
	first := ask[int64](w, "SELECT max(id) FROM raw.payloads")
	require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields"))
	w.land(a.answer(noon.Add(time.Hour), "second", broken, missing))
	const notes = "SELECT string_agg(concat_ws(' ', source, kind, entity, field, why), '; ' ORDER BY field) FROM staging.kept_fields WHERE raw_id = $1 AND fetched_at = $2"
	require.Equal(t, "kobis movie-detail 20190001 directors missing; kobis movie-detail 20190001 movieNmEn unreadable", ask[string](w, notes, first, noon))
	require.Equal(t, noon.Add(time.Hour), ask[time.Time](w, "SELECT fetched_at FROM staging.kobis_movie_details").UTC(), "all else is the newest answer's")
	w.land(a.answer(noon.Add(2*time.Hour), "third", well, missing))
	require.Equal(t, "kobis movie-detail 20190001 directors missing", ask[string](w, notes, first, noon))
	w.land(a.answer(noon.Add(3*time.Hour), "fourth", well, well))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields"))
}

// A list that was told once goes when it was empty for a week, as a title does, and is
// asked for again until then; an answer that tells it again ends the doubt. All else
// goes at once, but where a list goes too.
func TestWhatIsEmptiedIsDoubtedForAWeek(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	const again = "SELECT max(ask_again_at) FROM staging.kept_fields"
	for i := range answerings {
		a := &answerings[i]
		if a.people == "" || a.kind == messages.KindMovieList {
			continue
		}
		w.empty()
		w.land(a.answer(noon, "told", well, well))
		w.land(a.answer(noon.Add(time.Hour), "told", emptied, well))
		text, person := both(w, a.row)
		require.Equal(t, a.named(), nilIfEmpty(text) != nil, a.kind)
		require.Equal(t, "told", *person)
		require.Equal(t, a.named(), ask[int](w, "SELECT count(*) FROM staging.kept_fields") > 0)
		w.land(a.answer(noon.Add(2*time.Hour), "told", well, well))

		begun := noon.Add(3 * time.Hour)
		for _, step := range []struct{ after, again time.Duration }{
			{0, time.Hour}, {59 * time.Minute, time.Hour}, {time.Hour, 24 * time.Hour}, {24 * time.Hour, 168 * time.Hour}, {168*time.Hour - time.Microsecond, 168 * time.Hour},
		} {
			w.land(a.answer(begun.Add(step.after), "", emptied, emptied))
			text, person = both(w, a.row)
			require.Equal(t, []string{"told", "told"}, []string{*text, *person}, "%s after %s", a.kind, step.after)
			require.Equal(t, begun.Add(step.again), ask[time.Time](w, again).UTC(), "%s after %s", a.kind, step.after)
			require.NotZero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields WHERE why = 'emptied' AND field = $1", a.people))
		}
		doubted := w.dump([]string{"staging"}, "stream_seq")
		w.land(a.answer(begun.Add(168*time.Hour), "", emptied, emptied))
		text, person = both(w, a.row)
		require.Nil(t, nilIfEmpty(text), "%s: a week later", a.kind)
		require.Nil(t, person, "%s: a week later", a.kind)
		require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields"))
		require.NotEqual(t, doubted, w.dump([]string{"staging"}, "stream_seq"))

		w.land(a.answer(begun.Add(169*time.Hour), "again", well, well))
		w.land(a.answer(begun.Add(170*time.Hour), "", emptied, emptied))
		text, person = both(w, a.row)
		require.Equal(t, []string{"again", "again"}, []string{*text, *person}, "%s: a doubt of its own", a.kind)
	}
}

// Two answers that take turns, byte for byte: each time the empty one comes in the place
// of the full one it is doubted again, from then on and not longer than a week, whatever
// the order of loading.
func TestAnAnswerThatTakesTurnsIsDoubtedFromItsLastTurn(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	a := &answerings[1]
	const again = "SELECT max(ask_again_at) FROM staging.kept_fields"
	full := func(at time.Time) messages.Payload { return a.answer(at, "told", well, well) }
	empty := func(at time.Time) messages.Payload { return a.answer(at, "", emptied, emptied) }
	begun := noon.Add(30 * time.Hour)
	turns := []messages.Payload{
		full(noon), empty(noon.Add(10 * time.Hour)), full(noon.Add(20 * time.Hour)),
		empty(begun), empty(begun.Add(time.Hour)), empty(begun.Add(24 * time.Hour)),
	}
	w.land(turns[:4]...)
	require.Equal(t, begun.Add(time.Hour), ask[time.Time](w, again).UTC())
	w.land(turns[4])
	require.Equal(t, begun.Add(24*time.Hour), ask[time.Time](w, again).UTC())
	w.land(turns[5])
	require.Equal(t, begun.Add(168*time.Hour), ask[time.Time](w, again).UTC())
	want := w.dump([]string{"staging"}, "stream_seq", "raw_id")
	for seed := range uint64(3) {
		w.empty()
		shuffled := slices.Clone(turns)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, p := range shuffled {
			w.land(p)
		}
		require.Equal(t, want, w.dump([]string{"staging"}, "stream_seq", "raw_id"), "seed %d", seed)
		versions := w.versions("raw", "staging")
		w.seq = 0
		w.land(turns...)
		require.Equal(t, versions, w.versions("raw", "staging"), "a replay writes nothing")
	}
	var more []messages.Payload
	for i := range 40 {
		more = append(more, empty(begun.Add(25*time.Hour+time.Duration(i)*time.Minute)))
	}
	w.land(more...)
	require.Equal(t, begun.Add(168*time.Hour), ask[time.Time](w, again).UTC())
	require.LessOrEqual(t, ask[int](w, "SELECT max(cardinality(told_at)) FROM raw.payloads"), 30)
	w.land(empty(begun.Add(168 * time.Hour)))
	_, person := both(w, a.row)
	require.Nil(t, person, "empty for a week")
	require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields"))
}

// A value of TMDB goes when the answer that it came from has to, though the answer
// of its row stays; and a purge leaves nothing of it.
func TestAKeptFieldExpiresWithItsAnswer(t *testing.T) {
	t.Parallel()
	for _, a := range answerings {
		if a.source != messages.TMDB {
			continue
		}
		w := newTables(t)
		w.land(a.answer(noon, "old", well, well), a.answer(noon.AddDate(0, 0, 30), "older than the newest", broken, well))
		w.land(a.answer(noon.AddDate(0, 0, 60), "new", broken, missing))
		w.clearMarks()
		check := func(text, people *string) {
			t.Helper()
			haveText, havePeople := both(w, a.row)
			require.Equal(t, text, haveText)
			require.Equal(t, people, havePeople)
		}
		w.expire(noon.AddDate(0, 0, 180).Add(-time.Microsecond))
		check(new("old"), new("older than the newest"))
		require.Empty(t, w.clearMarks())
		require.Positive(t, w.expire(noon.AddDate(0, 0, 180)))
		check(nil, new("older than the newest"))
		require.Equal(t, a.kind == messages.KindPersonDetail, len(w.clearMarks()) == 0, "production is derived again")
		w.expire(noon.AddDate(0, 0, 210))
		check(nil, nil)
		w.expire(noon.AddDate(0, 0, 240))
		require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields"))
		require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.tmdb_movies")+ask[int](w, "SELECT count(*) FROM staging.tmdb_series")+ask[int](w, "SELECT count(*) FROM staging.tmdb_seasons"))
		require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.tmdb_persons"))
	}
}

// Two workers that land an answer with gaps and the one that fills them at the same
// time end where one would have.
func TestGapsAreFilledByWhatIsLandedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	other, err := pgx.ConnectConfig(t.Context(), w.conn.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = other.Close(w.context()) })
	for i := range answerings {
		a := &answerings[i]
		for _, filling := range []time.Duration{-time.Minute, 0} {
			w.empty()
			w.land(a.answer(noon.Add(filling), "filler", well, well), a.answer(noon.Add(-30*time.Second), "gap", broken, broken))
			text, _ := both(w, a.row)
			w.empty()
			full := w.decode(a.answer(noon.Add(filling), "filler", well, well), 1)
			gap := w.decode(a.answer(noon.Add(-30*time.Second), "gap", broken, broken), 2)
			tx, err := w.conn.Begin(t.Context())
			require.NoError(t, err)
			_, err = Land(t.Context(), tx, []*Payload{full}, w.now)
			require.NoError(t, err)
			landed := make(chan error)
			go func() {
				landed <- pgx.BeginFunc(t.Context(), other, func(tx pgx.Tx) error {
					_, err := Land(t.Context(), tx, []*Payload{gap}, w.now)
					return err
				})
			}()
			require.NoError(t, tx.Commit(t.Context()))
			require.NoError(t, <-landed)
			have, _ := both(w, a.row)
			require.Equal(t, text, have, "%s %s", a.kind, filling)
			require.Equal(t, "filler", *have)
		}
	}
}

// A row that was put together before another worker landed an answer is written again
// also where it needs nothing of an older one any more.
func TestWhatIsKeptGoesWithWhatIsLandedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	other, err := pgx.ConnectConfig(t.Context(), w.conn.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = other.Close(w.context()) })
	a := &answerings[1]
	w.land(a.answer(noon, "told", well, well))
	week := a.answer(noon.Add(time.Hour), "empty", emptied, emptied)
	now := a.answer(noon.Add(8*24*time.Hour), "", emptied, emptied)
	week.Body = append(week.Body, ' ') // an answer of its own
	tx, err := w.conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = Land(t.Context(), tx, []*Payload{w.decode(week, 1)}, w.now)
	require.NoError(t, err)
	landed := make(chan error, 1)
	newest := w.decode(now, 2)
	go func() {
		landed <- pgx.BeginFunc(t.Context(), other, func(tx pgx.Tx) error {
			_, err := Land(t.Context(), tx, []*Payload{newest}, w.now)
			return err
		})
	}()
	require.Eventually(t, func() bool {
		var waits bool
		err := tx.QueryRow(t.Context(), "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1", other.PgConn().PID()).Scan(&waits)
		return err == nil && waits
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-landed)
	text, person := both(w, a.row)
	require.Nil(t, nilIfEmpty(text))
	require.Nil(t, person, "it was empty for a week")
	require.Zero(t, ask[int](w, "SELECT count(*) FROM staging.kept_fields"))
}

// The shapes of the tests are whole: what they lack would be a gap.
func TestAnswersOfTheTestsHaveNoGaps(t *testing.T) {
	t.Parallel()
	w := &tables{t: t}
	for i := range answerings {
		p := answerings[i].answer(noon, "v", well, well)
		require.True(t, json.Valid(p.Body), string(p.Body))
		require.Empty(t, w.decode(p, 1).Findings.Gaps)
	}
}
