package fetcherkobis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

// fewAttempts are spent on a fault that nobody has seen yet.
const fewAttempts = 3

// faults are the codes whose meaning is known. Messages carry a variable suffix,
// so only the code counts.
var faults = map[string]func(reason string) error{
	"320010": func(reason string) error { return fetcher.KeyInvalid(reason) },   // unknown key
	"320011": func(reason string) error { return fetcher.KeyExhausted(reason) }, // the key's day is used up
	"320102": func(reason string) error { return fetcher.Dead(reason) },         // a parameter is missing
	"320103": func(reason string) error { return fetcher.Dead(reason) },         // a date is malformed
}

// body is the outermost object of every answer; one of its members is there.
type body struct {
	Fault *struct {
		Message string `json:"message"`
		Code    string `json:"errorCode"`
	} `json:"faultInfo"`
	MovieList *struct {
		TotCnt *float64          `json:"totCnt"` // the only number of the whole API
		Movies []json.RawMessage `json:"movieList"`
	} `json:"movieListResult"`
	MovieInfo *struct {
		Movie json.RawMessage `json:"movieInfo"`
	} `json:"movieInfoResult"`
	BoxOffice *struct {
		ShowRange string             `json:"showRange"`
		Daily     *[]json.RawMessage `json:"dailyBoxOfficeList"`
	} `json:"boxOfficeResult"`
}

// Read implements fetcher.API.
func (api) Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	if answer.Status != http.StatusOK {
		return "", fetcher.RetryStatus(answer)
	}
	var b body
	if err := json.Unmarshal(answer.Body, &b); err != nil {
		return "", fetcher.Retry("the answer is not in the form of the API; KOBIS may be under maintenance", err)
	}
	if b.Fault != nil {
		return "", fault(b.Fault.Code, b.Fault.Message)
	}
	switch job.Kind {
	case messages.KindMovieList:
		return b.readList()
	case messages.KindMovieDetail:
		return b.readDetail(job.Key)
	default:
		return b.readBoxOffice(job.Key)
	}
}

func fault(code, message string) error {
	reason := fmt.Sprintf("KOBIS reports fault %s: %s", code, message)
	if known, ok := faults[code]; ok {
		return known(reason)
	}
	return fetcher.RetryFew(fewAttempts, reason)
}

// readList accepts a list that is left out as an empty one, but only beside a
// total that is a number.
func (b body) readList() (messages.Outcome, error) {
	if b.MovieList == nil || b.MovieList.TotCnt == nil {
		return "", unknownShape("movieListResult with a totCnt")
	}
	return messages.OutcomeOK, nil
}

// readDetail takes an empty film, or another one than was asked for, as not found.
func (b body) readDetail(movieCd string) (messages.Outcome, error) {
	if b.MovieInfo == nil {
		return "", unknownShape("movieInfoResult")
	}
	switch string(bytes.Join(bytes.Fields(b.MovieInfo.Movie), nil)) {
	case "", "null", "{}", "[]", `""`:
		return messages.OutcomeNotFound, nil
	}
	var movie struct {
		MovieCd *string `json:"movieCd"`
	}
	switch err := json.Unmarshal(b.MovieInfo.Movie, &movie); {
	case err != nil, movie.MovieCd == nil:
		return "", unknownShape("a movieInfo with a movieCd")
	case *movie.MovieCd != movieCd:
		return messages.OutcomeNotFound, nil
	}
	return messages.OutcomeOK, nil
}

// readBoxOffice wants the list to be there, and to be that of the day.
func (b body) readBoxOffice(day string) (messages.Outcome, error) {
	if b.BoxOffice == nil || b.BoxOffice.Daily == nil {
		return "", unknownShape("boxOfficeResult with a dailyBoxOfficeList")
	}
	if shown := b.BoxOffice.ShowRange; shown != "" && !strings.HasPrefix(shown, day) {
		return "", fetcher.Retry(fmt.Sprintf("the answer is for the days %q, not for %s", shown, day), nil)
	}
	return messages.OutcomeOK, nil
}

func unknownShape(missing string) error {
	return fetcher.Retry("the answer has an unknown shape: no "+missing, nil)
}
