package planner

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// digestConfig is what a digest takes.
type digestConfig struct {
	service.LogConfig
	service.Waiting
	service.Streams
	Database
	Webhook
	Since    since `flag:"since" help:"how far back, such as 24h (24h)"`
	Markdown bool  `flag:"markdown" help:"print Markdown"`
	JSON     bool  `flag:"json" help:"print JSON"`
	// Now is the clock; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// since is a duration, a day when not given.
type since time.Duration

// UnmarshalText reads a positive duration such as 24h.
func (s *since) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a positive duration such as 24h", text)
	}
	*s = since(d)
	return nil
}

// showDigest prints what the time since another was like, and posts it where a webhook
// is configured. It reads the database alone, and counts there how often it posts.
func showDigest(ctx context.Context, cfg digestConfig) error { return cfg.show(ctx, webhookFirst) }

// show pauses for so long before it posts for the second time.
func (cfg digestConfig) show(ctx context.Context, pause time.Duration) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Since == 0 {
		cfg.Since = since(24 * time.Hour)
	}
	if err := schema.Await(ctx, cfg.Database.URL, cfg.Wait); err != nil {
		return err
	}
	pool, err := openPool(ctx, cfg.Database.URL)
	if err != nil {
		return err
	}
	defer pool.Close()
	s, now := store.New(pool), cfg.Now()
	overview, err := readOverview(ctx, s, now)
	if err != nil {
		return err
	}
	digest, err := report.DigestOf(ctx, s, overview, now.Add(-time.Duration(cfg.Since)), now)
	if err != nil {
		return err
	}
	if err := digest.Print(cfg.Stdout, cfg.JSON, cfg.Markdown); err != nil || cfg.Webhook.URL == "" {
		return err
	}
	var text bytes.Buffer
	if err := digest.Print(&text, false, true); err != nil {
		return err
	}
	day := policy.Date(now, policy.Seoul)
	return cfg.Webhook.post(ctx, text.String(), pause, postings{
		take: func() (bool, error) { return s.Reports.TakePost(ctx, day, time.Duration(cfg.Since)) },
		back: func() error { return s.Reports.ReturnPost(ctx, day, time.Duration(cfg.Since)) },
	})
}

// digestAt is when the digest of a day is logged, after midnight in Seoul: with the
// deadline of the box office.
const digestAt = 10*time.Hour + 30*time.Minute

// digest logs, once a day, what it was like.
func (p *Planner) digest(ctx context.Context, v report.Overview) error {
	day := policy.Date(v.At.Add(-digestAt), policy.Seoul)
	before := p.standing.digestOf
	if p.standing.digestOf = day; before.IsZero() || before.Equal(day) {
		return nil
	}
	digest, err := report.DigestOf(ctx, p.store, v, v.At.Add(-24*time.Hour), v.At)
	if err != nil {
		return err
	}
	p.log.Info().Msg(digest.Line())
	return nil
}
