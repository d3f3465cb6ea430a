package people_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/services/loader/people"
)

const film = "20200311"

func listed(code, nameEn, department string) people.Person {
	return people.Person{Code: code, Name: "백승환", NameEn: nameEn, Department: department, Titles: []string{"다른 영화", "더블패티"}}
}

// told has a filmography.
func told(p people.Person, parts ...people.Part) people.Person {
	p.Films, p.Known = parts, true
	return p
}

func TestWhoACreditIs(t *testing.T) {
	t.Parallel()
	director, actor := people.Credit{Name: "백승환", NameEn: "PAEK Seung-hwan", Part: people.Director}, people.Credit{Name: "백승환", NameEn: "BAEK Seung-hwan", Part: people.Actor}
	blank := people.Credit{Name: "백승환", Part: people.Actor}
	crew := people.Credit{Name: "백승환", Part: "조명팀"}
	paek, baek := listed("20267714", "PAEK Seung-hwan", "제작"), listed("20300000", "BAEK Seung-hwan", people.Actor)
	nobody, another := listed("10000001", "", people.Actor), listed("10000002", "", "조명팀")
	elsewhere := people.Person{Code: "10000003", Name: "백승환", Titles: []string{"전혀 다른 영화"}}
	part := func(part string) people.Part { return people.Part{MovieCd: film, Part: part} }
	other := people.Part{MovieCd: "20190001", Part: people.Actor}
	for what, tt := range map[string]struct {
		credits []people.Credit
		people  []people.Person
		want    []people.Decision
	}{
		"the one of the list": {[]people.Credit{director}, []people.Person{paek, elsewhere}, []people.Decision{
			{Status: people.Accepted, Code: "20267714", Reason: people.ByList, Candidates: []string{"20267714"}},
		}},
		"the same twice": {[]people.Credit{director, director}, []people.Person{paek, paek}, []people.Decision{
			{Status: people.Accepted, Code: "20267714", Reason: people.ByList, Candidates: []string{"20267714"}},
			{Status: people.Accepted, Code: "20267714", Reason: people.ByList, Candidates: []string{"20267714"}},
		}},
		"nobody": {[]people.Credit{director}, []people.Person{elsewhere}, []people.Decision{{Status: people.None, Reason: people.Unlisted}}},
		"another English name": {[]people.Credit{actor}, []people.Person{paek}, []people.Decision{
			{Status: people.Review, Reason: people.OtherEnglish, Candidates: []string{"20267714"}, Ask: []string{"20267714"}},
		}},
		"another English name, and not the part": {[]people.Credit{director, actor}, []people.Person{told(paek, part(people.Director))}, []people.Decision{
			{Status: people.Accepted, Code: "20267714", Reason: people.ByFilmography, Candidates: []string{"20267714"}},
			{Status: people.None, Reason: people.NotThePart, Candidates: []string{"20267714"}},
		}},
		"several": {[]people.Credit{blank}, []people.Person{another, nobody}, []people.Decision{
			{Status: people.Review, Reason: people.Several, Candidates: []string{"10000001", "10000002"}, Ask: []string{"10000001", "10000002"}},
		}},
		"several, told in part": {[]people.Credit{blank}, []people.Person{another, told(nobody, part(people.Actor))}, []people.Decision{
			{Status: people.Review, Reason: people.Several, Candidates: []string{"10000001", "10000002"}, Ask: []string{"10000002"}},
		}},
		"several, told apart by the part": {[]people.Credit{blank, crew}, []people.Person{told(another, part("조명팀")), told(nobody, part(people.Actor))}, []people.Decision{
			{Status: people.Accepted, Code: "10000001", Reason: people.ByFilmography, Candidates: []string{"10000001", "10000002"}},
			{Status: people.Accepted, Code: "10000002", Reason: people.ByFilmography, Candidates: []string{"10000001", "10000002"}},
		}},
		"another film of the title": {[]people.Credit{blank}, []people.Person{told(another, other), told(nobody, part(people.Actor))}, []people.Decision{
			{Status: people.Accepted, Code: "10000001", Reason: people.ByFilmography, Candidates: []string{"10000001", "10000002"}},
		}},
		"none has the film": {[]people.Credit{blank}, []people.Person{told(another, other), told(nobody)}, []people.Decision{
			{Status: people.None, Reason: people.NotTheFilm, Candidates: []string{"10000001", "10000002"}},
		}},
		"two actors of one name": {[]people.Credit{blank}, []people.Person{told(another, part(people.Actor)), told(nobody, part(people.Actor))}, []people.Decision{
			{Status: people.Review, Reason: people.SamePart, Candidates: []string{"10000001", "10000002"}},
		}},
		"two actors of one name and two English ones": {[]people.Credit{actor, blank}, []people.Person{told(baek, part(people.Actor)), told(nobody, part(people.Actor))}, []people.Decision{
			{Status: people.Accepted, Code: "20300000", Reason: people.ByRest, Candidates: []string{"10000001", "20300000"}},
			{Status: people.Accepted, Code: "10000001", Reason: people.ByRest, Candidates: []string{"10000001", "20300000"}},
		}},
		"one who does other work": {[]people.Credit{blank, crew}, []people.Person{nobody}, []people.Decision{
			{Status: people.Accepted, Code: "10000001", Reason: people.ByList, Candidates: []string{"10000001"}},
			{Status: people.Review, Reason: people.OtherWork, Candidates: []string{"10000001"}, Ask: []string{"10000001"}},
		}},
		"one who does other work, of the only credit": {[]people.Credit{crew}, []people.Person{nobody}, []people.Decision{
			{Status: people.Accepted, Code: "10000001", Reason: people.ByList, Candidates: []string{"10000001"}},
		}},
		"a film whose title the list has otherwise": {[]people.Credit{blank}, []people.Person{told(elsewhere, part(people.Actor))}, []people.Decision{
			{Status: people.Accepted, Code: "10000003", Reason: people.ByFilmography, Candidates: []string{"10000003"}},
		}},
	} {
		require.Equal(t, tt.want, people.Resolve(people.Film{MovieCd: film, Titles: []string{"더블패티"}, Credits: tt.credits}, tt.people), what)
	}
}

func TestAWorkingTitleIsTheTitle(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"가", "가 (가제)", "가(가제)"}, people.Titles("가(가제)", "가"))
	require.Equal(t, people.Titles("가"), people.Titles("가 (가제)"))
	require.Empty(t, people.Titles("", "(가제)"))
}

func TestMoreThanAreComparedAreNobody(t *testing.T) {
	t.Parallel()
	var many []people.Person
	for i := range 60 {
		p := listed(string(rune('A'+i)), "", "")
		many = append(many, p)
	}
	d := people.Resolve(people.Film{MovieCd: film, Titles: []string{"더블패티"}, Credits: []people.Credit{{Name: "백승환"}}}, many)[0]
	require.Equal(t, people.TooMany, d.Reason)
	require.Len(t, d.Candidates, 50)
	require.Empty(t, d.Ask, "their filmographies would decide nothing")
}

// Whatever order people come in, decisions are the same. Nobody gets a credit who does
// not have the name, or whose filmography lacks the film or the part; and what is asked
// for ends: once all filmographies are known, nothing is.
func TestDecisionsAreSure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
		f := people.Film{MovieCd: film, Titles: []string{"가"}}
		for range rapid.IntRange(1, 5).Draw(t, "credits") {
			f.Credits = append(f.Credits, people.Credit{Name: pick("name", "하나", "둘"), NameEn: pick("english", "", "ONE"), Part: pick("part", people.Actor, "촬영")})
		}
		var all []people.Person
		for i := range rapid.IntRange(0, 5).Draw(t, "people") {
			p := people.Person{Code: string(rune('a' + i)), Name: pick("name", "하나", "둘"), NameEn: pick("english", "", "ONE"), Titles: []string{pick("title", "가", "나")}}
			p.Known = rapid.Bool().Draw(t, "known")
			for range rapid.IntRange(0, 3).Draw(t, "films") {
				if p.Known {
					p.Films = append(p.Films, people.Part{MovieCd: pick("film", film, "20190001"), Part: pick("part", people.Actor, "촬영")})
				}
			}
			all = append(all, p)
		}
		decisions := people.Resolve(f, all)
		require.Equal(t, decisions, people.Resolve(f, rapid.Permutation(all).Draw(t, "order")))
		for i, d := range decisions {
			require.Equal(t, d.Status == people.Accepted, d.Code != "")
			for _, code := range d.Ask {
				require.False(t, all[slices.IndexFunc(all, func(p people.Person) bool { return p.Code == code })].Known)
			}
			if d.Code == "" {
				continue
			}
			p := all[slices.IndexFunc(all, func(p people.Person) bool { return p.Code == d.Code })]
			require.Equal(t, f.Credits[i].Name, p.Name)
			require.True(t, !p.Known || slices.Contains(p.Films, people.Part{MovieCd: film, Part: f.Credits[i].Part}))
		}
		for i := range all {
			all[i].Known = true
		}
		for _, d := range people.Resolve(f, all) {
			require.Empty(t, d.Ask)
		}
	})
}
