package derive

import (
	"context"
	"fmt"
	"slices"

	"github.com/cledit/pipeline/services/loader/aliases"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/people"
)

// readCreditVerdicts adds to casts, which are those of works in their order, what somebody
// decided about credits of any of their editions.
func readCreditVerdicts(ctx context.Context, q *db.Queries, works [][]edition, casts []people.Film) error {
	of := make(map[string]int)
	var movieCds []string
	for i, work := range works {
		for _, e := range work {
			of[e.movieCd] = i
			movieCds = append(movieCds, e.movieCd)
		}
	}
	rows, err := q.CreditVerdicts(ctx, movieCds)
	if err != nil {
		return fmt.Errorf("reading curation.person_verdicts: %w", err)
	}
	for _, r := range rows {
		film := &casts[of[r.MovieCd]]
		film.Verdicts = append(film.Verdicts, people.Verdict{
			Name: r.Name, Part: r.Part, Character: r.Character, Code: r.PeopleCd, Ban: r.Verdict == "ban",
		})
	}
	return nil
}

// mergePeople brings the rows of people, and the ids that lead to them, to what verdicts say
// of these and of everybody with whom they are one, and returns all of them. The row of
// somebody who is still credited goes with the last of those films.
func (d *derivation) mergePeople(ctx context.Context, codes []string) ([]string, error) {
	rows, err := d.q.MergedPeople(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("reading who is another by verdicts: %w", err)
	}
	merged := make([]string, 0, len(rows))
	for _, r := range rows {
		codes, merged = append(codes, r.PeopleCd, r.PersonCd), append(merged, r.PeopleCd)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if _, err := addPeopleOfKobis(ctx, d.q, codes, d.now); err != nil {
		return nil, fmt.Errorf("writing production.people: %w", err)
	}
	if err := aliases.Sync(ctx, d.q, codes); err != nil {
		return nil, err
	}
	return codes, aliases.Remove(ctx, d.q, merged)
}
