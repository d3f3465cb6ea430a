package decode

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type kobisPeopleListBody struct {
	PeopleListResult *struct {
		PeopleList []kobisPeopleRow `json:"peopleList"`
	} `json:"peopleListResult"`
}

type kobisPeopleRow struct {
	PeopleCd   scalar `json:"peopleCd"`
	PeopleNm   scalar `json:"peopleNm"`
	PeopleNmEn scalar `json:"peopleNmEn"`
	RepRoleNm  scalar `json:"repRoleNm"`
	FilmoNames scalar `json:"filmoNames"`
}

type kobisPeopleInfoBody struct {
	PeopleInfoResult *struct {
		PeopleInfo *kobisPeopleInfo `json:"peopleInfo"`
	} `json:"peopleInfoResult"`
}

type kobisPeopleInfo struct {
	PeopleCd   scalar `json:"peopleCd"`
	PeopleNm   scalar `json:"peopleNm"`
	PeopleNmEn scalar `json:"peopleNmEn"`
	Sex        scalar `json:"sex"`
	RepRoleNm  scalar `json:"repRoleNm"`
	Filmos     []struct {
		MovieCd     scalar `json:"movieCd"`
		MovieNm     scalar `json:"movieNm"`
		MoviePartNm scalar `json:"moviePartNm"`
	} `json:"filmos"`
}

func kobisPeopleList(r kobisReader, p messages.Payload, facts *Facts) error {
	scope, text := p.Scope()
	page, err := strconv.ParseInt(text, 10, 32)
	if err != nil || page < 1 || scope != "all" {
		return fmt.Errorf("%w: %q is not a page of the list of people", ErrUnreadable, p.Key)
	}
	var body kobisPeopleListBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	if body.PeopleListResult == nil {
		return twice("peopleListResult")
	}
	listed := record.KobisPeoplePage{Page: int32(page), TotalCount: r.answer.Total, PeopleCds: []string{}}
	rows := body.PeopleListResult.PeopleList
	codes := r.codes("peopleCd", contract.PeopleCd, len(rows), func(i int) scalar { return rows[i].PeopleCd })
	for _, code := range codes {
		listed.PeopleCds = appendText(listed.PeopleCds, code)
	}
	blind := reader{source: messages.KOBIS}
	named := func(i int) bool { return blind.text("peopleNm", rows[i].PeopleNm) != "" }
	r.once("peopleCd", codes, func(i, j int) bool { return named(i) && !named(j) })
	facts.KobisPeople = make([]record.KobisPerson, 0, len(rows))
	for i, code := range codes {
		if r.is(code); code != "" {
			facts.KobisPeople = append(facts.KobisPeople, r.kobisPerson(code, &rows[i]))
		}
	}
	facts.KobisPeoplePages = []record.KobisPeoplePage{listed}
	return nil
}

func (r kobisReader) kobisPerson(code string, row *kobisPeopleRow) record.KobisPerson {
	person := record.KobisPerson{
		PeopleCd: code,
		Name:     r.text("peopleNm", row.PeopleNm), NameEn: r.text("peopleNmEn", row.PeopleNmEn),
		Department: r.text("repRoleNm", row.RepRoleNm), Titles: r.titles("filmoNames", row.FilmoNames),
	}
	if person.Name == "" {
		r.note("peopleNm", MissingTitle)
	}
	return person
}

// titles splits a list that KOBIS joins with bars, which no title holds. What has no
// room is left out with a note, and what is longer than a title is cut.
func (r kobisReader) titles(field string, s scalar) []string {
	text := r.written(field, s, longestScalar)
	titles := []string{}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(text, "|") {
		if len(part) > longestText {
			r.note(field, Shortened)
			part = cut(part, longestText)
		}
		title := cut(Clean(part), longestText)
		if title == "" || seen[title] {
			continue
		}
		if len(titles) == mostTitles {
			r.note(field, Shortened)
			break
		}
		seen[title] = true
		titles = append(titles, title)
	}
	return titles
}

// mostTitles is forty times what anybody has.
const mostTitles = 4_000

func kobisPeopleDetail(r kobisReader, p messages.Payload, facts *Facts) error {
	var body kobisPeopleInfoBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	if body.PeopleInfoResult == nil || body.PeopleInfoResult.PeopleInfo == nil {
		return twice("peopleInfo")
	}
	r.is(p.Key)
	s := body.PeopleInfoResult.PeopleInfo
	detail := record.KobisPersonDetail{
		PeopleCd: p.Key, Found: true,
		Name: r.text("peopleNm", s.PeopleNm), NameEn: r.text("peopleNmEn", s.PeopleNmEn), Sex: r.text("sex", s.Sex),
		Department: r.text("repRoleNm", s.RepRoleNm), Filmography: make([]record.KobisFilmo, 0, len(s.Filmos)),
	}
	for _, f := range s.Filmos {
		film := record.KobisFilmo{
			MovieCd: r.identity("filmos.movieCd", contract.MovieCd, f.MovieCd), Title: r.text("filmos.movieNm", f.MovieNm),
			Part: r.text("filmos.moviePartNm", f.MoviePartNm),
		}
		if film.MovieCd != "" || film.Title != "" {
			detail.Filmography = append(detail.Filmography, film)
		}
	}
	facts.KobisPersonDetails = []record.KobisPersonDetail{detail}
	return nil
}
