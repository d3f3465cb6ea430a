// Package person takes a person's decisions about people, takes them back, and shows who
// somebody is, why each credit is theirs, and what was decided.
//
// Each decision is one transaction, and one is taken at a time. The loader applies it,
// whether it runs now or later.
package person

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command"
	"github.com/cledit/pipeline/services/loader/database"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Config is what the command person takes.
type Config struct {
	database.Config
	service.Waiting
	service.Streams
	By        string   `flag:"by" help:"who decides; of all but explain and list"`
	Why       string   `flag:"why" help:"why; of all but explain and list"`
	Character string   `flag:"character" help:"the character, where a film credits the name for the part twice; of pin and ban"`
	Unknown   bool     `flag:"unknown" help:"decide also about what no source has shown yet; of all but undo, explain and list"`
	JSON      bool     `flag:"json" help:"print it as JSON"`
	Args      []string `args:"pin|ban|merge|split|undo|explain|list ARGUMENTS..."`
}

// The actions of the command person.
const (
	actionPin     = "pin"
	actionBan     = "ban"
	actionMerge   = "merge"
	actionSplit   = "split"
	actionUndo    = "undo"
	actionExplain = "explain"
	actionList    = "list"
)

const (
	peopleCd       = "a person's code at KOBIS such as 20267714"
	personExpected = peopleCd + ", or tmdb:person: with a number of TMDB"
)

// Validate checks the arguments of each action.
func (c Config) Validate() []error {
	var problems []error
	wrong := func(variable, expected string) {
		problems = append(problems, &service.Problem{Variable: variable, Expected: expected})
	}
	switch c.arg(0) {
	case actionPin, actionBan, actionMerge, actionSplit, actionUndo:
		if c.By == "" {
			wrong("--by", "the name of who decides")
		}
		if c.Why == "" {
			wrong("--why", "a reason that others will understand")
		}
	}
	c.validate(wrong)
	return problems
}

func (c Config) validate(wrong func(variable, expected string)) {
	least, most := 2, 2
	switch c.arg(0) {
	case actionPin, actionBan:
		least, most = 5, 5
		c.validateCredit(wrong)
	case actionMerge:
		least, most = 3, len(c.Args)
		c.validatePeople(wrong, identity.KobisPerson, peopleCd)
	case actionSplit:
		least, most = 3, 3
		c.validatePeople(wrong, identity.KobisPerson, peopleCd)
	case actionUndo:
		if id, err := strconv.ParseInt(c.arg(1), 10, 64); err != nil || id < 1 {
			wrong("VERDICT", "the number of a verdict, as explain and list show it")
		}
	case actionExplain:
		if _, err := uuid.Parse(c.arg(1)); err != nil {
			c.validatePeople(wrong, "", personExpected+", or a person's id")
		}
	case actionList:
		least, most = 1, 1
	default:
		wrong("the first argument", "pin, ban, merge, split, undo, explain or list")
		return
	}
	if len(c.Args) < least {
		wrong("arguments", "more of them, see "+actionHelp)
	}
	if len(c.Args) > most {
		wrong("arguments", "no more of them")
	}
}

const actionHelp = "loader help person"

func (c Config) validateCredit(wrong func(variable, expected string)) {
	if c.movieCd() == "" {
		wrong("MOVIE_CD", command.MovieCd)
	}
	if c.name() == "" || c.part() == "" {
		wrong("NAME PART", "a name as the film credits it and 감독, 배우, or KOBIS' word for the work")
	}
	if !strings.HasPrefix(personOf(c.arg(4)), identity.KobisPerson) {
		wrong("PEOPLE_CD", peopleCd)
	}
}

func (c Config) validatePeople(wrong func(variable, expected string), prefix, expected string) {
	seen := make(map[string]bool)
	for _, arg := range c.Args[1:] {
		key := personOf(arg)
		switch {
		case key == "" || !strings.HasPrefix(key, prefix):
			wrong("PERSON", expected)
		case seen[key]:
			wrong("PERSON", "each person once")
		}
		seen[key] = true
	}
}

func (c Config) arg(i int) string {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return ""
}

func (c Config) movieCd() string {
	code, ok := contract.MovieCd(strings.TrimPrefix(c.arg(1), identity.KobisMovie))
	if !ok {
		return ""
	}
	return code
}

func (c Config) name() string { return strings.TrimSpace(c.arg(2)) }

func (c Config) part() string { return strings.TrimSpace(c.arg(3)) }

// people are the keys of those whom the arguments name.
func (c Config) people() []string {
	keys := make([]string, 0, len(c.Args))
	for _, arg := range c.Args[1:] {
		keys = append(keys, personOf(arg))
	}
	return keys
}

// personOf is a person's key, empty for what names nobody.
func personOf(arg string) string {
	if id, ok := identity.ParseNumber(identity.TmdbPerson, arg); ok {
		return identity.Number(identity.TmdbPerson, id)
	}
	if code, ok := contract.PeopleCd(strings.TrimPrefix(arg, identity.KobisPerson)); ok {
		return identity.KobisPerson + code
	}
	return ""
}

// Run decides about people by hand, or shows what is known of them. A verdict stands
// above every rule. It is kept in curation.person_verdicts, where it may as well be
// written by SQL: a trigger marks whom it names, and a running loader derives their films
// again.
func Run(ctx context.Context, cfg Config) error {
	return database.Use(ctx, cfg.URL, cfg.Wait, func(conn *pgx.Conn) error {
		switch cfg.arg(0) {
		case actionExplain:
			return explain(ctx, conn, cfg)
		case actionList:
			return list(ctx, conn, cfg)
		}
		var d decision
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			d = decision{Config: cfg, q: db.New(tx)}
			return d.decide(ctx)
		})
		if err != nil {
			return fmt.Errorf("writing the verdict: %w", err)
		}
		if cfg.JSON {
			return command.PrintJSON(cfg.Stdout, Decided{d.verdicts, d.text()})
		}
		_, err = fmt.Fprintln(cfg.Stdout, d.text())
		return err
	})
}
