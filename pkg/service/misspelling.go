package service

import (
	"regexp"
	"slices"
	"strings"
)

// serviceLink is what Kubernetes and Docker links inject for a service of any
// name: NATS_PORT, NATS_SERVICE_HOST, PLANNER_PORT_8080_TCP_ADDR.
var serviceLink = regexp.MustCompile(`_(PORT|SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// misspelling is a variable that someone probably meant to be one of ours.
type misspelling struct {
	found, meant string
}

// misspellings looks through the names of the environment for those that are
// close to a known name without being one. Each foreign name that is left alone
// is a warning nobody had to read, so close means: the same but for case and
// dashes, or at most two typing errors in a name of eight letters or more.
func misspellings(names, known []string) []misspelling {
	var found []misspelling
	for _, name := range names {
		if slices.Contains(known, name) || serviceLink.MatchString(name) {
			continue
		}
		if meant := closest(name, known); meant != "" {
			found = append(found, misspelling{name, meant})
		}
	}
	return found
}

// closest returns the known name that a misspelt one is near to, or "".
func closest(name string, known []string) string {
	plain := strings.ReplaceAll(strings.ToUpper(name), "-", "_")
	best, bestDistance := "", 3
	for _, candidate := range known {
		target := strings.ReplaceAll(strings.ToUpper(candidate), "-", "_")
		if d := distance(plain, target); d < bestDistance && d <= tolerance(target) {
			best, bestDistance = candidate, d
		}
	}
	return best
}

func tolerance(name string) int {
	if len(name) < 8 {
		return 1
	}
	return 2
}

// distance counts the typing errors between two names: a letter too many, one
// too few, one wrong, two swapped.
func distance(a, b string) int {
	if gap := len(a) - len(b); gap > 2 || gap < -2 {
		return 3
	}
	before, previous := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current := make([]int, len(b)+1)
		current[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous = previous, current
	}
	return previous[len(b)]
}
