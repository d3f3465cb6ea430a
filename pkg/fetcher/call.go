package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

// Call is how a job is asked for: a path below the source's base URL and
// parameters, none of them secret.
type Call struct {
	Path  string
	Query url.Values
}

// API is one source.
type API interface {
	// Call says how a job is asked for. Its error is one line for a person: the
	// job can't be asked for, now or later.
	Call(job messages.Job) (Call, error)
	// Authorize adds the secret to a request.
	Authorize(request *upstream.Request, secret string)
	// Read says what an answer means. Its error is a *worker.Failure made by
	// this package; the answer itself need not be in it.
	Read(job messages.Job, answer *upstream.Response) (messages.Outcome, error)
}

// handler answers jobs of the API with calls of the client.
func handler(api API, client *upstream.Client) worker.Handler {
	return func(ctx context.Context, job messages.Job, permit *quota.Permit) (messages.Payload, error) {
		call, err := api.Call(job)
		if err != nil {
			return messages.Payload{}, &worker.Failure{
				Outcome: worker.Dead, Permit: quota.Cancelled, Reason: "the source cannot be asked for this", Err: err,
			}
		}
		if !sendable(permit.Secret()) { // no fault of the job, whatever configured it
			return messages.Payload{}, KeyInvalid("the key cannot be sent in a header: it holds characters other than visible ASCII; replace it")
		}
		request := upstream.Request{Kind: string(job.Kind), Path: call.Path, Query: call.Query}
		api.Authorize(&request, permit.Secret())
		if err := permit.Start(); err != nil {
			return messages.Payload{}, &worker.Failure{
				Outcome: worker.Wait, Permit: quota.Cancelled, Reason: "the permit was held too long", Err: err,
			}
		}
		answer, err := client.Get(ctx, request)
		if err != nil {
			return messages.Payload{}, unanswered(err)
		}
		return read(api, job, call, answer)
	}
}

// fewAttempts are spent on what is most likely the same the next time, and yet may
// be of the moment.
const fewAttempts = 3

// unanswered is what becomes of a call that brought no answer.
func unanswered(err error) *worker.Failure {
	failure := &worker.Failure{Outcome: worker.Retry, Permit: quota.Unknown, Reason: "the source did not answer", Err: err}
	failed, ok := errors.AsType[*upstream.Error](err)
	if !ok {
		return failure
	}
	if !failed.Sent {
		failure.Permit = quota.Cancelled
	}
	switch {
	case errors.Is(err, upstream.ErrNoRoom): // no fault of this job
		failure.Outcome, failure.Later, failure.Reason = worker.Wait, true, "other large answers took the room for this one"
	case !failed.Retryable:
		failure.Reason, failure.Attempts = "the call can't be made", fewAttempts
	case errors.Is(err, upstream.ErrTooLarge):
		failure.Reason, failure.Attempts = "the answer is larger than any that is known", fewAttempts
	}
	return failure
}

// read makes a payload or a failure of an answer. One that repeats the key is kept with
// a mark in the key's place; one that can't be told without it is none.
func read(api API, job messages.Job, call Call, answer *upstream.Response) (messages.Payload, error) {
	outcome, err := api.Read(job, answer)
	if answer.Withheld && answer.Status < http.StatusInternalServerError && answer.Status != http.StatusTooManyRequests {
		err = Refused("the key in disguise", "the answer repeats the key in disguise, so it can't be kept")
	}
	contentType := answer.Header.Get("Content-Type")
	if err != nil {
		if failure, ok := errors.AsType[*worker.Failure](err); ok {
			failure.Answer, failure.ContentType = answer.Body, contentType
		}
		return messages.Payload{}, fmt.Errorf("status %d: %w", answer.Status, err)
	}
	return messages.Payload{
		Outcome: outcome, FetchedAt: answer.Received, ContentType: contentType,
		Request: flatten(call.Query), Body: answer.Body,
	}, nil
}

// flatten keeps the parameters for the envelope; each occurs once.
func flatten(query url.Values) map[string]string {
	params := make(map[string]string, len(query))
	for name := range query {
		params[name] = query.Get(name)
	}
	return params
}
