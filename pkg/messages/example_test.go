package messages_test

import (
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// A job and its answer share a name, and so the tail of their subjects.
func Example() {
	name := messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: "20190324"}
	job := messages.Job{Name: name, RunID: "a run"}.Msg()
	fmt.Println(job.Subject)

	answer, err := messages.Payload{
		Name: name, Outcome: messages.OutcomeOK, ContentType: "application/json", Attempt: 1,
		FetchedAt: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), JobID: 7, JobTime: time.Unix(0, 1700000000000000000),
		Body: []byte(`{"movieInfoResult":{}}`),
	}.Msg()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Subject, answer.Header.Get(messages.HeaderFetchedAt))
	fmt.Println(answer.Header.Get("Nats-Msg-Id"))
	fmt.Println(string(answer.Data))
	// Output:
	// jobs.kobis.movie-detail.20190324
	// raw.kobis.movie-detail.20190324 2026-11-30T12:00:00.000000Z
	// kobis.movie-detail.20190324@1700000000000000000
	// {"movieInfoResult":{}}
}
