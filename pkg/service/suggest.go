package service

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hbollon/go-edlib"
)

// serviceLink is what Kubernetes and Docker links inject for a service of any
// name: NATS_PORT, NATS_SERVICE_HOST, PLANNER_PORT_8080_TCP_ADDR.
var serviceLink = regexp.MustCompile(`_(PORT|SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// misspellings returns, by each of the names that is close to a known one without
// being one, the name that was meant. Each foreign name that is left alone is a
// warning nobody had to read, so close means: the same but for case and dashes, or
// at most two typing errors in a name of eight letters or more.
func misspellings(names, known []string) map[string]string {
	meant := make(map[string]string)
	for _, name := range names {
		if slices.Contains(known, name) || serviceLink.MatchString(name) {
			continue
		}
		if near := closest(name, known); near != "" {
			meant[name] = near
		}
	}
	return meant
}

// closest returns the known name that a misspelt one is near to, or "".
func closest(name string, known []string) string {
	plain := strings.NewReplacer("-", "_")
	best, least := "", 3
	for _, candidate := range known {
		tolerance := 1
		if len(candidate) >= 8 {
			tolerance = 2
		}
		typos := edlib.OSADamerauLevenshteinDistance(plain.Replace(strings.ToUpper(name)), plain.Replace(strings.ToUpper(candidate)))
		if typos < least && typos <= tolerance {
			best, least = candidate, typos
		}
	}
	return best
}
