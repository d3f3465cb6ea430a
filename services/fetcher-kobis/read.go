package fetcherkobis

import (
	"fmt"
	"net/http"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/upstream"
)

// fewAttempts are spent on a fault that nobody has seen yet.
const fewAttempts = 3

// faults are the codes whose meaning is known. Messages carry a variable suffix,
// so only the code counts.
var faults = map[string]func(reason string) error{
	"320010": func(reason string) error { return fetcher.KeyInvalid(reason) },           // unknown key
	"320011": func(reason string) error { return fetcher.KeyExhausted(reason) },         // the key's day is used up
	"320102": func(reason string) error { return fetcher.Dead("fault 320102", reason) }, // a parameter is missing
	"320103": func(reason string) error { return fetcher.Dead("fault 320103", reason) }, // a date is malformed
}

// Read implements fetcher.API.
func (api) Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	return Read(job, answer)
}

// Read says what an answer of KOBIS is to a job; its error is a *worker.Failure.
func Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error) {
	if answer.Status == http.StatusTooManyRequests {
		return "", fetcher.RetryStatus(answer)
	}
	read := contract.Read(job.Name, answer.Body)
	if answer.Status != http.StatusOK { // its faults have status 200; one with another is a fault still
		if _, known := faults[read.Code]; read.Verdict == contract.Fault && known {
			return "", fault(read.Code, read.Message)
		}
		return "", fetcher.RetryStatus(answer)
	}
	switch read.Verdict {
	case contract.OK, contract.Breach: // the loader says what is wrong with the latter
		return messages.OutcomeOK, nil
	case contract.NotFound:
		return messages.OutcomeNotFound, nil
	case contract.Fault:
		return "", fault(read.Code, read.Message)
	default:
		return "", fetcher.Retry("the answer is none to this job; KOBIS may be under maintenance: "+read.Reason, nil)
	}
}

func fault(code, message string) error {
	reason := fmt.Sprintf("KOBIS reports fault %s: %s", code, message)
	if known, ok := faults[code]; ok {
		return known(reason)
	}
	failure := fetcher.RetryFew(fewAttempts, reason)
	failure.Refusal = "fault " + code
	return failure
}
