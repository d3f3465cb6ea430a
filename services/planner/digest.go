package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// DigestConfig is what a digest takes.
type DigestConfig struct {
	service.LogConfig
	service.Waiting
	service.Streams
	Database
	Since    Since `flag:"since" help:"how far back, such as 24h (24h)"`
	Markdown bool  `flag:"markdown" help:"print Markdown"`
	JSON     bool  `flag:"json" help:"print JSON"`
	// Now is the clock; time.Now when nil.
	Now func() time.Time `env:"-"`
}

// Since is a duration, a day when not given.
type Since time.Duration

// UnmarshalText reads a positive duration such as 24h.
func (s *Since) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a positive duration such as 24h", text)
	}
	*s = Since(d)
	return nil
}

// ShowDigest prints what the time since another was like. It reads the database alone.
func ShowDigest(ctx context.Context, cfg DigestConfig) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Since == 0 {
		cfg.Since = Since(24 * time.Hour)
	}
	if err := schema.Await(ctx, cfg.URL, cfg.Wait); err != nil {
		return err
	}
	pool, err := openPool(ctx, cfg.URL)
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
	return digest.Print(cfg.Stdout, cfg.JSON, cfg.Markdown)
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
