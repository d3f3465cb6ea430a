// Package match decides which record of TMDB a KOBIS film is.
//
// Decide is a pure function of the film, its candidates and what people have
// decided. It compares what both sides say: titles in every form that is known to
// vary (title.go), dates by what is measured to hold (date.go), directors across
// scripts and transliterations (name.go), form, length and country. Each
// comparison speaks for a candidate, against it, or says nothing, with the weight
// that it has on known pairs (score.go).
//
// A candidate wins only by two independent facts with nothing against it, if its
// score reaches the level at which no wrong match was measured, and if no other
// candidate could win too: a wrong match costs more than a missing one. What is
// not certain is review, with its candidates ranked; what has no candidate that
// could be the film is none. A person's pin stands above every rule, and a banned
// candidate is not considered.
//
// The hit of a search tells less than a record's detail. A verdict on hits alone
// is provisional: it names the candidates whose detail could decide
// (Evidence.Wanted), and a detail that speaks against a match takes it back.
//
// The types Film, Candidate, Verdicts, Verdict, Evidence and Ranked are what
// others rely on. Evidence is kept as JSON in production.matches and is read by
// the planner, so its members are added to, never renamed.
package match

// RuleVersion changes whenever a verdict may: titles are then matched again with
// `loader rematch`. docs/matching.md has the history.
const RuleVersion = 5
