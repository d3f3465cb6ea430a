package contract

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

// MostFilms is the largest total of a list that is believed: five times what KOBIS lists
// in all; that grows by some 6,000 a year.
const MostFilms = 500_000

// mostPeople is the largest total of the list of people that is believed: eight times
// what KOBIS is thought to list, which grows by some 10,000 a year.
const mostPeople = 2_000_000

// faults are where a fault may stand: faultInfo in place of an answer, with HTTP
// status 200, as recorded, and what it holds without it.
var (
	faultCode    = field{name: "errorCode", slot: slotFaultCode}
	faultMessage = field{name: "message", slot: slotFaultMessage}
	faultInfo    = field{name: "faultInfo", slot: slotFault, fields: []field{faultCode, faultMessage}}
)

// kobisRoot is an answer whose contents stand under a name.
func kobisRoot(name string, fields ...field) field {
	result := field{name: name, slot: slotResult, fields: append(fields, field{name: "source", slot: slotSource}, faultInfo, faultCode)}
	return field{fields: []field{faultInfo, faultCode, faultMessage, result}}
}

// kobisFault finds a fault by its code, wherever that stands: in faultInfo, beside or
// within what should be the answer, or bare in place of it. What has a film or rows is
// an answer, whatever stands beside them; so is what has none, beside the code 0.
func kobisFault(s *scan) (fault, bool) {
	answered := s.has(slotResult, "{")
	if answered && (s.titled() || s.rows()) {
		return fault{}, false
	}
	code := s.code(slotFaultCode)
	if info := s.values[slotFault]; code == "" && info.kind != '{' && info.kind != '[' {
		if n, err := Int(s.textOf(slotFault)); err == nil {
			code = strconv.FormatInt(n, 10)
		}
	}
	switch {
	case !s.has(slotFault, `{["tf-`): // a code by itself, where nothing of an answer stands
		_, err := Int(code)
		if answered = answered && (s.has(slotRows, "[{") || s.has(slotMovie, "{") || s.has(slotTotal, `-"`)); answered ||
			err != nil || code == "0" {
			return fault{}, false
		}
	case answered && (s.values[slotFault].hollow || code == "0" && (s.has(slotRows, "[") || s.has(slotTotal, `-"`))):
		return fault{}, false
	}
	return fault{code, s.message(slotFaultMessage)}, true
}

// kobisMarkup finds a fault in the form that the API has for those who ask for XML.
func kobisMarkup(body []byte) (fault, bool) {
	if len(body) > longestMarkup || !bytes.Contains(body, []byte("<faultInfo")) {
		return fault{}, false
	}
	code, err := Int(between(body, "<errorCode>", "</errorCode>"))
	if err != nil {
		return fault{}, false
	}
	return fault{strconv.FormatInt(code, 10), quotable(between(body, "<message>", "</message>"))}, true
}

// longestMarkup bounds what is looked through for a fault, in bytes.
const longestMarkup = 64 << 10

// between is the text of an element, without a wrapping of CDATA.
func between(body []byte, from, to string) string {
	_, rest, _ := bytes.Cut(body, []byte(from))
	text, _, _ := bytes.Cut(rest, []byte(to))
	text = bytes.TrimSpace(text)
	return string(bytes.TrimSuffix(bytes.TrimPrefix(text, []byte("<![CDATA[")), []byte("]]>")))
}

var (
	companyCd = field{name: "companys", fields: []field{{name: "companyCd", identity: true}}}
	openDt    = field{name: "openDt", identity: true}
	movieCd   = field{name: "movieCd", identity: true}
	directors = field{name: "directors", most: 1_000} // seen: 34
)

var kobisList = kind{
	bounds: bounds{elements: 20_000, total: 100_000}, fault: kobisFault, read: readKobisList,
	markup: kobisMarkup,
	root: kobisRoot("movieListResult",
		field{name: "totCnt", slot: slotTotal},
		field{name: "movieList", slot: slotRows, rows: true, fields: []field{movieCd, openDt, companyCd, directors}},
	),
}

var kobisPeopleList = kind{
	bounds: bounds{elements: 20_000, total: 100_000}, fault: kobisFault, read: readKobisPeopleList,
	markup: kobisMarkup,
	root: kobisRoot("peopleListResult",
		field{name: "totCnt", slot: slotTotal},
		field{name: "peopleList", slot: slotRows, rows: true, fields: []field{{name: "peopleCd", identity: true}}},
	),
}

func readKobisList(s *scan, _ messages.Name, answer *Answer) (Verdict, string) {
	return readKobisRows(s, answer, "movieList", MostFilms)
}

func readKobisPeopleList(s *scan, _ messages.Name, answer *Answer) (Verdict, string) {
	return readKobisRows(s, answer, "peopleList", mostPeople)
}

// readKobisRows accepts a list that is left out as an empty one, but only beside a
// total.
func readKobisRows(s *scan, answer *Answer, list string, most int32) (Verdict, string) {
	switch {
	case !s.has(slotResult, "{"):
		return NoAnswer, "it has no " + list + "Result"
	case !s.has(slotTotal, `-"`) || s.values[slotTotal].hollow:
		return NoAnswer, "its totCnt is not a number"
	case s.has(slotRows, `{"tf-`):
		return NoAnswer, "its " + list + " is not a list"
	}
	answer.Total = s.count(slotTotal, "totCnt", most)
	return OK, ""
}

var kobisDetail = kind{
	bounds: bounds{elements: 10_000, total: 50_000}, fault: kobisFault, read: readKobisDetail,
	markup: kobisMarkup,
	root: kobisRoot("movieInfoResult", field{name: "movieInfo", slot: slotMovie, fields: []field{
		{name: "movieCd", slot: slotID, identity: true}, {name: "movieNm", slot: slotTitle}, openDt, companyCd, directors,
	}}),
}

// kobisPeopleDetail is a person with one row for each film and part.
var kobisPeopleDetail = kind{
	bounds: bounds{elements: 10_000, total: 20_000}, fault: kobisFault, read: readKobisPeopleDetail,
	markup: kobisMarkup,
	root: kobisRoot("peopleInfoResult", field{name: "peopleInfo", slot: slotMovie, fields: []field{
		{name: "peopleCd", slot: slotID, identity: true},
		{name: "peopleNm", slot: slotTitle},
		{name: "filmos", fields: []field{movieCd}},
	}}),
}

func readKobisDetail(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	code, _ := MovieCd(s.textOf(slotID))
	return s.kobisEntity(name, "movie", "film", code)
}

func readKobisPeopleDetail(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	code, _ := PeopleCd(s.textOf(slotID))
	return s.kobisEntity(name, "people", "person", code)
}

// kobisEntity takes an answer that tells nothing at all, but whose it is, as that
// there is no such film or person: what is told under another name, or besides an empty
// one, is for a person to look at.
func (s *scan) kobisEntity(name messages.Name, prefix, what, code string) (Verdict, string) {
	entity := s.values[slotMovie]
	switch {
	case !s.has(slotResult, "{"):
		return NoAnswer, "it has no " + prefix + "Info"
	case s.content == s.values[slotSource].told:
		return NotFound, ""
	case entity.kind == 0 || entity.hollow:
		return NoAnswer, "it has no " + prefix + "Info, and tells something all the same"
	case entity.kind != '{' || code == "":
		return NoAnswer, "it has no " + prefix + "Info with a " + prefix + "Cd"
	case code != name.Key:
		return NoAnswer, fmt.Sprintf("it is %s %q, asked for was %q", what, quotable(code), name.Key)
	}
	return OK, ""
}

var kobisBoxOffice = kind{
	bounds: bounds{elements: 1_000, total: 10_000}, fault: kobisFault, read: readKobisBoxOffice,
	markup: kobisMarkup,
	root: kobisRoot("boxOfficeResult",
		field{name: "showRange", slot: slotRange, identity: true},
		field{name: "dailyBoxOfficeList", slot: slotRows, rows: true, fields: []field{movieCd, openDt}},
	),
}

// readKobisBoxOffice wants the list to be there, and to be that of the day.
func readKobisBoxOffice(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	switch {
	case !s.has(slotResult, "{"):
		return NoAnswer, "it has no boxOfficeResult"
	case !s.has(slotRows, "["):
		return NoAnswer, "it has no dailyBoxOfficeList"
	}
	if shown := s.textOf(slotRange); shown != "" && !beginsOn(shown, name.Key) {
		return NoAnswer, fmt.Sprintf("it is for the days %q, not for %s", quotable(shown), name.Key)
	}
	return OK, ""
}

// beginsOn reports whether a range of days, such as 20190530~20190530, begins on a day.
func beginsOn(days, key string) bool {
	first, _, _ := strings.Cut(days, "~")
	day, ok := Day(first)
	return ok && day.Format(compact) == key
}
