package contract

import (
	"fmt"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

// Totals of TMDB's lists: the largest seen had 38,020 pages and 760,385 results.
const (
	mostPages   = 500_000
	mostResults = 10_000_000
)

var tmdbErrors = []field{
	{name: "status_code", slot: slotFaultCode},
	{name: "status_message", slot: slotFaultMessage},
	{name: "success", slot: slotSuccess},
	{name: "errors", slot: slotErrors},
}

// tmdbFault finds an error by what the body says, whatever its HTTP status: it
// calls itself no success, or has a code, or a list of errors, and nothing of an
// answer. What has a title beside its id, or rows, is an answer, whatever it calls itself.
func tmdbFault(s *scan) (fault, bool) {
	if s.titled() || s.rows() {
		return fault{}, false
	}
	success := s.textOf(slotSuccess)
	failed := strings.EqualFold(success, "false") || success == "0"
	answered := s.values[slotID].kind != 0 || s.values[slotRows].kind != 0
	listed := s.has(slotErrors, `["`) && !s.values[slotErrors].hollow
	if !failed && (answered || !listed && !s.has(slotFaultCode, `-"`)) {
		return fault{}, false
	}
	message := s.message(slotFaultMessage)
	if message == "" && listed {
		message = s.quote(slotErrors)
	}
	return fault{s.code(slotFaultCode), message}, true
}

func named(name string, fields ...field) field { return field{name: name, fields: fields} }

var (
	id          = field{name: "id", identity: true}
	releaseDate = field{name: "release_date", identity: true}
	airDate     = field{name: "air_date", identity: true}
	people      = []field{named("cast", id), named("crew", id)}
)

var (
	tmdbMovieDetail  = tmdbDetail("title", "original_title")
	tmdbSeriesDetail = tmdbDetail("name", "original_name")
)

func tmdbDetail(title, original string) kind {
	return kind{bounds: bounds{elements: 10_000, total: 50_000}, fault: tmdbFault, read: readTmdbDetail, root: field{fields: append([]field{
		{name: "id", slot: slotID, identity: true},
		{name: title, slot: slotTitle},
		{name: original, slot: slotOriginal},
		{name: "imdb_id", identity: true},
		releaseDate,
		{name: "first_air_date", identity: true},
		{name: "last_air_date", identity: true},
		named("credits", people...), named("aggregate_credits", people...),
		named("production_companies", id), named("networks", id), named("genres", id), named("created_by", id),
		named("seasons", airDate),
		named("release_dates", named("results", named("release_dates", releaseDate))),
	}, tmdbErrors...)}}
}

// tmdbPersonDetail is a person without credits, which the works tell.
var tmdbPersonDetail = kind{
	bounds: bounds{elements: 10_000, total: 50_000}, fault: tmdbFault, read: readTmdbDetail,
	root: field{fields: append([]field{
		{name: "id", slot: slotID, identity: true},
		{name: "name", slot: slotTitle},
		{name: "imdb_id", identity: true},
		{name: "birthday", identity: true},
		{name: "deathday", identity: true},
		named("external_ids", field{name: "imdb_id", identity: true}, field{name: "wikidata_id", identity: true}),
	}, tmdbErrors...)},
}

func readTmdbDetail(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	if !s.has(slotID, `-"`) || s.values[slotID].hollow {
		return NoAnswer, "it has no id"
	}
	have, ok := TmdbID(s.textOf(slotID))
	want, isID := TmdbID(name.Key)
	switch {
	case !isID:
		return NoAnswer, fmt.Sprintf("%q is not an id of TMDB", name.Key)
	case !ok:
		return NoAnswer, fmt.Sprintf("its id is %s, which is not an id of TMDB", s.quote(slotID))
	case have != want:
		return NoAnswer, fmt.Sprintf("it is id %d, asked for was %d", have, want)
	}
	return OK, ""
}

// tmdbSeason is a season with its episodes, each with its guests and crew: a daily
// drama has some hundred of them.
var tmdbSeason = kind{
	bounds: bounds{elements: 10_000, total: 200_000}, fault: tmdbFault, read: readTmdbSeason,
	root: field{fields: append([]field{
		{name: "id", slot: slotID, identity: true},
		{name: "season_number", slot: slotSeason, identity: true},
		airDate,
		{name: "episodes", fields: []field{
			id, airDate, {name: "show_id", slot: slotSeries, identity: true}, named("guest_stars", id), named("crew", id),
		}},
		named("credits", people...), named("aggregate_credits", people...), named("networks", id),
	}, tmdbErrors...)},
}

// readTmdbSeason wants the season that was asked for. Its id is one of its own; which
// series it is of say its episodes.
func readTmdbSeason(s *scan, name messages.Name, _ *Answer) (Verdict, string) {
	series, season := name.Scope()
	wantSeries, isID := TmdbID(series)
	wantSeason, err := Int(season)
	switch {
	case !isID || err != nil || wantSeason < 0:
		return NoAnswer, fmt.Sprintf("%q is not a season of TMDB", name.Key)
	case !s.has(slotSeason, `-"`) || s.values[slotSeason].hollow:
		return NoAnswer, "it has no season_number"
	}
	have, err := Int(s.textOf(slotSeason))
	switch {
	case err != nil:
		return NoAnswer, fmt.Sprintf("its season_number is %s, which is none", s.quote(slotSeason))
	case have != wantSeason:
		return NoAnswer, fmt.Sprintf("it is season %d, asked for was %d", have, wantSeason)
	case !s.has(slotSeries, `-"`) || s.values[slotSeries].hollow:
		return OK, "" // no episode is listed yet
	}
	if of, ok := TmdbID(s.textOf(slotSeries)); !ok || of != wantSeries {
		return NoAnswer, fmt.Sprintf("it is of series %s, asked for was %d", s.quote(slotSeries), wantSeries)
	}
	return OK, ""
}

func tmdbList(b bounds, read func(*scan, messages.Name, *Answer) (Verdict, string)) kind {
	return kind{bounds: b, fault: tmdbFault, read: read, root: field{fields: append([]field{
		{name: "page", slot: slotPage, identity: true},
		{name: "total_pages", slot: slotPages},
		{name: "total_results", slot: slotTotal},
		{name: "results", slot: slotRows, rows: true, fields: []field{id, releaseDate, {name: "first_air_date", identity: true}}},
	}, tmdbErrors...)}}
}

var (
	tmdbSearch   = tmdbList(bounds{elements: 1_000, total: 20_000}, readTmdbPage)
	tmdbDiscover = tmdbList(bounds{elements: 1_000, total: 20_000}, readTmdbPage)
	tmdbChanges  = tmdbList(bounds{elements: 20_000, total: 100_000}, readTmdbPage)
)

// otherPage says why the body is not the page that was asked for.
func (s *scan) otherPage(name messages.Name) string {
	if !s.has(slotPage, `-"`) || s.values[slotPage].hollow {
		return "it has no page"
	}
	page, err := Int(s.textOf(slotPage))
	if err != nil {
		return fmt.Sprintf("its page is %s, which is not a number of one", s.quote(slotPage))
	}
	_, tail := name.Scope()
	if want, err := Int(tail); err != nil || page != want {
		return fmt.Sprintf("it is page %d, not page %s", page, tail)
	}
	return ""
}

// readTmdbPage wants the page that was asked for, with a list of results, be it
// empty. A search is one call, whatever its page.
func readTmdbPage(s *scan, name messages.Name, answer *Answer) (Verdict, string) {
	if !s.has(slotRows, "[") {
		return NoAnswer, "it has no results"
	}
	if name.Kind != messages.KindMovieSearch {
		if problem := s.otherPage(name); problem != "" {
			return NoAnswer, problem
		}
	}
	answer.Pages = s.count(slotPages, "total_pages", mostPages)
	answer.Total = s.count(slotTotal, "total_results", mostResults)
	return OK, ""
}
