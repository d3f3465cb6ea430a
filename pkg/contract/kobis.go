package contract

import (
	"fmt"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

// mostFilms is five times what KOBIS lists in all; it grows by some 6,000 a year.
const mostFilms = 500_000

// faultInfo stands in place of an answer, with HTTP status 200.
var faultInfo = field{name: "faultInfo", slot: slotFault, fields: []field{
	{name: "errorCode", slot: slotFaultCode}, {name: "message", slot: slotFaultMessage},
}}

func kobisFault(s *scan) (fault, bool) {
	if !s.has(slotFault, `{["tf-`) {
		return fault{}, false
	}
	return fault{s.code(slotFaultCode), s.message(slotFaultMessage)}, true
}

var (
	companyCd = field{name: "companys", fields: []field{{name: "companyCd", identity: true}}}
	openDt    = field{name: "openDt", identity: true}
	movieCd   = field{name: "movieCd", identity: true}
	directors = field{name: "directors", most: 1_000} // seen: 34
)

var kobisList = kind{
	bounds: bounds{elements: 20_000, total: 100_000}, fault: kobisFault, read: readKobisList,
	root: field{fields: []field{faultInfo, {name: "movieListResult", slot: slotResult, fields: []field{
		{name: "totCnt", slot: slotTotal},
		{name: "movieList", slot: slotRows, rows: true, fields: []field{movieCd, openDt, companyCd, directors}},
	}}}},
}

// readKobisList accepts a list that is left out as an empty one, but only beside a
// total.
func readKobisList(s *scan, _ messages.Name, answer *Answer) (Verdict, string) {
	switch {
	case !s.has(slotResult, "{"):
		return NoAnswer, "it has no movieListResult"
	case !s.has(slotTotal, `-"`) || s.values[slotTotal].hollow:
		return NoAnswer, "its totCnt is not a number"
	case s.has(slotRows, `{"tf-`):
		return NoAnswer, "its movieList is no list"
	}
	answer.Total = s.count(slotTotal, "totCnt", mostFilms)
	return OK, ""
}

var kobisDetail = kind{
	bounds: bounds{elements: 10_000, total: 50_000}, fault: kobisFault, read: readKobisDetail,
	root: field{fields: []field{faultInfo, {name: "movieInfoResult", slot: slotResult, fields: []field{
		{name: "movieInfo", slot: slotMovie, fields: []field{
			{name: "movieCd", slot: slotID, identity: true}, openDt, companyCd, directors,
		}},
	}}}},
}

// readKobisDetail takes a film of which nothing is told as one that there is not.
func readKobisDetail(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	movie := s.values[slotMovie]
	code := s.textOf(slotID)
	if s.has(slotID, "-") { // a number may be written in several ways
		code = s.code(slotID)
	}
	switch {
	case !s.has(slotResult, "{"):
		return NoAnswer, "it has no movieInfo"
	case movie.kind == 0 || movie.hollow:
		return NotFound, ""
	case movie.kind != '{' || code == "":
		return NoAnswer, "it has no movieInfo with a movieCd"
	case code != name.Key:
		return NoAnswer, fmt.Sprintf("it is film %q, asked for was %q", quotable(code), name.Key)
	}
	return OK, ""
}

var kobisBoxOffice = kind{
	bounds: bounds{elements: 1_000, total: 10_000}, fault: kobisFault, read: readKobisBoxOffice,
	root: field{fields: []field{faultInfo, {name: "boxOfficeResult", slot: slotResult, fields: []field{
		{name: "showRange", slot: slotRange, identity: true},
		{name: "dailyBoxOfficeList", slot: slotRows, rows: true, fields: []field{movieCd, openDt}},
	}}}},
}

// readKobisBoxOffice wants the list to be there, and to be that of the day.
func readKobisBoxOffice(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	switch {
	case !s.has(slotResult, "{"):
		return NoAnswer, "it has no boxOfficeResult"
	case !s.has(slotRows, "["):
		return NoAnswer, "it has no dailyBoxOfficeList"
	}
	if shown := s.textOf(slotRange); shown != "" && !strings.HasPrefix(shown, name.Key) {
		return NoAnswer, fmt.Sprintf("it is for the days %q, not for %s", quotable(shown), name.Key)
	}
	return OK, ""
}
