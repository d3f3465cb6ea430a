package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/sim/kobis"
)

// wrongPeople counts the credits with a person of KOBIS who does not have that part in the
// film. Which of two namesakes a credit is, only the simulator knows. A credit of several
// words for one job has them with commas between.
func wrongPeople(ctx context.Context, conn *pgx.Conn, people []kobis.Registered) (Check, error) {
	var codes, films, parts []string
	for _, p := range people {
		for _, c := range p.Credits {
			codes, films, parts = append(codes, p.Code), append(films, c.MovieCd), append(parts, c.Part)
		}
	}
	check := Check{Layer: "production", What: "credits that are somebody else's", Source: new(int64)}
	err := conn.QueryRow(ctx, `
		WITH truth AS (
			SELECT DISTINCT e.title_id, v.code, v.part
			FROM unnest($1::text[], $2::text[], $3::text[]) AS v (code, film, part) JOIN production.editions e ON e.movie_cd = v.film)
		SELECT count(*) FROM production.credits c
		WHERE c.kobis_people_cd IS NOT NULL AND NOT EXISTS (SELECT FROM truth t
			WHERE t.title_id = c.title_id AND t.code = c.kobis_people_cd
				AND t.part = ANY (string_to_array(CASE c.role WHEN '출연' THEN '배우' ELSE c.role END, ', ')))`,
		codes, films, parts).Scan(&check.Landed)
	if err != nil {
		return check, fmt.Errorf("comparing people with the source's: %w", err)
	}
	check.OK = check.Landed == 0
	return check, nil
}
