package loader

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command/purge"
	"github.com/cledit/pipeline/services/loader/derive"
)

// everything fills every column of production. The film 20203333 is to be pinned to
// 496243.
func everything(at time.Time) []messages.Payload {
	series := strings.NewReplacer(
		`"name":"Netflix","origin_country":""`, `"name":"Netflix","logo_path":"/n.png","origin_country":"US"`,
		`"episode_count":9,"id":1,`, `"episode_count":9,"id":1,"poster_path":"/s1.jpg",`,
		`"episode_run_time":[]`, `"episode_run_time":[55]`, `"name":"Squid Game","overview":""`, `"name":"Squid Game","overview":"Players."`,
		`"name":"이정재","original_name":"이정재"`, `"name":"이정재","original_name":"李政宰"`,
	).Replace(squidGame)
	film := strings.NewReplacer(`"peopleNm":"이선균"`, `"peopleNm":"이선균8"`, `"companyNmEn":"Barunson E&A"`, `"companyNmEn":"CJ Entertainment"`,
		`{"id":53,"name":"스릴러"}`, `{"id":99999,"name":"신종"}`)
	gone := strings.NewReplacer("20183782", "20170001", "기생충", "옥자").Replace(parasiteDetail)
	begun := at.AddDate(0, 0, -10) // long enough ago for what is gone to be believed
	known := parasite(at)
	for i := range known {
		known[i].Body = []byte(film.Replace(string(known[i].Body)))
	}
	return append(append(known, lost(messages.KOBIS, messages.KindMovieDetail, "20170001", begun.Add(time.Hour))...),
		listPage(2, at.Add(time.Second), 6, listRow("20203333", "기생충: 흑백판", "PARASITE: B&W", "2020", "20200226", "한국", "봉준호"),
			listRow("20136888", "강남 1970", "Gangnam Blues", "2014", "20150121", "한국", "유하"), listRow("20159185", "강남1970(무삭제판)", "", "2014", "", "한국", "유하")),
		payload(messages.KOBIS, messages.KindMovieDetail, "20170001", begun, gone),
		payload(messages.TMDB, messages.KindSeriesDetail, "93405", at.Add(time.Minute), series))
}

const pinEdition = `INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ('20203333', 496243, 'pin', 'editor', 'the same film')`

// emptyColumns are those of production in which no row has a value, but for one that
// is no longer filled, and a table that nothing fills yet.
func (w *world) emptyColumns() (empty []string) {
	w.tb.Helper()
	for _, column := range ask[[]string](w, `SELECT array_agg(format('%I.%I', table_name, column_name) ORDER BY 1)
		FROM information_schema.columns WHERE table_schema = 'production' AND column_name <> 'character_kobis'
			AND table_name <> 'person_aliases'`) {
		table, name, _ := strings.Cut(column, ".")
		if !ask[bool](w, "SELECT EXISTS (SELECT FROM production."+table+" WHERE "+name+" IS NOT NULL)") {
			empty = append(empty, column)
		}
	}
	return empty
}

// purged is the result of a purge.
func (w *world) purged(change func(*purge.Config)) (p purge.Result) {
	w.tb.Helper()
	var out bytes.Buffer
	cfg := w.purge(w.url)
	cfg.Stdout = &out
	change(&cfg)
	require.NoError(w.tb, purge.Run(w.tb.Context(), cfg))
	require.NoError(w.tb, json.Unmarshal(out.Bytes(), &p))
	return p
}

// What TMDB gave is gone after a purge, from every column that there is: the tables
// are those of a database that never heard of TMDB.
func TestAPurgeLeavesWhatKobisAloneGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(pinEdition)
	w.publish(everything(noon)...)
	w.start(w.config())
	w.settle()
	require.Empty(t, w.emptyColumns(), "each column is put to the test")
	told := w.purged(func(c *purge.Config) { c.DryRun = true })
	unasked := w.purge(w.url)
	var said bytes.Buffer
	unasked.Yes, unasked.Stderr = false, &said
	require.ErrorIs(t, purge.Run(t.Context(), unasked), service.ErrUnasked)
	require.Regexp(t, `staging\.tmdb_movies +[1-9]`, said.String())
	require.Contains(t, said.String(), ask[string](w, "SELECT current_database()"), "it says whose data it is")
	gone := w.purged(func(*purge.Config) {})
	delete(gone.Rows, "production.titles, derived again")
	require.Equal(t, gone.Rows, told.Rows, "a dry run tells what goes, and removes nothing")
	require.Equal(t, gone.Messages, told.Messages)
	require.Zero(t, told.Floor)
	w.settle()

	never := newWorld(t)
	never.exec(pinEdition)
	never.publish(slices.DeleteFunc(everything(noon), func(p messages.Payload) bool { return p.Source == messages.TMDB })...)
	never.start(never.config())
	never.settle()
	drawn := []string{"id", "raw_id", "stream_seq"}
	want, have := never.dumpWithout(drawn...), w.dumpWithout(drawn...)
	delete(have, "raw.floors")
	delete(want, "raw.floors")
	require.Equal(t, want, have)
}

// A match that is taken back leaves no trace, whether it stood for a moment or
// never did, and given again it makes what it made.
func TestUnmatchingLeavesNoTrace(t *testing.T) {
	t.Parallel()
	const ban = `INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why, decided_at) VALUES ('20183782', 496243, 'ban', 'editor', 'another film', '2026-11-22')`
	w := newWorld(t)
	w.publish(everything(noon)...)
	w.start(w.config())
	w.settle()
	matched := w.dump("production")
	require.Equal(t, "matched 496243", w.match("20183782"))
	w.exec(ban)
	w.settle()
	banned := w.dump("production")
	require.NotEqual(t, matched, banned)

	never := newWorld(t)
	never.exec(ban)
	never.publish(everything(noon)...)
	never.start(never.config())
	never.settle()
	require.Equal(t, never.dump("production"), banned)

	w.exec("DELETE FROM curation.verdicts WHERE verdict = 'ban'")
	w.settle()
	require.Equal(t, matched, w.dump("production"))
}

// A work of two editions is explained by any of its ids, in the values that
// production has.
func TestExplainAWorkOfTwoEditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(pinEdition)
	w.publish(everything(noon)...)
	w.start(w.config())
	w.settle()
	alias := ask[string](w, "SELECT id::text FROM production.title_aliases WHERE movie_cd = '20203333'")
	for _, name := range []string{"20183782", "20203333", alias} {
		var titles []derive.Explanation
		require.NoError(t, json.Unmarshal([]byte(w.succeed("title", "explain", name, "--json")), &titles), name)
		require.Len(t, titles, 1, name)
		e := titles[0]
		require.Equal(t, "20183782", e.KobisMovieCd, name)
		require.Equal(t, []string{"20183782", "20203333"}, []string{e.Editions[0].MovieCd, e.Editions[1].MovieCd})
		require.Equal(t, []bool{true, false}, []bool{e.Editions[0].IsMain, e.Editions[1].IsMain})
		require.Len(t, e.Fields, ask[int](w, "SELECT count(*) FROM production.titles AS t, jsonb_object_keys(t.sources) WHERE t.id = $1", e.ID))
		for _, f := range e.Fields {
			shown, err := json.Marshal(f.Value)
			require.NoError(t, err)
			if strings.HasSuffix(f.Field, "_date") {
				shown = []byte(strings.Replace(string(shown), "T00:00:00Z", "", 1))
			}
			require.JSONEq(t, ask[string](w, "SELECT (to_jsonb(t) -> $2)::text FROM production.titles AS t WHERE id = $1", e.ID, f.Field), string(shown), f.Field)
			require.NotZero(t, f.PayloadID, f.Field)
			require.NotEmpty(t, f.Rule, f.Field)
		}
		require.Contains(t, w.succeed("title", "explain", name), "edition 20203333")
	}
}
