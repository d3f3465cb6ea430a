package loader

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/command/title"
)

var update = flag.Bool("update", false, "write the pages of testdata/pages again; read them line by line before they are kept")

// A series of eight seasons, and its first season: as a page of its own, which is the
// series as it was when it had no other, with guests, and as the answer for that season.
const gameOfThrones, firstSeason = "1399", "3624"

// object is one of an answer.
type object = map[string]any

// pageFacts are the answers that the facts of a title in testdata/pages make: who is named by
// whom, shortened to a few people of each job.
type pageFacts struct {
	name                                             string
	directors, detailDirectors, actors, staff, firms []object
	creators, cast, crew, companies, seasons, guests []object
	regulars, episodes                               []object
}

func readPageFacts(t *testing.T, path string) (f pageFacts) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		c := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "", "", "", "", "", "", "")
		number := func(i int) int {
			n, _ := strconv.Atoi(c[i]) // nothing is 0
			return n
		}
		person := object{"id": number(1), "name": c[2], "original_name": c[3]}
		with := func(more object) object {
			maps.Copy(more, person)
			return more
		}
		switch c[0] {
		case "title":
			f.name = c[1]
		case "kobis-list":
			f.directors = append(f.directors, object{"peopleNm": c[1]})
		case "kobis-director":
			f.detailDirectors = append(f.detailDirectors, object{"peopleNm": c[1], "peopleNmEn": c[2]})
		case "kobis-actor":
			f.actors = append(f.actors, object{"peopleNm": c[1], "peopleNmEn": c[2], "cast": c[3], "castEn": c[4]})
		case "kobis-staff":
			f.staff = append(f.staff, object{"peopleNm": c[1], "peopleNmEn": c[2], "staffRoleNm": c[3]})
		case "kobis-company":
			f.firms = append(f.firms, object{"companyCd": c[1], "companyNm": c[2], "companyNmEn": c[3], "companyPartNm": c[4]})
		case "tmdb-creator":
			f.creators = append(f.creators, person)
		case "tmdb-cast", "tmdb-regular":
			role := object{"character": c[4], "credit_id": cmp.Or(c[7], fmt.Sprintf("c%d.%s", number(1), c[4])), "episode_count": number(6)}
			f.cast = append(f.cast, with(object{"character": c[4], "order": number(5), "roles": []object{role}}))
			if c[0] == "tmdb-regular" {
				f.regulars = append(f.regulars, with(object{"character": c[4], "order": number(5), "credit_id": role["credit_id"]}))
			}
		case "tmdb-crew":
			job := object{"job": c[5], "credit_id": cmp.Or(c[7], fmt.Sprintf("w%d.%s", number(1), c[5])), "episode_count": number(6)}
			f.crew = append(f.crew, with(object{"department": c[4], "job": c[5], "jobs": []object{job}}))
		case "tmdb-company":
			f.companies = append(f.companies, object{"id": number(1), "name": c[2]})
		case "tmdb-season":
			f.seasons = append(f.seasons, object{"season_number": number(1), "episode_count": number(2)})
		case "tmdb-guest": // of an episode: asserted, not answered
			f.guests = append(f.guests, person)
		case "tmdb-episode-guest": // of an episode alone, whom the aggregate leaves out
			guest := with(object{"character": c[4], "order": number(5), "credit_id": c[7]})
			for range number(6) {
				f.episodes = append(f.episodes, object{"episode_number": len(f.episodes) + 1, "show_id": 1399, "guest_stars": []object{guest}})
			}
		default:
			t.Fatalf("%s: %q", path, line)
		}
	}
	return f
}

func answered(tb testing.TB, source messages.Source, kind messages.Kind, key string, body object) messages.Payload {
	tb.Helper()
	text, err := json.Marshal(body)
	require.NoError(tb, err)
	return payload(source, kind, key, noon, string(text))
}

// film publishes what both sources tell of a film, which a person has matched.
func (w *world) film(t *testing.T, f pageFacts, movieCd string, tmdbID int) {
	t.Helper()
	detail := object{"movieCd": movieCd, "movieNm": f.name, "directors": f.detailDirectors, "actors": f.actors, "staffs": f.staff, "companys": f.firms}
	movie := object{
		"id": tmdbID, "title": f.name, "production_companies": f.companies,
		"credits": object{"cast": withoutRoles(f.cast, "roles"), "crew": withoutRoles(f.crew, "jobs")},
	}
	w.publish(answered(t, messages.KOBIS, messages.KindMovieDetail, movieCd, object{"movieInfoResult": object{"movieInfo": detail}}),
		answered(t, messages.TMDB, messages.KindMovieDetail, strconv.Itoa(tmdbID), movie))
	_, err := w.db.Exec(t.Context(), `INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ($1, $2, 'pin', 'editor', 'the same film')`, movieCd, tmdbID)
	require.NoError(t, err)
}

// withoutRoles is a list of people as a film has it.
func withoutRoles(people []object, of string) []object {
	list := make([]object, 0, len(people))
	for _, p := range people {
		plain := object{}
		for k, v := range p {
			if k != of {
				plain[k] = v
			}
		}
		list = append(list, plain)
	}
	return list
}

func (w *world) series(t *testing.T, f pageFacts, tmdbID string) {
	t.Helper()
	id, err := strconv.Atoi(tmdbID)
	require.NoError(t, err)
	body := object{
		"id": id, "name": f.name, "created_by": f.creators, "seasons": f.seasons, "production_companies": f.companies,
		"aggregate_credits": object{"cast": f.cast, "crew": f.crew},
	}
	if len(f.regulars) > 0 {
		body["credits"] = object{"cast": f.regulars, "crew": []object{}}
	}
	w.publish(answered(t, messages.TMDB, messages.KindSeriesDetail, tmdbID, body))
}

// season publishes a season's own answer.
func (w *world) season(t *testing.T, f pageFacts, key string, number int) {
	t.Helper()
	w.publish(answered(t, messages.TMDB, messages.KindSeasonDetail, key, object{
		"id": 3624, "season_number": number, "aggregate_credits": object{"cast": f.cast, "crew": f.crew}, "credits": object{"cast": f.regulars},
		"episodes": f.episodes,
	}))
}

// The pages of films and series that a person would look up first, as the command prints
// them from production: the recorded sources' facts, shortened, and read line by line.
func TestPagesOfWellKnownTitles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paths, err := filepath.Glob("testdata/pages/*.tsv")
	require.NoError(t, err)
	require.Len(t, paths, 41)
	pages, facts, rows := make(map[string]string), make(map[string]pageFacts), []string{}
	for i, path := range paths {
		f := readPageFacts(t, path)
		kind, key, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".tsv"), "-")
		facts[path], pages[path] = f, key
		if kind == "series" {
			pages[path] = "tmdb:series:" + key
			w.series(t, f, key)
			if key == firstSeason {
				w.season(t, f, gameOfThrones+".1", 1)
			}
			continue
		}
		row, err := json.Marshal(object{"movieCd": key, "movieNm": f.name, "directors": f.directors})
		require.NoError(t, err)
		rows = append(rows, string(row))
		w.film(t, f, key, 900000+i)
	}
	w.publish(listPage(1, noon, len(rows), rows...))
	w.start(w.config())
	w.settle()
	asked := []string{"title", "credits"}
	for _, path := range paths {
		asked = append(asked, pages[path])
	}
	text := w.succeed(asked...)
	var printed []title.Page
	require.NoError(t, json.Unmarshal([]byte(w.succeed(append(asked, "--json")...)), &printed))
	headings := heading.FindAllStringIndex(text, -1)
	require.Len(t, headings, len(paths))
	require.Len(t, printed, len(paths))
	for i, path := range paths {
		end := len(text)
		if i+1 < len(paths) {
			end = headings[i+1][0]
		}
		page := text[headings[i][1]:end] // the heading has what the facts leave out
		golden := strings.TrimSuffix(path, ".tsv") + ".golden"
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(page), 0o600))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), page, path)
		lines, guests := len(printed[i].Companies), map[string]bool{}
		for _, job := range printed[i].Credits {
			lines += len(job.People)
			for _, p := range job.People {
				guests[p.Name] = guests[p.Name] || job.Job == "guest actor"
			}
		}
		require.Equal(t, strings.Count(page, "\n    "), lines, "%s: the page and its JSON have the same rows", path)
		for _, g := range facts[path].guests {
			require.True(t, guests[g["name"].(string)], "%s: %s is a guest of an episode", path, g["name"])
		}
	}
}

// heading is where a page begins: what the title is called and is, behind an empty line.
var heading = regexp.MustCompile(`(?:\A|\n)[^\n]+\n(?:movie|series)(?:, [^\n]*)?\n`)
