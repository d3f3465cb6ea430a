package fetchertmdb

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

// Codes of TMDB's own, which say more than the HTTP status (its table of errors,
// developer.themoviedb.org/docs/errors). What is in none of them is refused
// without anybody's fault being known.
var (
	// codesRefused are about the token or its account: it may not (3), is unknown
	// (7), suspended (10, 45), refused (14, 35), or its account disabled (31) or
	// without a verified address (32). They come with status 401 or 403; with
	// that of another error they say nothing of the token.
	codesRefused  = []string{"3", "7", "10", "14", "31", "32", "35", "45"}
	codesNotFound = []string{"6", "34"}
	// codesWrong are about this request's own parameters: wrong as such (5, 18, 47),
	// a date range (20), a page (22), a date (23), too much appended (27), a time
	// zone (28).
	codesWrong = []string{"5", "18", "20", "22", "23", "27", "28", "47"}
	// statusesWrong come with a list of errors in place of a code, about parameters too.
	statusesWrong = []int{http.StatusBadRequest, http.StatusUnprocessableEntity}
)

// Read implements fetcher.API.
func (api) Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	return Read(job, answer)
}

// Read says what an answer of TMDB is to a job; its error is a *worker.Failure.
func Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	if answer.Status == http.StatusTooManyRequests || answer.Status >= http.StatusInternalServerError {
		return "", fetcher.RetryStatus(answer)
	}
	read := contract.Read(job.Name, answer.Body)
	switch {
	case read.Verdict == contract.Fault && (answer.Status == http.StatusOK || answer.Status >= http.StatusBadRequest):
		return fault(job, answer.Status, read.Code, read.Message)
	case read.Verdict == contract.NoAnswer: // a page of the network before the API, whatever its status
		failure := fetcher.RetryStatus(answer)
		failure.Reason = fmt.Sprintf("the answer with status %d is none to this job: %s", answer.Status, read.Reason)
		return "", failure
	case answer.Status != http.StatusOK:
		return "", fetcher.RetryStatus(answer)
	}
	return messages.OutcomeOK, nil // a breach too: the loader says what is wrong with it
}

// fault says what TMDB's own error means for a job.
func fault(job messages.Job, status int, code, message string) (messages.Outcome, error) {
	reason := fmt.Sprintf("TMDB reports error %s with status %d: %s", cmp.Or(code, "without a code"), status, message)
	switch {
	case slices.Contains(codesRefused, code) && slices.Contains([]int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden}, status):
		return "", fetcher.KeyInvalid(reason)
	case slices.Contains(codesNotFound, code) && isDetail(job.Kind):
		return messages.OutcomeNotFound, nil
	case code == "" && message != "" && slices.Contains(statusesWrong, status):
		return "", fetcher.Dead(fmt.Sprintf("status %d", status), reason)
	case slices.Contains(codesWrong, code):
		return "", fetcher.Dead("error "+code, reason)
	default:
		return "", fetcher.Refused("error "+code, reason)
	}
}

func isDetail(kind messages.Kind) bool {
	switch kind {
	case messages.KindMovieDetail, messages.KindSeriesDetail, messages.KindSeasonDetail, messages.KindPersonDetail:
		return true
	}
	return false
}
