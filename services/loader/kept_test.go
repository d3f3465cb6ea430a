package loader

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/internal/canon"
)

// keptFilms is how many films have answers that lack something.
const keptFilms = 25

func keptCode(i int) string { return fmt.Sprintf("2019%04d", i) }

// keptDirector is a name of its own; one that ended in a number would lose it.
func keptDirector(i int) string { return "감독" + string(rune('가'+i)) }

// whole is a film's detail with all that a detail has.
func whole(i int, at time.Time) messages.Payload {
	return payload(messages.KOBIS, messages.KindMovieDetail, keptCode(i), at, strings.NewReplacer("20183782", keptCode(i), `"131"`, fmt.Sprintf(`"%d"`, 100+i),
		"봉준호", keptDirector(i), "BONG Joon-ho", fmt.Sprintf("DIRECTOR %d", i)).Replace(parasiteDetail))
}

// lacking is a newer one in which fields are missing, or there in another form.
func lacking(i int, at time.Time) messages.Payload {
	body := fmt.Sprintf(`{"movieInfoResult":{"movieInfo":{"movieCd":%q}}}`, keptCode(i))
	whole := string(whole(i, at).Body)
	directors := fmt.Sprintf(`"directors":[{"peopleNm":%q,"peopleNmEn":"DIRECTOR %d"}]`, keptDirector(i), i)
	switch i % 4 {
	case 0:
		body = strings.Replace(whole, directors, `"directors":{"peopleNm":"x"}`, 1)
	case 1:
		body = strings.NewReplacer(directors, `"directors":null`, fmt.Sprintf(`"showTm":"%d"`, 100+i), `"showTm":{}`, `"actors":[`, `"actors":[5,`).Replace(whole)
	case 2:
		body = strings.NewReplacer(keptDirector(i), "감\xb0", `"15세이상관람가"`, `{}`).Replace(whole)
	}
	return payload(messages.KOBIS, messages.KindMovieDetail, keptCode(i), at, body)
}

// keptStory is what the sources say of the films, in the order in which they said it.
func keptStory() []messages.Payload {
	var rows []string
	var good, bad []messages.Payload
	for i := range keptFilms {
		rows = append(rows, listRow(keptCode(i), fmt.Sprintf("영화 %d", i), "", "2019", "20190530", "한국", ""))
		good, bad = append(good, whole(i, noon.Add(time.Duration(i)*time.Second))), append(bad, lacking(i, noon.Add(time.Hour+time.Duration(i)*time.Second)))
	}
	return append(append(append(good, listPage(1, noon, keptFilms, rows...)), bad...),
		payload(messages.TMDB, messages.KindSeriesDetail, "93405", noon, squidGame),
		payload(messages.TMDB, messages.KindSeriesDetail, "93405", noon.Add(time.Hour), strings.Replace(squidGame, `"aggregate_credits":{`, `"aggregate_credits":5,"x":{`, 1)))
}

// Details whose directors are an object, or that lack what a detail always has, take
// nothing from titles that an older one gave them, whatever the order of loading; a
// replay ends at the same.
func TestTitlesKeepWhatNewerAnswersLack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	story := keptStory()
	var want canon.Dump
	for _, order := range []string{"as fetched", "backwards", "shuffled"} {
		w := newWorld(t)
		arrival := slices.Clone(story)
		random := rand.New(rand.NewPCG(1, 17))
		switch order {
		case "backwards":
			slices.Reverse(arrival)
		case "shuffled":
			random.Shuffle(len(arrival), func(i, j int) { arrival[i], arrival[j] = arrival[j], arrival[i] })
		}
		cfg := w.config()
		cfg.Chunk, cfg.LogLevel = 1+random.IntN(10), "error"
		w.publish(arrival...)
		stop := w.start(cfg)
		w.settle()
		require.Empty(t, w.deadLetters())
		const directed = `SELECT string_agg(DISTINCT c.name_ko, ',' ORDER BY c.name_ko) FROM production.credits AS c JOIN production.titles AS t ON t.id = c.title_id
			WHERE c.job = 'director' AND t.kobis_movie_cd = $1`
		for i := range keptFilms {
			require.Equal(t, keptDirector(i), ask[string](w, directed, keptCode(i)), order)
		}
		require.Equal(t, keptFilms, w.count(`production.titles WHERE kind = 'movie' AND runtime_minutes = 100 + right(kobis_movie_cd, 4)::int AND watch_grade = '15세이상관람가'`), order)
		require.Equal(t, 2, w.count(`production.credits WHERE name_ko IN ('이정재', '황동혁') AND department IN ('acting', 'directing')`), order)
		require.Equal(t, 5*keptFilms, w.count("production.credits WHERE source = 'kobis'"), order)
		require.Equal(t, 2*keptFilms, w.count("production.title_genres AS g JOIN production.titles AS t ON t.id = g.title_id WHERE t.kind = 'movie'"), order)
		require.Equal(t, keptFilms, w.count("staging.kobis_movie_details WHERE fetched_at >= (SELECT min(fetched_at) + interval '1 hour' FROM staging.kobis_movies)"), "the newest answers stand")
		require.Zero(t, w.count(`staging.kept_fields AS k WHERE raw_id IS DISTINCT FROM (SELECT min(id) FROM raw.payloads AS p
			WHERE p.subject = k.source || '.' || k.kind || '.' || k.entity AND p.last_fetched_at = k.fetched_at) AND raw_id IS NOT NULL`), "each names its answer")
		require.Zero(t, w.count(`raw.payloads AS p WHERE last_fetched_at >= (SELECT min(fetched_at) + interval '1 hour' FROM staging.kobis_movies) AND NOT EXISTS (SELECT FROM raw.field_notes AS n WHERE n.raw_id = p.id)`), "with a note each")

		have := w.dumpWithout("id", "raw_id", "stream_seq")
		if want == nil {
			want = have
		}
		require.Equal(t, want, have, order)
		dump, versions := w.dump(layers...), w.versions()
		w.replay()
		require.Equal(t, versions, w.versions(), "a replay writes nothing; "+order)
		stop()
		w.truncate("staging")
		w.truncate("production")
		w.rewind()
		stop = w.start(cfg)
		w.settle()
		require.Equal(t, dump, w.dump(layers...), "created again; "+order)
		stop()
	}
}

// A person sees which field stands on which answer.
func TestExplainTellsWhatIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(listPage(1, noon, 1, listRow(keptCode(0), "영화", "", "2019", "20190530", "한국", "")), whole(0, noon))
	stop := w.start(w.config())
	w.settle()
	require.NotContains(t, w.succeed("title", "explain", keptCode(0)), "Kept from other answers")
	w.publish(lacking(0, noon.Add(time.Hour)))
	w.settle()
	stop()
	text := w.succeed("title", "explain", keptCode(0))
	id := ask[int64](w, "SELECT id FROM raw.payloads WHERE subject = 'kobis.movie-detail.20190000' ORDER BY last_fetched_at LIMIT 1")
	require.Contains(t, text, "Kept from other answers")
	require.Regexp(t, fmt.Sprintf(`kobis\s+│ directors\s+│ unreadable\s+│\s+%d │ `, id), text)
	require.Regexp(t, fmt.Sprintf(`"field": "directors",\s+"why": "unreadable",\s+"payload_id": %d`, id), w.succeed("title", "explain", "--json", keptCode(0)))
}

// A title that had to be repaired on one page, or can't be read there, takes the
// place of none that is readable on another, in either order.
func TestATitleOfOnePageIsNotSpoiledByAnother(t *testing.T) {
	t.Parallel()
	row := func(movieCd, title, status string) string {
		return strings.NewReplacer(`"movieNm":"영화"`, `"movieNm":`+title, "개봉", status).Replace(listRow(movieCd, "영화", "", "2019", "20190530", "한국", ""))
	}
	cases := []struct{ title, status string }{
		{"\"영\xb0\"", "newer"},
		{`"영\ud800화"`, "newer"},
		{`"영화\u0000?"`, "newer"},
		{`true`, "older"},
		{`null`, "older"},
		{`{"ko":"x"}`, "older"},
		{`["x"]`, "older"},
		{`""`, "older"},
		{`"\u0000"`, "older"},
	}
	var good, bad []messages.Payload
	for i, c := range cases {
		known, unknown := keptCode(i), keptCode(100+i)
		open, made := listPage(i+1, noon, 1, row(known, `"영화"`, "older")), listPage(i+1, noon.Add(time.Hour), 2, row(known, c.title, "newer"), row(unknown, c.title, "newer"))
		open.Key, made.Key = fmt.Sprintf("open-2019.%d", i+1), fmt.Sprintf("made-2019.%d", i+1)
		good, bad = append(good, open), append(bad, made)
	}
	for _, arrival := range [][]messages.Payload{slices.Concat(good, bad), slices.Concat(bad, good)} {
		w := newWorld(t)
		cfg := w.config()
		cfg.Chunk, cfg.Consumers, cfg.LogLevel = 1, 1, "error"
		w.publish(arrival...)
		stop := w.start(cfg)
		w.settle()
		stop()
		require.Empty(t, w.deadLetters())
		for i, c := range cases {
			require.Equal(t, "영화 "+c.status, ask[string](w, "SELECT title || ' ' || status_name FROM staging.kobis_movies WHERE movie_cd = $1", keptCode(i)), c.title)
			require.Equal(t, "영화", ask[string](w, "SELECT title_ko FROM production.titles WHERE kobis_movie_cd = $1", keptCode(i)), c.title)
			require.Positive(t, ask[int](w, `SELECT count(*) FROM raw.field_notes WHERE field LIKE '%movieNm'
				AND raw_id = (SELECT id FROM raw.payloads WHERE entity_key = $1)`, fmt.Sprintf("made-2019.%d", i+1)), c.title)
		}
		require.Zero(t, w.count("staging.kobis_movies WHERE title = ''"), "a film that no answer names is not listed")
		require.Equal(t, len(cases), w.count("staging.kobis_list_pages WHERE scope = 'made-2019' AND jsonb_array_length(movie_cds) = 2"), "but stands on its page")
	}
}

// Names of people and companies belong to no one title: those of a text that had to
// be repaired replace none, and are replaced by any.
func TestRepairedNamesReplaceNone(t *testing.T) {
	t.Parallel()
	spoil := func(p messages.Payload, at time.Time, old string) messages.Payload {
		p.FetchedAt = at
		require.Contains(t, string(p.Body), old)
		p.Body = []byte(strings.ReplaceAll(string(p.Body), old, old+"\xb0"))
		return p
	}
	movie := payload(messages.TMDB, messages.KindMovieDetail, "496243", noon, parasiteMovie)
	list := listPage(1, noon, 1, listRow("20190001", "영화", "", "2019", "20190530", "한국", ""))
	list.Body = []byte(strings.Replace(string(list.Body), "(주)바른손이앤에이", "(주)바른손", 1))
	good := []messages.Payload{movie, list}
	bad := []messages.Payload{
		spoil(movie, noon.Add(time.Hour), `"name":"송강호`),
		spoil(movie, noon.Add(2*time.Hour), "CJ Entertainment"),
		spoil(payload(messages.KOBIS, messages.KindMovieDetail, "20183782", noon, parasiteDetail), noon.Add(time.Hour), "(주)바른손이앤에이"),
	}
	const names = `SELECT (SELECT name FROM staging.tmdb_people WHERE tmdb_id = 20738) || ', ' || (SELECT name FROM staging.tmdb_companies WHERE tmdb_id = 7036)
		|| ', ' || (SELECT name FROM staging.kobis_companies WHERE company_cd = '20100001')`
	for _, arrival := range [][]messages.Payload{slices.Concat(good, bad), slices.Concat(bad, good)} {
		w := newWorld(t)
		cfg := w.config()
		cfg.Chunk, cfg.Consumers, cfg.LogLevel = 1, 1, "error"
		w.publish(arrival...)
		stop := w.start(cfg)
		w.settle()
		stop()
		require.Empty(t, w.deadLetters())
		require.Equal(t, "송강호, CJ Entertainment, (주)바른손", ask[string](w, names))
		require.Equal(t, 1, w.count("production.people WHERE name_ko = '송강호'"))
	}
}
