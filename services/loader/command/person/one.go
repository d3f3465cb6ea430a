package person

import (
	"context"
	"fmt"
	"slices"

	"github.com/cledit/pipeline/services/loader/internal/db"
)

// merge says that the first is whom all the others are.
func (d *decision) merge(ctx context.Context) error {
	into := d.people()[0]
	for _, other := range d.people()[1:] {
		if err := d.mergeOne(ctx, into, other); err != nil {
			return err
		}
	}
	return nil
}

func (d *decision) mergeOne(ctx context.Context, into, other string) error {
	all, err := d.oneWith(ctx, into, other)
	if err != nil {
		return err
	}
	verdicts, err := d.verdictsOn(ctx, all...)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		switch {
		case v.Verdict == actionMerge && (v.Person == into && v.Other == other):
			d.before(v)
			return nil
		case v.Verdict == actionMerge && v.Other == other:
			return fmt.Errorf("%w: %s; merge that one, or undo %d", errOpposed, v.sentence(), v.ID)
		case v.Verdict != actionSplit || !slices.Contains(all, v.Person) || !slices.Contains(all, v.Other):
		case v.of(into, other):
			if err := d.takeBack(ctx, v.ID); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: %s, by verdict %d: undo it first", errOpposed, v.sentence(), v.ID)
		}
	}
	one, err := d.oneWith(ctx, into)
	if err != nil {
		return err
	}
	if slices.Contains(one, other) {
		return fmt.Errorf("%w: %s and %s are one already, the other way round", errOpposed, into, other)
	}
	return d.write(ctx, Verdict{Verdict: actionMerge, Person: into, Other: other})
}

// split says that two are not one.
func (d *decision) split(ctx context.Context) error {
	a, b := d.people()[0], d.people()[1]
	verdicts, err := d.verdictsOn(ctx, a, b)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		switch {
		case !v.of(a, b):
		case v.Verdict == actionSplit:
			d.before(v)
			return nil
		default:
			if err := d.takeBack(ctx, v.ID); err != nil {
				return err
			}
		}
	}
	one, err := d.oneWith(ctx, a)
	if err != nil {
		return err
	}
	if slices.Contains(one, b) {
		return fmt.Errorf("%w: %s and %s are one by others with whom they were merged: "+
			"loader person explain %s shows the verdicts, undo one first",
			errOpposed, a, b, a)
	}
	return d.write(ctx, Verdict{Verdict: actionSplit, Person: a, Other: b})
}

// oneWith are those who are one with any of these by verdicts, and these.
func (d *decision) oneWith(ctx context.Context, keys ...string) ([]string, error) {
	rows, err := d.q.OneWith(ctx, keys)
	all := slices.Clone(keys)
	for _, r := range rows {
		all = append(all, r.Key)
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

func (d *decision) verdictsOn(ctx context.Context, keys ...string) ([]Verdict, error) {
	rows, err := d.q.PersonVerdicts(ctx, db.PersonVerdictsParams{People: keys})
	return verdictsOf(rows), err
}
