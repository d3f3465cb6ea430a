package person

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Decided is what a decision came to.
type Decided struct {
	Verdicts []Verdict `json:"verdicts"` // those that were made, that were there before, or that are taken back
	Said     string    `json:"said"`
}

// decision is one being taken.
type decision struct {
	Config
	q        *db.Queries
	said     []string
	unshown  []string // what no source has shown yet
	verdicts []Verdict
}

func (d *decision) say(format string, args ...any) {
	d.said = append(d.said, fmt.Sprintf(format, args...))
}

// text says what happened, and what happens next.
func (d *decision) text() string {
	next := "a running loader derives the films again"
	if len(d.unshown) > 0 {
		next = "no answer has shown " + strings.Join(d.unshown, " and ") + " yet, and that is when it takes effect"
	}
	return strings.Join(append(d.said, next), "; ")
}

func (d *decision) decide(ctx context.Context) error {
	if err := d.q.LockPeople(ctx); err != nil {
		return err
	}
	if err := d.q.SayWho(ctx, db.SayWhoParams{DecidedBy: d.By, Why: d.Why}); err != nil {
		return err
	}
	switch d.arg(0) {
	case actionUndo:
		return d.undo(ctx)
	case actionPin, actionBan:
		return d.credit(ctx)
	}
	if err := d.known(ctx, d.people()...); err != nil {
		return err
	}
	if d.arg(0) == actionMerge {
		return d.merge(ctx)
	}
	return d.split(ctx)
}

// known refuses people whom no source has shown, but where that is meant.
func (d *decision) known(ctx context.Context, keys ...string) error {
	rows, err := d.q.PeopleToExplain(ctx, keys)
	if err != nil {
		return err
	}
	for _, r := range rows {
		switch {
		case r.Known:
		case !d.Unknown:
			return fmt.Errorf("%w: no answer has shown %s, so the verdict was not kept: is the code right? --unknown keeps it until one does",
				errNoPerson, r.Key)
		default:
			d.unshown = append(d.unshown, r.Key)
		}
	}
	return nil
}

// credit pins a credit to a person, or says that it is not that person's.
func (d *decision) credit(ctx context.Context) error {
	if err := d.credited(ctx); err != nil {
		return err
	}
	v := Verdict{
		Verdict: d.arg(0), Person: personOf(d.arg(4)), MovieCd: d.movieCd(), Name: d.name(), Part: d.part(), Character: d.Character,
	}
	if err := d.known(ctx, v.Person); err != nil {
		return err
	}
	rows, err := d.q.PersonVerdicts(ctx, db.PersonVerdictsParams{MovieCd: v.MovieCd})
	if err != nil {
		return err
	}
	for _, old := range verdictsOf(rows) {
		if old.Name != v.Name || old.Part != v.Part || old.Character != v.Character {
			continue
		}
		switch {
		case old.Verdict == v.Verdict && old.Person == v.Person:
			d.before(old)
			return nil
		case old.Person == v.Person, old.Verdict == actionPin && v.Verdict == actionPin:
			if err := d.takeBack(ctx, old.ID); err != nil {
				return err
			}
		}
	}
	return d.write(ctx, v)
}

// credited refuses a credit that the film does not have, but where that is meant.
func (d *decision) credited(ctx context.Context) error {
	rows, err := d.q.CreditsNamed(ctx, d.movieCd())
	if err != nil {
		return err
	}
	var parts []string
	for _, r := range rows {
		switch {
		case r.Name != d.name():
		case r.Part == d.part() && (d.Character == "" || d.Character == r.Character):
			return nil
		default:
			parts = append(parts, strings.TrimSpace(r.Part+" "+r.Character))
		}
	}
	if d.Unknown {
		d.unshown = append(d.unshown, "the credit")
		return nil
	}
	const unkept = "so the verdict was not kept; --unknown keeps it until one does"
	switch {
	case len(rows) == 0:
		return fmt.Errorf("%w: no answer of KOBIS tells the credits of film %s, %s", errNoFilm, d.movieCd(), unkept)
	case len(parts) == 0:
		return fmt.Errorf("%w: film %s credits nobody of the name %s, %s", errNoCredit, d.movieCd(), d.name(), unkept)
	}
	return fmt.Errorf("%w: film %s credits %s for %s and not for %s, %s", errNoCredit, d.movieCd(), d.name(),
		strings.Join(parts, ", "), strings.TrimSpace(d.part()+" "+d.Character), unkept)
}

func (d *decision) undo(ctx context.Context) error {
	id, err := strconv.ParseInt(d.arg(1), 10, 64)
	if err != nil { // Validate has refused it
		return fmt.Errorf("%w: %s", errNoVerdict, d.arg(1))
	}
	return d.takeBack(ctx, id)
}

func (d *decision) takeBack(ctx context.Context, id int64) error {
	rows, err := d.q.UndoPersonVerdict(ctx, id)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("%w: %d; loader person list shows those that there are", errNoVerdict, id)
	}
	v := verdictOf(rows[0])
	d.verdicts = append(d.verdicts, v)
	d.say("the verdict %d, that %s, is taken back", v.ID, v.sentence())
	return nil
}

func (d *decision) before(v Verdict) {
	d.verdicts = append(d.verdicts, v)
	d.say("%s, as %s decided before (verdict %d)", v.sentence(), v.DecidedBy, v.ID)
}

func (d *decision) write(ctx context.Context, v Verdict) (err error) {
	v.DecidedBy, v.Why = d.By, d.Why
	row, err := d.q.DecidePerson(ctx, db.DecidePersonParams{
		Verdict: v.Verdict, Person: v.Person, Other: v.Other, MovieCd: v.MovieCd, Name: v.Name, Part: v.Part, Character: v.Character,
		DecidedBy: v.DecidedBy, Why: v.Why,
	})
	if err != nil {
		return err
	}
	v.ID, v.DecidedAt = row.ID, row.DecidedAt.UTC()
	d.verdicts = append(d.verdicts, v)
	d.say("%s (verdict %d)", v.sentence(), v.ID)
	return nil
}

// codes are the codes of KOBIS among keys.
func codes(keys []string) []string {
	var list []string
	for _, key := range keys {
		if code, ok := strings.CutPrefix(key, identity.KobisPerson); ok {
			list = append(list, code)
		}
	}
	return list
}
