package loader

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command/curate"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/identity"
)

// command runs the loader's binary as far as a process goes.
func (w *world) command(args ...string) (code int, stdout, stderr string) {
	w.tb.Helper()
	var out, errs bytes.Buffer
	code = App().Execute(w.tb.Context(), args, []string{"DATABASE_URL=" + w.url}, service.Streams{Stdout: &out, Stderr: &errs})
	return code, out.String(), errs.String()
}

// succeed runs a command that must.
func (w *world) succeed(args ...string) string {
	w.tb.Helper()
	code, out, errs := w.command(args...)
	require.Zero(w.tb, code, errs)
	return out
}

// wrapped finds words in the cells of a table, which breaks them over its lines: beside
// each stands what the other columns have there.
func wrapped(words string) string {
	return "(?s)" + strings.Join(strings.Fields(regexp.QuoteMeta(words)), `(?: |\s[^\n]{0,60}\n[^\n]{0,60} )`)
}

func (w *world) match(movieCd string) string {
	return ask[string](w, "SELECT status || ' ' || coalesce(tmdb_id::text, '-') FROM production.matches WHERE movie_cd = $1", movieCd)
}

func TestAPinStandsUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	require.Equal(t, "matched 496243", w.match("20183782"))
	by := []string{"--by", "editor", "--why", "seen it"}
	begun := noon.AddDate(0, 0, -10) // long enough ago for what is gone to be believed

	out := w.succeed(append([]string{"match", "pin", "20183782", "777"}, by...)...)
	require.Contains(t, out, "film 20183782 is the film 777 of TMDB")
	require.Contains(t, out, "no record of tmdb:movie:777 is here yet: the planner has it fetched, one call of TMDB")
	w.settle()
	require.Equal(t, "matched 496243", w.match("20183782"), "a record that is not known yet")
	require.Equal(t, "777", ask[string](w, "SELECT evidence -> 'wanted' ->> 0 FROM production.matches WHERE movie_cd = '20183782'"), "the planner reads it")
	require.Contains(t, ask[string](w, "SELECT evidence ->> 'reason' FROM production.matches WHERE movie_cd = '20183782'"), "waiting for tmdb:movie:777")
	require.Contains(t, w.succeed("match", "explain", "20183782"), "waiting for tmdb:movie:777")
	w.publish(payload(messages.TMDB, messages.KindMovieDetail, "777", begun, strings.Replace(parasiteMovie, "496243", "777", 1)))
	w.settle()
	require.Equal(t, "pinned 777", w.match("20183782"), "it has landed")
	require.Contains(t, w.succeed("match", "explain", "20183782"), "seen it")

	w.truncate("staging")
	w.truncate("production")
	w.replay()
	require.Equal(t, "pinned 777", w.match("20183782"), "everything replayed")

	w.exec("UPDATE production.matches SET rule_version = 0, status = 'none', tmdb_id = NULL WHERE movie_cd = '20183782'")
	w.exec("INSERT INTO ops.stale_titles (key) SELECT 'kobis:movie:' || movie_cd FROM production.matches ON CONFLICT DO NOTHING")
	w.settle()
	require.Equal(t, "pinned 777", w.match("20183782"), "decided by other rules before")

	w.publish(lost(messages.TMDB, messages.KindMovieDetail, "777", begun.Add(time.Hour))...)
	w.settle()
	require.Equal(t, "pinned 777", w.match("20183782"), "TMDB has it no longer")
	require.Contains(t, w.succeed("match", "explain", "20183782"), "gone")

	w.publish(notFound(messages.TMDB, messages.KindMovieDetail, "12345", now()))
	w.settle()
	out = w.succeed(append([]string{"match", "pin", "20183782", "12345"}, by...)...)
	require.Contains(t, out, "the verdict pin on TMDB's 777 is taken back")
	require.Contains(t, out, "TMDB has said that it has no film 12345: the pin is without effect")
	w.settle()
	require.Equal(t, "review -", w.match("20183782"))
	explained := w.succeed("match", "explain", "20183782")
	require.Contains(t, explained, "TMDB has no film 12345, which editor pinned")
	require.Regexp(t, wrapped("without effect: TMDB has no such film"), explained)

	w.succeed(append([]string{"match", "unpin", "20183782"}, by...)...)
	w.succeed(append([]string{"match", "ban", "20183782", "496243"}, by...)...)
	w.settle()
	require.Equal(t, "banned -", w.match("20183782"))
	w.succeed(append([]string{"match", "unpin", "20183782", "496243"}, by...)...)
	w.settle()
	require.Equal(t, "matched 496243", w.match("20183782"), "the rule's verdict is back")
	require.Equal(t, []string{"pin 777", "unpin 777", "pin 12345", "unpin 12345", "ban 496243", "unpin 496243"},
		ask[[]string](w, "SELECT array_agg(decision || ' ' || tmdb_id ORDER BY id) FROM curation.decisions WHERE decided_by = 'editor' AND why = 'seen it'"),
		"what was decided is remembered")
	code, _, errs := w.command(append([]string{"match", "unpin", "20183782"}, by...)...)
	require.Equal(t, service.ExitFailed, code)
	require.Contains(t, errs, "has no pin")
}

// A typing error is not a verdict; anyone who knows better says so.
func TestAVerdictOnAFilmThatKobisHasNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := []string{"--by", "editor", "--why", "it will come"}
	for _, action := range []string{"pin", "ban"} {
		code, _, errs := w.command(append([]string{"match", action, "99999999", "496243"}, by...)...)
		require.Equal(t, 1, code)
		require.Contains(t, errs, "no answer of KOBIS has shown 99999999")
		require.Contains(t, errs, "--unknown")
		require.Zero(t, w.count("curation.verdicts")+w.count("curation.decisions"))
	}
	out := w.succeed(append([]string{"match", "pin", "99999999", "496243", "--unknown"}, by...)...)
	require.Contains(t, out, "no answer of KOBIS has shown 99999999 yet")
	require.Equal(t, 1, w.count("curation.verdicts WHERE movie_cd = '99999999'"))
	explained := w.succeed("match", "explain", "99999999")
	require.Contains(t, explained, "No answer of KOBIS has shown it yet")
	require.Contains(t, explained, "it will come")
	var e curate.Explanation
	require.NoError(t, json.Unmarshal([]byte(w.succeed("match", "explain", "kobis:movie:99999999", "--json")), &e))
	require.False(t, e.Known)
	require.Equal(t, "pin", e.Verdicts[0].Verdict)
	out = w.succeed(append([]string{"match", "unpin", " 99999999.0"}, by...)...)
	require.Equal(t, "the pin of film 99999999 on 496243 is taken back; the rules decide again; no answer of KOBIS has shown 99999999 yet, and that is when it takes effect\n", out)
	code, _, errs := w.command("match", "explain", "99999999")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no such film is known")
}

// Each answer says what happened, what it stands for, and what happens next.
func TestWhatIsSaidOfAVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	by := []string{"--by", "editor", "--why", "seen it"}
	w.exec("DELETE FROM staging.tmdb_searches WHERE movie_cd = '20190001'; DELETE FROM production.matches WHERE movie_cd = '20190001'") // nothing was searched for
	const again = "; a running loader derives it again"
	for _, c := range []struct{ args, said string }{
		{"ban 20183782 496243", "film 20183782 is not the film 496243 of TMDB" + again},
		{"ban 20183782 496243", "film 20183782 is not the film 496243 of TMDB, as editor decided before" + again},
		{"pin 20183782 496243", "film 20183782 is the film 496243 of TMDB; the verdict ban on TMDB's 496243 is taken back" + again},
		{"none 20183782", "TMDB has no record of film 20183782; the verdict pin on TMDB's 496243 is taken back" + again},
		{"none 20183782", "TMDB has no record of film 20183782, as editor decided before" + again},
		{"unpin 20183782", "that TMDB has no record of film 20183782 is taken back; the rules decide again" + again},
		{"none 20183782", "TMDB has no record of film 20183782" + again},
		{"alone 20183782", "film 20183782 is not an edition of another film" + again},
		{"alone 20183782", "film 20183782 is not an edition of another film, as editor decided before" + again},
		{"unpin 20183782", "that TMDB has no record of film 20183782 is taken back; the rules decide again" + again},
		{"unpin 20183782", "the decision that film 20183782 is not an edition of another film is taken back; the rules decide again" + again},
		{"none 20190001", "TMDB has no record of film 20190001" + again + "; no candidate was there to be shown: one that is found and could be the film is for a person again"},
	} {
		require.Equal(t, c.said+"\n", w.succeed(append(append([]string{"match"}, strings.Fields(c.args)...), by...)...))
	}
}

// A person says that TMDB has none: it stands through a replay, until a candidate
// comes that nobody had seen.
func TestTMDBHasNoneUntilSomethingNewIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	by := []string{"--by", "editor", "--why", "another film"}
	w.succeed(append([]string{"match", "pin", "20183782", "496243"}, by...)...)
	out := w.succeed(append([]string{"match", "none", "20183782"}, by...)...)
	require.Contains(t, out, "TMDB has no record of film 20183782; the verdict pin on TMDB's 496243 is taken back")
	w.settle()
	require.Equal(t, "none -", w.match("20183782"))
	require.Equal(t, "none|editor|another film", ask[string](w, `SELECT concat_ws('|', evidence ->> 'verdict', evidence ->> 'decided_by', evidence ->> 'reason')
		FROM production.matches WHERE movie_cd = '20183782'`))
	require.Contains(t, w.succeed("match", "explain", "20183782"), "another film")
	decided := w.dump("production")

	w.truncate("staging")
	w.truncate("production")
	w.replay()
	require.Equal(t, decided, w.dump("production"), "everything replayed")

	w.publish(search("20183782", "en", "PARASITE", now(), hit(31, "기생충", "기생충", "ko", "2019-05-30")))
	w.settle()
	require.Equal(t, "review -", w.match("20183782"))
	require.Contains(t, w.succeed("match", "explain", "20183782"), "was not shown the candidate 31")

	w.succeed(append([]string{"match", "none", "20183782"}, by...)...)
	w.settle()
	require.Equal(t, "none -", w.match("20183782"), "now it was shown")
	require.Contains(t, w.succeed(append([]string{"match", "pin", "20183782", "496243"}, by...)...), "the verdict none is taken back")
	w.settle()
	require.Equal(t, "pinned 496243", w.match("20183782"))
	w.succeed(append([]string{"match", "none", "20183782"}, by...)...)
	require.Contains(t, w.succeed(append([]string{"match", "unpin", "20183782"}, by...)...), "is taken back; the rules decide again")
	require.Equal(t, []string{"pin 496243", "unpin 496243", "none 0", "none 0", "unpin 0", "pin 496243", "unpin 496243", "none 0", "unpin 0"},
		ask[[]string](w, "SELECT array_agg(decision || ' ' || tmdb_id ORDER BY id) FROM curation.decisions"))
}

func TestACuratorDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	login := "curator_of_" + ask[string](w, "SELECT current_database()")
	w.exec("CREATE ROLE " + login + " LOGIN IN ROLE curator")
	curator := *w
	curator.url = as(t, w.url, login)
	curator.succeed("match", "pin", "20190001", "496243", "--by", "editor", "--why", "the same")
	w.settle()
	require.Equal(t, "pinned 496243", w.match("20190001"))
	curator.succeed("match", "explain", "20190001")
	curator.succeed("title", "explain", "20190001")
	w.exec("DELETE FROM curation.verdicts") // by SQL, as another
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM curation.decisions WHERE decision = 'unpin' AND decided_by = session_user"))
	w.settle()
	require.NotEqual(t, "pinned 496243", w.match("20190001"))
	w.exec("DROP ROLE " + login)
}

func TestExplainAMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	table := w.succeed("match", "explain", "20183782")
	for _, part := range []string{"20183782 기생충, opened 2019-05-30", "matched with 496243", "2019-05-30", "1982-03-12", "fetched", "not fetched"} {
		require.Contains(t, table, part)
	}
	var e curate.Explanation
	require.NoError(t, json.Unmarshal([]byte(w.succeed("match", "explain", "20183782", "--json")), &e))
	require.Equal(t, int32(496243), *e.Match.TmdbID)
	require.Len(t, e.Candidates, 2)
	require.NotEmpty(t, e.Candidates[0].Evidence)
	code, _, errs := w.command("match", "explain", "20990001")
	require.Equal(t, service.ExitFailed, code)
	require.Contains(t, errs, "no such film is known")
}

func TestExplainATitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	var titles []derive.Explanation
	id := identity.Of("kobis:movie:20183782")
	for _, name := range []string{"20183782", "496243", "tmdb:movie:496243", "kobis:movie:20183782", id.String()} {
		require.NoError(t, json.Unmarshal([]byte(w.succeed("title", "explain", name, "--json")), &titles), name)
		require.Len(t, titles, 1, name)
		require.Equal(t, id, titles[0].ID, name)
	}
	fields := map[string]derive.Field{}
	for _, f := range titles[0].Fields {
		fields[f.Field] = f
		require.Equal(t, f.FetchedAt, ask[time.Time](w, "SELECT last_fetched_at FROM raw.payloads WHERE id = $1", f.PayloadID).UTC(), f.Field)
	}
	require.Equal(t, "기생충", fields["title_ko"].Value)
	require.Equal(t, "TMDB (where KOBIS names an edition), then KOBIS list (of the edition without a name), then KOBIS list, then KOBIS detail, then TMDB, then KOBIS detail (as last known)", fields["title_ko"].Rule)
	require.Equal(t, []string{"tmdb", "staging.tmdb_movies"}, []string{fields["title_en"].Source, fields["title_en"].Record})
	require.Equal(t, ask[string](w, "SELECT sources::text FROM production.titles WHERE id = $1", id), sourcesOf(t, w, fields), "as production has them")
	table := w.succeed("title", "explain", "20183782")
	require.Contains(t, table, "edition 20183782 기생충, opened 2019-05-30, the main one")
	require.Contains(t, w.succeed("title", "explain", "tmdb:series:93405"), "오징어 게임")
	code, _, errs := w.command("title", "explain", "20990001")
	require.Equal(t, service.ExitFailed, code)
	require.Contains(t, errs, "no such title is known")
}

// sourcesOf writes the fields' sources in the form of production.titles.sources.
func sourcesOf(t *testing.T, w *world, fields map[string]derive.Field) string {
	t.Helper()
	sources := map[string]string{}
	for name, f := range fields {
		sources[name] = f.Source
	}
	data, err := json.Marshal(sources)
	require.NoError(t, err)
	return ask[string](w, "SELECT $1::jsonb::text", string(data))
}

func TestArgumentsOfCommandsAreChecked(t *testing.T) {
	t.Parallel()
	w := &world{tb: t, url: "postgres://nobody@127.0.0.1:1/none"}
	for expected, args := range map[string][]string{
		"pin, ban, none, alone, unpin or explain": {"match", "marry", "20183782"},
		"the name of who decides":                 {"match", "ban", "20183782", "1", "--why", "x"},
		"a reason that others":                    {"match", "pin", "20183782", "1", "--by", "x"},
		"the number of a film of TMDB":            {"match", "pin", "20183782", "one", "--by", "x", "--why", "y"},
		"a film's code at KOBIS":                  {"match", "explain", "parasite"},
		"no more of them":                         {"match", "explain", "20183782", "1"},
		"explain or credits, and a title":         {"title", "20183782"},
		"a title's id, a film's code at ":         {"title", "explain", "parasite"},
		"eight digits or capital letters":         {"match", "pin", "2023c109", "1", "--by", "x", "--why", "y"},
		"behind tmdb:movie: or tmdb:":             {"title", "explain", "kobis:movie:496243"},
	} {
		code, _, errs := w.command(args...)
		require.Equal(t, service.ExitRefused, code, args)
		require.Contains(t, errs, expected, args)
	}
}

// Who decides last about a film is who decided, and nobody sees an error of the database.
func TestVerdictsOnOneFilmAtOnceTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	var running sync.WaitGroup
	codes, errs := make([]int, 12), make([]string, 12)
	for i := range codes {
		running.Go(func() {
			args := []string{"match", "pin", "20183782", strconv.Itoa(1000 + i), "--by", "editor", "--why", "one of many"}
			if i%3 == 0 {
				args = []string{"match", "none", "20183782", "--by", "editor", "--why", "one of many"}
			}
			codes[i], _, errs[i] = w.command(args...)
		})
	}
	running.Wait()
	for i, code := range codes {
		require.Zero(t, code, errs[i])
	}
	require.Equal(t, 1, w.count("curation.verdicts"))
}
