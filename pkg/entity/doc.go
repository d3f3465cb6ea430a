// Package entity holds what the planner and the loader tell each other through the
// tables, and no message carries: the keys of entities, the names of the searches
// for a film, and what the evidence of a match asks to be fetched.
//
// Each side writes some of it and reads the rest:
//
//   - A change in staging or production makes an entity dirty under its key: in
//     ops.plan_marks for the planner, in ops.stale_titles for the loader. The triggers
//     in package schema write most of them.
//   - The planner names a search in the key of its job, "movieCd.variant"; the loader
//     stores the answer under that variant, and the planner reads from it which ones
//     were answered.
//   - The loader writes into production.matches.evidence which records of TMDB could
//     decide a match; the planner has them fetched.
//
// All of it is in tables, so a name is added and never changed. SQL spells the
// names out; a test holds every statement and migration to this package.
//
// It fails by saying what of a value it could not read: what is in a table is
// not trusted to be well formed.
package entity
