// Package aliases writes the ids of people who are others by verdicts: which row of
// production.people tells of them now.
package aliases

import (
	"context"
	"fmt"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Sync brings the aliases of people of KOBIS to what verdicts say: those of the codes, and of
// everybody with whom they are one. An alias waits for
// the row that it leads to.
func Sync(ctx context.Context, q *db.Queries, codes []string) error {
	rows, err := q.MergedPeople(ctx, codes)
	if err != nil {
		return fmt.Errorf("reading who is another by verdicts: %w", err)
	}
	p := db.SyncMergedAliasesParams{}
	for _, code := range codes {
		p.Scope = append(p.Scope, identity.Of(identity.KobisPerson+code))
	}
	for _, r := range rows {
		id := identity.Of(identity.KobisPerson + r.PeopleCd)
		p.Scope, p.ID = append(p.Scope, id), append(p.ID, id)
		p.PersonID = append(p.PersonID, identity.Of(identity.KobisPerson+r.PersonCd))
	}
	if err := q.SyncMergedAliases(ctx, p); err != nil {
		return fmt.Errorf("writing production.person_aliases: %w", err)
	}
	return nil
}

// Remove takes the rows of people who are others by verdicts, and who are credited no
// longer, out of production. A row that somebody else holds is left for the next time.
func Remove(ctx context.Context, q *db.Queries, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	ids, err := q.LockPeopleOfKobis(ctx, codes)
	if err == nil && len(ids) > 0 {
		err = q.DeleteUncredited(ctx, ids)
	}
	if err != nil {
		return fmt.Errorf("removing people who are others from production.people: %w", err)
	}
	return nil
}

// RemoveAll is Remove of everybody: of two transactions that take the last credits of
// somebody neither sees that.
func RemoveAll(ctx context.Context, q *db.Queries) error {
	codes, err := q.MergedCodes(ctx)
	if err != nil {
		return fmt.Errorf("reading who is another by verdicts: %w", err)
	}
	return Remove(ctx, q, codes)
}
