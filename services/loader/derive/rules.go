package derive

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/internal/db"
)

// RuleVersion goes up whenever titles may be derived otherwise from the same facts:
// what merges, names, orders and lists them. The loader then derives all of them again,
// without a call. That of matches is match.RuleVersion's.
const RuleVersion = 8

const titleRules = "titles"

// ApplyRules marks every title if the tables were last derived by older rules than
// those of this program, and tells how many. One that is older than what the tables
// were derived by says so, and leaves them: the newer one derives them again when it is
// back, as it does where a program wrote that says nothing of rules.
func ApplyRules(ctx context.Context, tx pgx.Tx, now time.Time) (marked int64, err error) {
	q := db.New(tx)
	version, err := q.RulesVersion(ctx, titleRules)
	if err != nil {
		return 0, fmt.Errorf("reading the version of the rules: %w", err)
	}
	if version == RuleVersion {
		return 0, nil
	}
	if version < RuleVersion {
		if marked, err = q.MarkAll(ctx, now); err != nil {
			return 0, fmt.Errorf("marking all titles: %w", err)
		}
	}
	if err := q.SetRulesVersion(ctx, db.SetRulesVersionParams{Name: titleRules, Version: RuleVersion, AppliedAt: now}); err != nil {
		return 0, fmt.Errorf("noting the version of the rules: %w", err)
	}
	return marked, nil
}
