// Package curate takes a person's decisions about matches, takes them back, and shows
// what was decided and why.
//
// Each decision is one transaction. The loader applies it, whether it runs now or later.
package curate

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Config is what the command match takes.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
	By      string   `flag:"by" help:"who decides; of all but explain"`
	Why     string   `flag:"why" help:"why; of all but explain"`
	Unknown bool     `flag:"unknown" help:"decide also about a film that KOBIS has not shown yet; of pin, ban, none and alone"`
	JSON    bool     `flag:"json" help:"print the explanation as JSON"`
	Args    []string `args:"pin|ban|none|alone|unpin|explain MOVIE_CD [TMDB_ID]"`
}

// The actions of the command match.
const (
	actionPin     = "pin"
	actionBan     = "ban"
	actionNone    = "none"
	actionAlone   = "alone" // it is not an edition of another film
	actionUnpin   = "unpin"
	actionExplain = "explain"
)

// Validate checks the arguments of each action.
func (c Config) Validate() []error {
	var problems []error
	wrong := func(variable, expected string) {
		problems = append(problems, &service.Problem{Variable: variable, Expected: expected})
	}
	switch action := c.arg(0); action {
	case actionPin, actionBan, actionNone, actionAlone, actionUnpin:
		if c.By == "" {
			wrong("--by", "the name of who decides")
		}
		if c.Why == "" {
			wrong("--why", "a reason that others will understand")
		}
		if c.arg(2) == "" && (action == actionPin || action == actionBan) {
			wrong("TMDB_ID", "the number of a film of TMDB")
		}
	case actionExplain:
	default:
		wrong("the first argument", "pin, ban, none, alone, unpin or explain")
	}
	if c.movieCd() == "" {
		wrong("MOVIE_CD", command.MovieCd)
	}
	if id, err := strconv.ParseInt(c.arg(2), 10, 32); c.arg(2) != "" && (err != nil || id < 1) {
		wrong("TMDB_ID", "the number of a film of TMDB")
	}
	if alone := c.arg(0) == actionExplain || c.arg(0) == actionNone || c.arg(0) == actionAlone; len(c.Args) > 3 || alone && len(c.Args) > 2 {
		wrong("arguments", "no more of them")
	}
	return problems
}

func (c Config) arg(i int) string {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return ""
}

// movieCd is the film's code as the tables have it, empty where there is none.
func (c Config) movieCd() string {
	code, ok := contract.MovieCd(strings.TrimPrefix(c.arg(1), identity.KobisMovie))
	if !ok {
		return ""
	}
	return code
}

// standsAlone is the number under which it is kept that a film is nobody's edition.
const standsAlone = -1

// tmdbID is 0 where none is given.
func (c Config) tmdbID() int32 {
	if c.arg(0) == actionAlone {
		return standsAlone
	}
	id, err := strconv.ParseInt(c.arg(2), 10, 32)
	if err != nil { // empty: Validate has refused everything else
		return 0
	}
	return int32(id)
}

// Run decides about a film by hand, or shows what was decided and why. A verdict
// stands above every rule. It is kept in curation.verdicts, where it may as well be
// written by SQL: a trigger marks the film, and a running loader derives it again.
func Run(ctx context.Context, cfg Config) error {
	return database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		if cfg.arg(0) == actionExplain {
			return explainMatch(ctx, conn, cfg)
		}
		var said string
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) (err error) {
			said, err = cfg.decide(ctx, db.New(tx))
			return err
		})
		if err != nil {
			return fmt.Errorf("writing the verdict: %w", err)
		}
		_, err = fmt.Fprintln(cfg.Stdout, said)
		return err
	})
}

// decide writes the verdict and says what happened, and what happens next.
func (c Config) decide(ctx context.Context, q *db.Queries) (string, error) {
	movieCd := c.movieCd()
	if err := q.LockFilm(ctx, movieCd); err != nil {
		return "", err
	}
	if err := q.SayWho(ctx, db.SayWhoParams{DecidedBy: c.By, Why: c.Why}); err != nil {
		return "", err
	}
	film, err := q.FilmToExplain(ctx, movieCd)
	if err != nil {
		return "", err
	}
	if c.arg(0) == actionUnpin {
		said, err := c.takeBack(ctx, q)
		return said + "; the rules decide again" + next(film), err
	}
	if !film.Known && !c.Unknown {
		return "", fmt.Errorf("%w: no answer of KOBIS has shown %s, so the verdict%s was not kept: is the code "+
			"right? --unknown keeps it until KOBIS shows the film",
			errNoFilm, movieCd, onNumber(c.tmdbID()))
	}
	said, err := c.write(ctx, q)
	if err != nil {
		return "", err
	}
	effect, err := c.effect(ctx, q)
	return said + next(film) + effect, err
}

// next says when a decision takes effect.
func next(film db.FilmToExplainRow) string {
	if !film.Known {
		return "; no answer of KOBIS has shown " + film.MovieCd + " yet, and that is when it takes effect"
	}
	return "; a running loader derives it again"
}

// write puts the verdict in the place of those that it stands for, and says what
// holds now.
func (c Config) write(ctx context.Context, q *db.Queries) (string, error) {
	movieCd, id, action, said := c.movieCd(), c.tmdbID(), c.arg(0), c.sentence()
	verdicts, err := q.VerdictsOn(ctx, movieCd)
	if err != nil {
		return "", err
	}
	for _, v := range verdicts {
		switch {
		case v.TmdbID == id && v.Verdict == action:
			said += fmt.Sprintf(", as %s decided before", v.DecidedBy)
		case v.TmdbID == id, answers(action) && answers(v.Verdict):
			said += fmt.Sprintf("; the verdict %s%s is taken back", v.Verdict, onNumber(v.TmdbID))
		}
	}
	if answers(action) {
		if err := q.TakeBackOtherAnswers(ctx, db.TakeBackOtherAnswersParams{MovieCd: movieCd, TmdbID: id}); err != nil {
			return "", err
		}
	}
	return said, q.Decide(ctx, db.DecideParams{MovieCd: movieCd, TmdbID: id, Verdict: action, DecidedBy: c.By, Why: c.Why})
}

// sentence says what is decided.
func (c Config) sentence() string {
	switch movieCd := c.movieCd(); c.arg(0) {
	case actionBan:
		return fmt.Sprintf("film %s is not the film %d of TMDB", movieCd, c.tmdbID())
	case actionNone:
		return fmt.Sprintf("TMDB has no record of film %s", movieCd)
	case actionAlone:
		return fmt.Sprintf("film %s is not an edition of another film", movieCd)
	default:
		return fmt.Sprintf("film %s is the film %d of TMDB", movieCd, c.tmdbID())
	}
}

// answers reports whether a verdict says what the film is at TMDB: a film has one such.
func answers(verdict string) bool { return verdict == actionPin || verdict == actionNone }

// effect says what a pin waits for, and what a none has not seen.
func (c Config) effect(ctx context.Context, q *db.Queries) (string, error) {
	verdicts, err := q.VerdictsOn(ctx, c.movieCd())
	if err != nil {
		return "", err
	}
	for _, v := range verdicts {
		switch effect := effectOf(v); {
		case v.TmdbID != c.tmdbID():
		case v.Verdict == actionNone && v.Shown == 0:
			return "; no candidate was there to be shown: one that is found and could be the film is for a person again", nil
		case v.Verdict == actionPin && effect == awaitsRecord(v.TmdbID):
			return fmt.Sprintf(
				"; no record of tmdb:movie:%d is here yet: the planner has it fetched, one call of TMDB, and until then the rules decide",
				v.TmdbID,
			), nil
		case v.Verdict == actionPin && effect == withoutEffect:
			return fmt.Sprintf("; TMDB has said that it has no film %d: the pin is without effect, and the film goes to review", v.TmdbID), nil
		}
	}
	return "", nil
}

// withoutEffect is what becomes of a pin on a record that TMDB has never had.
const withoutEffect = "without effect: TMDB has no such film"

func awaitsRecord(id int32) string { return fmt.Sprintf("waiting for tmdb:movie:%d", id) }

// effectOf is empty for a verdict that stands.
func effectOf(v db.VerdictsOnRow) string {
	switch {
	case v.Verdict != actionPin || v.Had:
		return ""
	case v.Asked:
		return withoutEffect
	}
	return awaitsRecord(v.TmdbID)
}

func onNumber(id int32) string {
	if id <= 0 {
		return ""
	}
	return fmt.Sprintf(" on TMDB's %d", id)
}

// takeBack removes the pin, or that TMDB has none, or the verdict on one record of
// TMDB, a ban too, and says what is gone.
func (c Config) takeBack(ctx context.Context, q *db.Queries) (string, error) {
	movieCd, id := c.movieCd(), c.tmdbID()
	var verdict string
	if id != 0 {
		gone, err := q.TakeBack(ctx, db.TakeBackParams{MovieCd: movieCd, TmdbID: id})
		if err != nil {
			return "", err
		}
		if len(gone) == 0 {
			return "", fmt.Errorf("%w on film %s and %d", errNoVerdict, movieCd, id)
		}
		verdict = gone[0].Verdict
	} else {
		gone, err := q.TakeBackAnswer(ctx, movieCd)
		if err != nil {
			return "", err
		}
		if len(gone) == 0 {
			return c.takeBackAlone(ctx, q)
		}
		verdict, id = gone[0].Verdict, gone[0].TmdbID
	}
	if verdict == actionNone {
		return fmt.Sprintf("that TMDB has no record of film %s is taken back", movieCd), nil
	}
	return fmt.Sprintf("the %s of film %s on %d is taken back", verdict, movieCd, id), nil
}

// takeBackAlone removes that a film is nobody's edition.
func (c Config) takeBackAlone(ctx context.Context, q *db.Queries) (string, error) {
	gone, err := q.TakeBackAlone(ctx, c.movieCd())
	if err != nil {
		return "", err
	}
	if len(gone) == 0 {
		return "", fmt.Errorf("%w: film %s has no pin, and no decision says that TMDB has no record of it or that it is not an edition",
			errNoVerdict, c.movieCd())
	}
	return fmt.Sprintf("the decision that film %s is not an edition of another film is taken back", c.movieCd()), nil
}
