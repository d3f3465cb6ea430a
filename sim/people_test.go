package sim_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
)

type peopleBody struct {
	Result struct {
		Total  int `json:"totCnt"`
		People []struct {
			Code   string `json:"peopleCd"`
			Name   string `json:"peopleNm"`
			NameEN string `json:"peopleNmEn"`
			Titles string `json:"filmoNames"`
		} `json:"peopleList"`
	} `json:"peopleListResult"`
}

// Every credit of a detail is that of one person, whom the list has with the film's
// title and whose filmography has the film with the part.
func TestPeopleAreThoseOfTheCredits(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	films := s.KOBIS.Catalogue()
	all := films.People()
	credits := map[string]int{}
	names := map[string]map[string]bool{}
	for _, p := range all {
		if names[p.Name] == nil {
			names[p.Name] = map[string]bool{}
		}
		names[p.Name][p.Code] = true
		for _, c := range p.Credits {
			credits[strings.Join([]string{c.MovieCd, p.Name, p.NameEN, c.Part}, "|")]++
		}
	}
	want := 0
	take := func(code, name, nameEN, part string) {
		if name != "" {
			want++
			key := strings.Join([]string{code, name, nameEN, part}, "|")
			require.Positive(t, credits[key], key)
			credits[key]--
		}
	}
	blank := 0
	for _, code := range films.Codes() {
		d, _ := films.Detail(code)
		for _, p := range d.Directors {
			take(code, p.Name, p.NameEN, "감독")
		}
		for _, p := range d.Actors {
			take(code, p.Name, p.NameEN, "배우")
		}
		for _, p := range d.Staff {
			take(code, p.Name, p.NameEN, p.Role)
			if p.NameEN == "" {
				blank++
			}
		}
	}
	require.Greater(t, want, 20_000)
	require.Greater(t, blank, 1_000)
	namesakes, long := 0, 0
	for _, codes := range names {
		if len(codes) > 1 {
			namesakes++
		}
	}
	for _, p := range all {
		if len(p.Credits) > 80 {
			long++
		}
	}
	require.Greater(t, namesakes, 300)
	require.Greater(t, long, 20)
	require.Equal(t, len(all), s.Truth().People)
}

func TestThePeopleListIsPaged(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	all := s.KOBIS.Catalogue().People()
	page := func(n int, args ...string) (body peopleBody) {
		_, text := simtest.Get(t, s, sim.KOBISPath+"/people/searchPeopleList.json", append([]string{"key", "k", "itemPerPage", "100", "curPage", strconv.Itoa(n)}, args...)...)
		require.NoError(t, json.Unmarshal(text, &body))
		return body
	}
	first := page(1)
	require.Equal(t, len(all), first.Result.Total)
	require.Len(t, first.Result.People, 100)
	require.Equal(t, all[0].Code, first.Result.People[0].Code)
	require.Equal(t, all[100].Code, page(2).Result.People[0].Code)
	require.Empty(t, page(len(all)/100+2).Result.People)
	named := page(1, "peopleNm", all[0].Name)
	require.Positive(t, named.Result.Total)
	require.Contains(t, named.Result.People[len(named.Result.People)-1].Name, all[0].Name)

	for _, p := range []kobis.Registered{all[0], all[len(all)/2]} {
		var info struct {
			Result struct {
				Info struct {
					Code  string `json:"peopleCd"`
					Films []struct {
						Code string `json:"movieCd"`
						Part string `json:"moviePartNm"`
					} `json:"filmos"`
				} `json:"peopleInfo"`
			} `json:"peopleInfoResult"`
		}
		_, text := simtest.Get(t, s, sim.KOBISPath+"/people/searchPeopleInfo.json", "key", "k", "peopleCd", p.Code)
		require.NoError(t, json.Unmarshal(text, &info))
		require.Equal(t, p.Code, info.Result.Info.Code)
		require.Len(t, info.Result.Info.Films, len(p.Credits))
	}
}

func TestPeopleFollowTheirFilms(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	films := s.KOBIS.Catalogue()
	before := films.People()
	newcomer := kobis.Detail{Code: "20990001", Title: "새 영화", Actors: []kobis.Actor{{Name: "새사람", NameEN: "NEW"}}}
	films.Add(newcomer.Listed(), &newcomer)
	after := films.People()
	require.Len(t, after, len(before)+1)
	require.Equal(t, []kobis.Credit{{MovieCd: "20990001", Title: "새 영화", Part: "배우"}}, after[0].Credits)
	require.True(t, films.RenamePerson(after[0].Code, "NEWER"))
	require.Equal(t, "NEWER", films.People()[0].NameEN)
	renamed, _ := films.Detail("20990001")
	require.Equal(t, "NEWER", renamed.Actors[0].NameEN)
	require.True(t, films.Remove("20990001"))
	require.Empty(t, films.People()[0].Credits)
	require.False(t, films.RenamePerson("1", "x"))
}

func TestPersonsOfTMDBAreServed(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	movies := s.TMDB.Catalogue()
	movies.LoadMovies([]tmdb.Movie{{ID: 7, Original: "x", Cast: []tmdb.Role{{Name: "Someone"}}}})
	id := tmdb.PersonID("Someone")
	path := "/3/person/" + strconv.Itoa(id)
	status, _ := simtest.Get(t, s, path, "append_to_response", "external_ids,translations")
	require.Equal(t, 200, status)
	require.True(t, movies.EditPerson(id, func(p *tmdb.Person) { p.Also, p.IMDBID = []string{"아무개"}, "nm1" }))
	var body struct {
		Name  string   `json:"name"`
		Also  []string `json:"also_known_as"`
		Other struct {
			IMDB string `json:"imdb_id"`
		} `json:"external_ids"`
	}
	_, text := simtest.Get(t, s, path, "append_to_response", "external_ids,translations")
	require.NoError(t, json.Unmarshal(text, &body))
	require.Equal(t, "Someone 아무개 nm1", body.Name+" "+body.Also[0]+" "+body.Other.IMDB)
	_, text = simtest.Get(t, s, "/3/person/changes")
	require.Contains(t, string(text), strconv.Itoa(id))
	require.True(t, movies.EditPerson(id, func(p *tmdb.Person) { p.Gone = true }))
	status, _ = simtest.Get(t, s, path)
	require.Equal(t, 404, status)
	require.False(t, movies.EditPerson(3, func(*tmdb.Person) {}))
}
