package planner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/cledit/pipeline/pkg/service"
)

// Webhook is where a digest is posted. Its address is the only secret of most services
// that take one, so it stands in no error and no log.
type Webhook struct {
	URL string `env:"REPORT_WEBHOOK_URL" secret:"true" help:"where the digest is posted as JSON with a text, as chats take it; empty: nowhere"`
}

// Validate checks that it is an address.
func (w Webhook) Validate() []error {
	if w.URL == "" {
		return nil
	}
	if at, err := url.Parse(w.URL); err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" {
		return []error{&service.Problem{Variable: "REPORT_WEBHOOK_URL", Expected: "an address that begins with https:// or http://"}}
	}
	return nil
}

const (
	// webhookAnswers is how long an attempt may take, webhookTries how many there are.
	webhookAnswers = 15 * time.Second
	webhookTries   = 5
	webhookFirst   = time.Second
)

// webhookText is what Slack, Mattermost, Rocket.Chat and Google Chat take.
type webhookText struct {
	Text string `json:"text"`
}

// postings counts how often a text may have arrived, over all runs of the command.
type postings struct {
	take func() (bool, error) // reports whether it may be sent, and counts that
	back func() error         // it has certainly not arrived
}

// errArrived says that a text may have arrived as often as it may.
var errArrived = errors.New("it may have arrived twice, and is not sent again today")

// post sends a text, and again after growing pauses where the other side is away or
// says that it is too much. Where it may have arrived, as an answer was lost, it is sent
// once more, however often the command runs.
func (w Webhook) post(ctx context.Context, text string, first time.Duration, count postings) error {
	body, err := json.Marshal(webhookText{text})
	if err != nil {
		return fmt.Errorf("encoding the digest: %w", err)
	}
	client := &http.Client{
		Timeout:       webhookAnswers,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	delays := backoff.NewExponentialBackOff(backoff.WithInitialInterval(first), backoff.WithMaxElapsedTime(0))
	var last error
	err = backoff.Retry(func() error {
		may, err := count.take()
		if err == nil && !may {
			err = errArrived
		}
		if err != nil {
			if last != nil {
				err = fmt.Errorf("%w; %w", last, err)
			}
			return backoff.Permanent(err)
		}
		arrived, err := w.try(ctx, client, body)
		if err != nil && !arrived {
			if counting := count.back(); counting != nil {
				err = fmt.Errorf("%w; %w", err, counting)
			}
		}
		last = err
		return err
	},
		backoff.WithContext(backoff.WithMaxRetries(delays, webhookTries-1), ctx))
	if err != nil {
		return fmt.Errorf("posting the digest to the address of REPORT_WEBHOOK_URL: %w", err)
	}
	return nil
}

// try sends a text once, and reports whether it may have arrived.
func (w Webhook) try(ctx context.Context, client *http.Client, body []byte) (arrived bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return false, backoff.Permanent(errors.New("it is not an address"))
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		if whole, ok := errors.AsType[*url.Error](err); ok {
			err = whole.Err // without the address
		}
		dialed, ok := errors.AsType[*net.OpError](err)
		return !ok || dialed.Op != "dial", err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // so that the connection is used again
	switch {
	case resp.StatusCode/100 == 2:
		return true, nil
	case resp.StatusCode == http.StatusTooManyRequests:
		return false, fmt.Errorf("the answer is %s", resp.Status)
	case resp.StatusCode/100 == 5:
		return true, fmt.Errorf("the answer is %s", resp.Status)
	}
	return false, backoff.Permanent(fmt.Errorf("the answer is %s: is the address right?", resp.Status))
}
