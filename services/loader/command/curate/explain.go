package curate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Explanation is everything that speaks about the match of a film.
type Explanation struct {
	MovieCd        string          `json:"movie_cd"`
	Title          string          `json:"title"`
	ProductionYear *int32          `json:"production_year,omitempty"`
	OpenDate       string          `json:"open_date,omitempty"` // YYYY-MM-DD
	Known          bool            `json:"known"`               // KOBIS has shown it; a verdict may be there before
	Pending        bool            `json:"pending"`             // facts or verdicts have changed since the match was decided
	Match          *Match          `json:"match,omitempty"`
	Candidates     []CandidateRow  `json:"candidates"`
	Verdicts       []PersonVerdict `json:"verdicts"`
}

// Match is a row of production.matches.
type Match struct {
	Status      string    `json:"status"`
	TmdbID      *int32    `json:"tmdb_id,omitempty"`
	Score       float32   `json:"score"`
	Reason      string    `json:"reason"`
	RuleVersion int32     `json:"rule_version"`
	DecidedAt   time.Time `json:"decided_at"`
}

// CandidateRow is a record of TMDB with what speaks for it.
type CandidateRow struct {
	TmdbID      int32          `json:"tmdb_id"`
	Title       string         `json:"title"`
	ReleaseDate string         `json:"release_date,omitempty"`
	Fetched     bool           `json:"fetched"` // its detail is known
	Gone        bool           `json:"gone"`    // TMDB no longer has it
	Evidence    map[string]any `json:"evidence"`
}

// PersonVerdict is what a person decided.
type PersonVerdict struct {
	TmdbID    int32     `json:"tmdb_id"`
	Verdict   string    `json:"verdict"`
	DecidedBy string    `json:"decided_by"`
	Why       string    `json:"why"`
	DecidedAt time.Time `json:"decided_at"`
	Effect    string    `json:"effect,omitempty"` // what keeps it from taking effect
}

func explainMatch(ctx context.Context, conn *pgx.Conn, cfg Config) error {
	var e Explanation
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		e, err = readMatch(ctx, db.New(tx), cfg.movieCd())
		return err
	})
	if err != nil {
		return err
	}
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, e)
	}
	return e.print(cfg.Stdout)
}

func readMatch(ctx context.Context, q *db.Queries, movieCd string) (Explanation, error) {
	e := Explanation{MovieCd: movieCd, Candidates: []CandidateRow{}, Verdicts: []PersonVerdict{}}
	film, err := q.FilmToExplain(ctx, movieCd)
	if err != nil {
		return e, fmt.Errorf("reading the film: %w", err)
	}
	e.Known, e.Title, e.ProductionYear, e.Pending = film.Known, film.Title, film.ProductionYear, film.Known && film.Pending
	if film.OpenDate != nil {
		e.OpenDate = film.OpenDate.Format(time.DateOnly)
	}
	verdicts, err := q.VerdictsOn(ctx, movieCd)
	if err != nil {
		return e, fmt.Errorf("reading curation.verdicts: %w", err)
	}
	if !film.Known && len(verdicts) == 0 {
		return e, fmt.Errorf("%w: %s", errNoFilm, movieCd)
	}
	for _, v := range verdicts {
		e.Verdicts = append(e.Verdicts, PersonVerdict{v.TmdbID, v.Verdict, v.DecidedBy, v.Why, v.DecidedAt.UTC(), effectOf(v)})
	}
	err = e.evidence(ctx, q)
	return e, err
}

// evidence reads the match. Its evidence is shown as it was stored, whatever rule
// version wrote it.
func (e *Explanation) evidence(ctx context.Context, q *db.Queries) error {
	matches, err := q.MatchToExplain(ctx, e.MovieCd)
	if err != nil {
		return fmt.Errorf("reading production.matches: %w", err)
	}
	if len(matches) == 0 {
		return nil
	}
	m := matches[0]
	var stored struct {
		Reason     string           `json:"reason"`
		Candidates []map[string]any `json:"candidates"`
	}
	if err := json.Unmarshal(m.Evidence, &stored); err != nil {
		return fmt.Errorf("decoding the evidence: %w", err)
	}
	e.Match = &Match{m.Status, m.TmdbID, m.Score, stored.Reason, m.RuleVersion, m.DecidedAt.UTC()}
	ids := make([]int32, 0, len(stored.Candidates))
	for _, c := range stored.Candidates {
		id, _ := c["tmdb_id"].(float64)
		ids = append(ids, int32(id))
	}
	if m.TmdbID != nil {
		ids = append(ids, *m.TmdbID)
	}
	known, err := q.CandidatesToExplain(ctx, db.CandidatesToExplainParams{TmdbIds: ids, MovieCd: e.MovieCd})
	if err != nil {
		return fmt.Errorf("reading the candidates: %w", err)
	}
	named := make(map[int32]db.CandidatesToExplainRow, len(known))
	for _, c := range known {
		named[c.TmdbID] = c
	}
	for i, c := range stored.Candidates {
		delete(c, "tmdb_id")
		e.candidate(ids[i], named, c)
		delete(named, ids[i])
	}
	if m.TmdbID != nil { // a pin may name what no search has found
		if _, left := named[*m.TmdbID]; left {
			e.candidate(*m.TmdbID, named, map[string]any{})
		}
	}
	return nil
}

func (e *Explanation) candidate(id int32, named map[int32]db.CandidatesToExplainRow, evidence map[string]any) {
	row := named[id]
	e.Candidates = append(e.Candidates, CandidateRow{id, row.Title, row.ReleaseDate, row.Fetched, row.MissingSince != nil, evidence})
}

func (e Explanation) print(w io.Writer) error {
	width := screen.Width(w)
	head := strings.TrimSpace(e.MovieCd + " " + e.Title)
	if e.OpenDate != "" {
		head += ", opened " + e.OpenDate
	}
	if e.ProductionYear != nil {
		head += fmt.Sprintf(", made %d", *e.ProductionYear)
	}
	parts := []string{head, "Not matched yet."}
	if !e.Known {
		parts[1] = "No answer of KOBIS has shown it yet, and that is when the verdicts take effect."
	}
	if m := e.Match; m != nil {
		parts[1] = fmt.Sprintf("%s%s: %s (score %.2f, rules of version %d, %s)",
			m.Status, command.OnRecord(m.TmdbID), m.Reason, m.Score, m.RuleVersion, m.DecidedAt.Format(time.DateTime))
	}
	if e.Pending {
		parts[1] += "\nIts facts or verdicts have changed since; it waits to be derived again."
	}
	candidates := screen.NewTable(width, "Candidates, best first", "TMDB", "title", "released", "detail", "evidence")
	for _, c := range e.Candidates {
		state := "not fetched"
		switch {
		case c.Gone:
			state = "gone"
		case c.Fetched:
			state = "fetched"
		}
		candidates.Add(c.TmdbID, c.Title, c.ReleaseDate, state, command.Facts(c.Evidence))
	}
	verdicts := screen.NewTable(width, "Verdicts of people", "verdict", "TMDB", "by", "why", "at", "effect")
	for _, v := range e.Verdicts {
		verdicts.Add(v.Verdict, recordOf(v), v.DecidedBy, v.Why, v.DecidedAt.Format(time.DateTime), v.Effect)
	}
	if len(e.Candidates) > 0 {
		parts = append(parts, candidates.Render())
	}
	if len(e.Verdicts) > 0 {
		parts = append(parts, verdicts.Render())
	}
	_, err := fmt.Fprintln(w, screen.Fold(strings.Join(parts, "\n"), width))
	return err
}

// recordOf is the record of TMDB that a verdict names, if any.
func recordOf(v PersonVerdict) any {
	if v.TmdbID <= 0 {
		return ""
	}
	return v.TmdbID
}
