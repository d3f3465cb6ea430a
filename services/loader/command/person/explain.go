package person

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Explanation is everything that is known of a person.
type Explanation struct {
	Person    string     `json:"person"` // the key of whom all the others are
	ID        uuid.UUID  `json:"id"`
	People    []Told     `json:"people"` // the person, and those who are one with it by verdicts
	Credits   []Credit   `json:"credits"`
	Undecided []Possible `json:"undecided"` // credits by which the person may be meant
	Verdicts  []Verdict  `json:"verdicts"`
}

// Told is what the sources tell of a code.
type Told struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	NameEn      string `json:"name_en,omitempty"`
	Department  string `json:"department,omitempty"`
	Known       bool   `json:"known"`       // some answer has shown it
	Titles      int32  `json:"titles"`      // films of the list
	Filmography bool   `json:"filmography"` // KOBIS' filmography is known
	Pending     bool   `json:"pending"`     // facts or verdicts have changed, and films wait to be derived again
}

// Credit is a credit that is the person's.
type Credit struct {
	MovieCd     string `json:"movie_cd,omitempty"`
	TmdbID      *int32 `json:"tmdb_id,omitempty"`
	Title       string `json:"title"`
	ReleaseDate string `json:"release_date,omitempty"` // YYYY-MM-DD
	Name        string `json:"name"`
	Job         string `json:"job"`
	Character   string `json:"character,omitempty"`
	Why         string `json:"why"`
}

// Possible is a credit of which it is not sure whose it is.
type Possible struct {
	MovieCd string `json:"movie_cd"`
	Name    string `json:"name"`
	Part    string `json:"part"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
}

func explain(ctx context.Context, conn *pgx.Conn, cfg Config) error {
	var e Explanation
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		e, err = read(ctx, db.New(tx), cfg.arg(1))
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

// keyOf is whom an argument names: a code, a number of TMDB, or an id of production.
func keyOf(ctx context.Context, q *db.Queries, arg string) (string, error) {
	if key := personOf(arg); key != "" {
		return key, nil
	}
	id, err := uuid.Parse(arg)
	if err != nil { // Validate has refused it
		return "", fmt.Errorf("%w: %s", errNoPerson, arg)
	}
	keys, err := q.KeysOfPerson(ctx, id)
	if err != nil {
		return "", fmt.Errorf("reading production.people: %w", err)
	}
	if len(keys) == 0 {
		return "", fmt.Errorf("%w: %s", errNoPerson, id)
	}
	return keys[0], nil
}

func read(ctx context.Context, q *db.Queries, arg string) (Explanation, error) {
	key, err := keyOf(ctx, q, arg)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Person: key, People: []Told{}, Credits: []Credit{}, Undecided: []Possible{}}
	one, err := q.OneWith(ctx, []string{key})
	if err != nil {
		return e, fmt.Errorf("reading curation.person_verdicts: %w", err)
	}
	keys := []string{key}
	for _, r := range one {
		e.Person, keys = r.Person, append(keys, r.Key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	e.ID = identity.Of(e.Person)
	rows, err := q.PersonVerdicts(ctx, db.PersonVerdictsParams{People: keys})
	if err != nil {
		return e, fmt.Errorf("reading curation.person_verdicts: %w", err)
	}
	e.Verdicts = verdictsOf(rows)
	if err := e.people(ctx, q, keys); err != nil {
		return e, err
	}
	err = e.credits(ctx, q, keys)
	return e, err
}

func (e *Explanation) people(ctx context.Context, q *db.Queries, keys []string) error {
	rows, err := q.PeopleToExplain(ctx, keys)
	if err != nil {
		return fmt.Errorf("reading what the sources tell of people: %w", err)
	}
	known := false
	for _, r := range rows {
		known = known || r.Known
		e.People = append(e.People, Told{r.Key, r.Name, r.NameEn, r.Department, r.Known, r.Titles, r.Told, r.Pending})
	}
	if !known && len(e.Verdicts) == 0 {
		return fmt.Errorf("%w: %s", errNoPerson, e.Person)
	}
	return nil
}

func (e *Explanation) credits(ctx context.Context, q *db.Queries, keys []string) error {
	ids := make([]uuid.UUID, 0, len(keys))
	for _, key := range keys {
		ids = append(ids, identity.Of(key))
	}
	rows, err := q.CreditsToExplain(ctx, db.CreditsToExplainParams{Ids: ids, PeopleCds: codes(keys)})
	if err != nil {
		return fmt.Errorf("reading production.credits: %w", err)
	}
	for _, r := range rows {
		c := Credit{MovieCd: r.MovieCd, TmdbID: r.TmdbID, Title: r.Title, Name: r.Name, Job: r.Job, Character: r.Character}
		if r.ReleaseDate != nil {
			c.ReleaseDate = r.ReleaseDate.Format(time.DateOnly)
		}
		c.Why = why(&r)
		e.Credits = append(e.Credits, c)
	}
	undecided, err := q.UndecidedToExplain(ctx, codes(keys))
	if err != nil {
		return fmt.Errorf("reading production.person_matches: %w", err)
	}
	for _, r := range undecided {
		e.Undecided = append(e.Undecided, Possible(r))
	}
	return nil
}

// why says by what a credit is somebody's.
func why(r *db.CreditsToExplainRow) string {
	var parts []string
	if r.PeopleCd != "" {
		parts = append(parts, fmt.Sprintf("KOBIS %s by %s", r.PeopleCd, r.Reason))
	}
	switch {
	case r.Source == "tmdb":
		parts = append(parts, "TMDB's credit")
	case r.MergedBy != "":
		parts = append(parts, "one with TMDB's credit by "+r.MergedBy)
	}
	return strings.Join(parts, "; ")
}

func (e Explanation) print(w io.Writer) error {
	width := screen.Width(w)
	people := screen.NewTable(width, "Who it is", "key", "name", "English", "department", "films", "filmography")
	pending := false
	for _, p := range e.People {
		filmography, name := "not known", p.Name
		if p.Filmography {
			filmography = "known"
		}
		if !p.Known {
			name = "not shown by any answer yet"
		}
		pending = pending || p.Pending
		people.Add(p.Key, name, p.NameEn, p.Department, p.Titles, filmography)
	}
	parts := []string{e.Person + ", " + e.ID.String(), people.Render()}
	if pending {
		parts = append(parts, "Facts or verdicts have changed since; films wait to be derived again.")
	}
	credits := screen.NewTable(width, "Credits, the newest film first", "film", "title", "released", "name", "job", "why")
	for _, c := range e.Credits {
		credits.Add(c.film(), c.Title, c.ReleaseDate, c.Name, strings.TrimSpace(c.Job+" "+c.Character), c.Why)
	}
	if len(e.Credits) > 0 {
		parts = append(parts, credits.Render())
	}
	undecided := screen.NewTable(width, "Credits by which the person may be meant", "film", "name", "part", "status", "reason")
	for _, c := range e.Undecided {
		undecided.Add(c.MovieCd, c.Name, c.Part, c.Status, c.Reason)
	}
	if len(e.Undecided) > 0 {
		parts = append(parts, undecided.Render())
	}
	if len(e.Verdicts) > 0 {
		parts = append(parts, tableOf(width, e.Verdicts))
	}
	_, err := fmt.Fprintln(w, screen.Fold(strings.Join(parts, "\n"), width))
	return err
}

// film is the code at KOBIS, else the number at TMDB.
func (c *Credit) film() string {
	if c.MovieCd == "" && c.TmdbID != nil {
		return fmt.Sprintf("TMDB %d", *c.TmdbID)
	}
	return c.MovieCd
}

func tableOf(width int, verdicts []Verdict) string {
	table := screen.NewTable(width, "Verdicts of people", "number", "verdict", "by", "why", "at")
	for i := range verdicts {
		v := &verdicts[i]
		table.Add(v.ID, v.sentence(), v.DecidedBy, v.Why, v.DecidedAt.Format(time.DateTime))
	}
	return table.Render()
}

// list shows all verdicts.
func list(ctx context.Context, conn *pgx.Conn, cfg Config) error {
	rows, err := db.New(conn).PersonVerdicts(ctx, db.PersonVerdictsParams{AllOfThem: true})
	if err != nil {
		return fmt.Errorf("reading curation.person_verdicts: %w", err)
	}
	verdicts := verdictsOf(rows)
	if cfg.JSON {
		return command.PrintJSON(cfg.Stdout, verdicts)
	}
	said := "Nobody has decided about people."
	if len(verdicts) > 0 {
		said = tableOf(screen.Width(cfg.Stdout), verdicts)
	}
	_, err = fmt.Fprintln(cfg.Stdout, said)
	return err
}
