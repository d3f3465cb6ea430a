package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/why"
)

// English is the sentence of a reason, at a time. Times are Seoul's.
func English(r why.Reason, now time.Time) string {
	if say, known := sentences[r.Code]; known {
		return say(r, strings.ToUpper(string(r.Source)), now)
	}
	return string(r.Code)
}

// sentences say each reason of the source that is named.
var sentences = map[why.Code]func(r why.Reason, name string, now time.Time) string{
	why.NoLeader: func(r why.Reason, _ string, now time.Time) string {
		if r.Since == nil {
			return "No planner has led yet."
		}
		return "No planner has led since " + clock(r.Since, now) + "."
	},
	why.NATSAway: func(r why.Reason, _ string, now time.Time) string {
		return fmt.Sprintf("NATS has been unreachable since %s: %s.", clock(r.Since, now), r.Detail)
	},
	why.TickFails: func(r why.Reason, _ string, now time.Time) string {
		return fmt.Sprintf("Planner ticks have been failing since %s: %s.", clock(r.Since, now), r.Detail)
	},
	why.SchemaOlder: func(r why.Reason, _ string, _ time.Time) string {
		return "The database's schema is older than the planner; run the migration: " + r.Detail + "."
	},
	why.KeysRefused: func(r why.Reason, name string, _ time.Time) string {
		if r.Calls == 1 {
			return name + " refuses the only key."
		}
		return fmt.Sprintf("%s refuses every key (%d).", name, r.Calls)
	},
	why.Failing: func(r why.Reason, name string, _ time.Time) string {
		return fmt.Sprintf("%s fails: %s.", name, strings.TrimPrefix(r.Detail, "failing: "))
	},
	why.Blocked: func(r why.Reason, _ string, _ time.Time) string {
		return fmt.Sprintf("%s answers wait for the loader (limit %s).", number(r.Calls), number(r.Limit))
	},
	why.Spent: func(r why.Reason, _ string, now time.Time) string {
		return fmt.Sprintf("All %s calls of today are spent; renewed %s.", number(r.Calls), in(r.Until, now))
	},
	why.Unregistered: func(r why.Reason, _ string, _ time.Time) string {
		return fmt.Sprintf("%s calls are out, and no fetcher has registered yet.", number(r.Calls))
	},
	why.AfterCatalogue: func(r why.Reason, _ string, _ time.Time) string {
		return fmt.Sprintf("%s details wait until the list is read and verified: page %s of %s.",
			number(r.Calls), number(r.Page), number(r.Pages))
	},
	why.KeptBack: func(r why.Reason, _ string, _ time.Time) string {
		return fmt.Sprintf("%s calls are kept for today's work; %s calls wait until midnight.", number(r.Kept), number(r.Calls))
	},
	why.HighWater: func(r why.Reason, name string, _ time.Time) string {
		rate := strconv.FormatFloat(math.Round(100*r.PerSecond)/100, 'f', -1, 64)
		return fmt.Sprintf("%s jobs are out; %s takes %s a second.", number(r.Calls), name, rate)
	},
	why.Working: func(r why.Reason, _ string, _ time.Time) string {
		return fmt.Sprintf("%s calls are out, %s more are due.", number(r.Out), number(r.Calls))
	},
	why.AskedAgain: func(r why.Reason, _ string, now time.Time) string {
		return fmt.Sprintf("%s calls change nothing (a fetcher's clock?); next try %s.", number(r.Calls), clock(r.Until, now))
	},
	why.Held: func(r why.Reason, _ string, now time.Time) string {
		return fmt.Sprintf("%s calls wait after failures, the first until %s.", number(r.Calls), clock(r.Until, now))
	},
	why.NothingDue: func(r why.Reason, _ string, now time.Time) string {
		return "All is known" + upcoming(r.Next, now) + "."
	},
}

var whats = map[string]string{string(freshness.ListHead): "list head", string(freshness.BoxOffice): "box office", "call": "a call"}

func upcoming(next []why.Next, now time.Time) string {
	parts := make([]string, 0, len(next))
	for _, n := range next {
		parts = append(parts, whats[n.What]+" at "+clock(&n.At, now))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; next: " + strings.Join(parts, ", ")
}

// clock is a time of the same day by its hour, another with its date.
func clock(t *time.Time, now time.Time) string {
	if t == nil {
		return "an unknown time"
	}
	at, today := t.In(policy.Seoul), now.In(policy.Seoul)
	if at.Format(time.DateOnly) == today.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}

func in(t *time.Time, now time.Time) string {
	if t == nil {
		return "at a time that is not known"
	}
	left := max(0, t.Sub(now)).Round(time.Minute)
	if left < time.Hour {
		return fmt.Sprintf("in %d min", int(left.Minutes()))
	}
	return fmt.Sprintf("in %d h %d min", int(left.Hours()), int(left.Minutes())%60)
}

// number is a number with its thousands apart.
func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// source is a source's name in a line for a person.
func source(s messages.Source) string { return strings.ToUpper(string(s)) }
