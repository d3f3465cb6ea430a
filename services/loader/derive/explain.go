package derive

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/merge"
)

// Field says where a field of a title is from.
type Field struct {
	Field     string    `json:"field"`
	Value     any       `json:"value"`
	Source    string    `json:"source"` // kobis or tmdb
	Record    string    `json:"record"` // the staged record, by its table
	PayloadID int64     `json:"payload_id"`
	FetchedAt time.Time `json:"fetched_at"` // when the answer that the record stands on was fetched
	Rule      string    `json:"rule"`       // the claims on the field in order of precedence
}

// Kept is a field of a source's record that does not rest on the answer that the
// record stands on, since that has no value for it which can be trusted.
type Kept struct {
	Source    string     `json:"source"`               // kobis or tmdb
	Kind      string     `json:"kind"`                 // of the answers
	Field     string     `json:"field"`                // the source's own name
	Why       string     `json:"why"`                  // unreadable, missing or repaired
	PayloadID *int64     `json:"payload_id,omitempty"` // whose value stands; nil where no answer has one
	FetchedAt *time.Time `json:"fetched_at,omitempty"` // when that was fetched
}

// Explanation is a title with the origin of its fields.
type Explanation struct {
	ID           uuid.UUID  `json:"id"`
	Kind         string     `json:"kind"`
	KobisMovieCd string     `json:"kobis_movie_cd,omitempty"`
	TmdbID       *int32     `json:"tmdb_id,omitempty"`
	MissingSince *time.Time `json:"missing_since,omitempty"`
	Pending      bool       `json:"pending"` // facts have changed since the title was derived
	Editions     []Edition  `json:"editions,omitempty"`
	Fields       []Field    `json:"fields"`
	Kept         []Kept     `json:"kept,omitempty"`
}

// Edition is a film of KOBIS among the editions of a title.
type Edition struct {
	MovieCd     string     `json:"movie_cd"`
	IsMain      bool       `json:"is_main"`
	Title       string     `json:"title"`
	ReleaseDate *time.Time `json:"release_date,omitempty"`
	JoinedBy    string     `json:"joined_by,omitempty"` // of several: tmdb or title
	JoinedFacts []string   `json:"joined_facts,omitempty"`
}

// Which names titles by any of their numbers; what is zero names nothing.
type Which struct {
	ID      uuid.UUID // of a title, also one that was given up
	MovieCd string    // of any edition
	TmdbID  int32
	Kind    string // movie or series, for TmdbID; empty for either
}

// Explain merges the titles again, from what staging holds now, and says for each
// field which answer of which source it stands on.
func Explain(ctx context.Context, tx pgx.Tx, which Which) ([]Explanation, error) {
	q := db.New(tx)
	titles, err := q.FindTitles(ctx, db.FindTitlesParams{ID: which.ID, MovieCd: which.MovieCd, TmdbID: which.TmdbID, Kind: which.Kind})
	if err != nil {
		return nil, fmt.Errorf("looking for the title: %w", err)
	}
	explanations := make([]Explanation, 0, len(titles))
	for i := range titles {
		e, err := explain(ctx, q, &titles[i])
		if err != nil {
			return nil, err
		}
		explanations = append(explanations, e)
	}
	return explanations, nil
}

func explain(ctx context.Context, q *db.Queries, t *db.FindTitlesRow) (Explanation, error) {
	e := Explanation{ID: t.ID, Kind: t.Kind, KobisMovieCd: t.KobisMovieCd, TmdbID: t.TmdbID, MissingSince: t.MissingSince, Fields: []Field{}}
	choices, err := choicesOf(ctx, q, t)
	if err != nil {
		return e, err
	}
	stands, err := q.StandsOn(ctx, db.StandsOnParams{MovieCd: t.KobisMovieCd, TmdbID: zeroOr(t.TmdbID)})
	if err != nil {
		return e, fmt.Errorf("looking for the answers behind a title: %w", err)
	}
	for _, c := range choices {
		f := Field{Field: c.Field, Value: c.Value, Source: c.Record.Source, Record: c.Record.Table, Rule: c.Rule}
		for _, s := range stands {
			if s.Record == c.Record.Table {
				f.PayloadID, f.FetchedAt = s.RawID, s.FetchedAt.UTC()
			}
		}
		e.Fields = append(e.Fields, f)
	}
	if err := e.keptOf(ctx, q); err != nil {
		return e, err
	}
	err = e.editionsOf(ctx, q)
	return e, err
}

// keptOf adds the fields that the records of the title keep from other answers.
func (e *Explanation) keptOf(ctx context.Context, q *db.Queries) error {
	rows, err := q.KeptFieldsOf(ctx, db.KeptFieldsOfParams{
		MovieCd: e.KobisMovieCd, Kind: e.Kind, TmdbID: strconv.Itoa(int(zeroOr(e.TmdbID))),
	})
	if err != nil {
		return fmt.Errorf("reading staging.kept_fields: %w", err)
	}
	for _, r := range rows {
		k := Kept{Source: r.Source, Kind: r.Kind, Field: r.Field, Why: r.Why, PayloadID: r.RawID}
		if r.FetchedAt != nil {
			k.FetchedAt = new(r.FetchedAt.UTC())
		}
		e.Kept = append(e.Kept, k)
	}
	return nil
}

func choicesOf(ctx context.Context, q *db.Queries, t *db.FindTitlesRow) ([]merge.Choice, error) {
	if t.Kind == merge.KindSeries {
		series, err := readSeries(ctx, q, []int32{zeroOr(t.TmdbID)})
		if err != nil || series[zeroOr(t.TmdbID)] == nil {
			return nil, err
		}
		_, choices := merge.ExplainSeries(series[zeroOr(t.TmdbID)])
		return choices, nil
	}
	rows, err := q.EditionsOf(ctx, t.ID)
	if err != nil {
		return nil, fmt.Errorf("reading production.editions: %w", err)
	}
	movieCds := make([]string, 0, len(rows))
	for _, r := range rows {
		movieCds = append(movieCds, r.MovieCd)
	}
	known, err := readFilms(ctx, q, movieCds)
	if err != nil {
		return nil, err
	}
	if t.TmdbID != nil {
		if err := readTmdbMovies(ctx, q, map[int32]bool{*t.TmdbID: true}, true, known.tmdb); err != nil {
			return nil, err
		}
	}
	var editions []edition
	for _, movieCd := range movieCds {
		if e := newEdition(movieCd, known, t.TmdbID); e.there() {
			editions = append(editions, e)
		}
	}
	if len(editions) == 0 {
		return nil, nil
	}
	_, choices := merge.ExplainFilm(merged(editions, known))
	return choices, nil
}

// editionsOf adds the editions, and whether any of the title's marks is set.
func (e *Explanation) editionsOf(ctx context.Context, q *db.Queries) error {
	rows, err := q.EditionsOf(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("reading production.editions: %w", err)
	}
	var marks []string
	for _, r := range rows {
		e.Editions = append(e.Editions, Edition{r.MovieCd, r.IsMain, text(r.TitleKo), r.ReleaseDate, r.JoinedBy, r.JoinedFacts})
		marks = append(marks, identity.KobisMovie+r.MovieCd)
	}
	if e.TmdbID != nil {
		marks = append(marks, identity.Number(identity.TmdbMovie, *e.TmdbID))
		if e.Kind == merge.KindSeries {
			marks = []string{identity.Number(identity.TmdbSeries, *e.TmdbID)}
		}
	}
	if e.Pending, err = q.Marked(ctx, marks); err != nil {
		return fmt.Errorf("reading ops.stale_titles: %w", err)
	}
	return nil
}

// zeroOr is 0, which is nobody's, for none.
func zeroOr(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}
