package fetchertmdb

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

// Codes of TMDB's own, which say more than the HTTP status.
var (
	codesRefused  = []string{"3", "7", "10", "14"} // the token is unknown, suspended or may not
	codesNotFound = []string{"6", "34"}
)

// Read implements fetcher.API.
func (api) Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	if answer.Status == http.StatusTooManyRequests || answer.Status >= http.StatusInternalServerError {
		return "", fetcher.RetryStatus(answer)
	}
	read := contract.Read(job.Name, answer.Body)
	switch {
	case read.Verdict == contract.Fault && (answer.Status == http.StatusOK || answer.Status >= http.StatusBadRequest):
		return fault(job, answer.Status, read.Code, read.Message)
	case read.Verdict == contract.NoAnswer: // a page of the network before the API, whatever its status
		return "", fetcher.Retry(fmt.Sprintf("the answer with status %d is none to this job: %s", answer.Status, read.Reason), nil)
	case answer.Status != http.StatusOK:
		return "", fetcher.RetryStatus(answer)
	}
	return messages.OutcomeOK, nil // a breach too: the loader says what is wrong with it
}

// fault says what TMDB's own error means for a job.
func fault(job messages.Job, status int, code, message string) (messages.Outcome, error) {
	reason := fmt.Sprintf("TMDB reports error %s with status %d: %s", code, status, message)
	switch {
	case slices.Contains(codesRefused, code):
		return "", fetcher.KeyInvalid(reason)
	case slices.Contains(codesNotFound, code) && isDetail(job.Kind):
		return messages.OutcomeNotFound, nil
	case code == "":
		return "", fetcher.Retry(reason, nil)
	default:
		return "", fetcher.Dead(reason)
	}
}

func isDetail(kind messages.Kind) bool {
	return kind == messages.KindMovieDetail || kind == messages.KindSeriesDetail
}
