package derive

import (
	"context"
	"fmt"

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
