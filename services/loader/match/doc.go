// Package match decides which record of TMDB a KOBIS film is.
//
// Decide is a pure function of the film, its candidates and what people have
// decided. A candidate wins only by two independent facts, an equal title and an
// agreeing date, and only if no other one has both: a wrong match costs more than
// a missing one. What is not certain is review, with its candidates ranked; what
// has no candidate of that title is none. A person's pin stands above every rule,
// and a banned candidate is not considered.
//
// What agrees depends on where a film comes from, by measurement on pairs of
// independent dumps: a Korean film's release date at TMDB is within ten days of
// its opening in 98.5 % of pairs, while KOBIS's production year lags; a foreign
// film's lies within a year of its production, or its Korean theatrical release
// at the opening.
//
// Each verdict carries its evidence and the version of the rules that made it.
package match

// RuleVersion changes whenever a verdict may; the titles are then derived anew.
const RuleVersion = 1
