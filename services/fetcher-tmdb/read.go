package fetchertmdb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

// Codes of TMDB's own, which say more than the HTTP status.
var (
	codesRefused  = []int{3, 7, 10, 14} // the token is unknown, suspended or may not
	codesNotFound = []int{6, 34}
)

// body is what is looked at in an answer: an error, a record or a page of a list.
type body struct {
	StatusCode    int                `json:"status_code"`
	StatusMessage string             `json:"status_message"`
	Success       *bool              `json:"success"`
	ID            *int64             `json:"id"`
	Page          *int               `json:"page"`
	Results       *[]json.RawMessage `json:"results"`
}

// Read implements fetcher.API.
func (api) Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	var b body
	err := json.Unmarshal(answer.Body, &b)
	switch {
	case answer.Status == http.StatusTooManyRequests, answer.Status >= http.StatusInternalServerError:
		return "", fetcher.RetryStatus(answer)
	case err != nil: // a page of the network before the API, whatever its status
		return "", fetcher.Retry(fmt.Sprintf("the answer with status %d is not in the form of the API", answer.Status), err)
	case answer.Status >= http.StatusBadRequest:
		return b.readError(job, answer.Status)
	case answer.Status != http.StatusOK:
		return "", fetcher.RetryStatus(answer)
	case isDetail(job.Kind):
		return b.readDetail(job)
	default:
		return b.readPage(job)
	}
}

func isDetail(kind messages.Kind) bool {
	return kind == messages.KindMovieDetail || kind == messages.KindSeriesDetail
}

// readError reads a body that says what is wrong with the request.
func (b body) readError(job messages.Job, status int) (messages.Outcome, error) {
	reason := fmt.Sprintf("TMDB reports error %d with status %d: %s", b.StatusCode, status, b.StatusMessage)
	switch {
	case (status == http.StatusUnauthorized || status == http.StatusForbidden) && slices.Contains(codesRefused, b.StatusCode):
		return "", fetcher.KeyInvalid(reason)
	case slices.Contains(codesNotFound, b.StatusCode) && isDetail(job.Kind):
		return messages.OutcomeNotFound, nil
	default:
		return "", fetcher.Dead(reason)
	}
}

func (b body) readDetail(job messages.Job) (messages.Outcome, error) {
	switch {
	case b.ID == nil:
		return "", fetcher.Retry("the answer has an unknown shape: no id", nil)
	case strconv.FormatInt(*b.ID, 10) != job.Key:
		return "", fetcher.Retry(fmt.Sprintf("the answer is about %d, not about %s", *b.ID, job.Key), nil)
	}
	return messages.OutcomeOK, nil
}

// readPage wants the page that was asked for, with a list of results, be it
// empty. Its totals are not looked at: they are known to be wrong.
func (b body) readPage(job messages.Job) (messages.Outcome, error) {
	if b.Results == nil || b.Page == nil {
		return "", fetcher.Retry("the answer has an unknown shape: no page of results", nil)
	}
	if _, page := job.Scope(); job.Kind != messages.KindMovieSearch && strconv.Itoa(*b.Page) != page {
		return "", fetcher.Retry(fmt.Sprintf("the answer is page %d, not page %s", *b.Page, page), nil)
	}
	return messages.OutcomeOK, nil
}
