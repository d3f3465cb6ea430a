// Package store is the planner's view of the database: the facts that calls are
// derived from, the calls that are due, and what is outstanding.
//
// What is due is kept in ops.due so that a tick costs what changed and not the
// catalogue. Triggers make an entity dirty (ops.plan_marks) in the transaction that
// changes one of its facts; Derive takes dirty entities, reads their facts and replaces
// their due calls. A candidate whose entity is dirty is not offered, so
// nothing is asked for on facts that have changed. Besides, Sweep derives a few
// entities at every tick whether dirty or not: what no trigger saw heals within
// hours.
//
// All of it can be emptied at any time but raw and staging: jobs that JOBS still
// has are taken over from there, and truncating a table makes everything dirty.
//
// Methods are one transaction each. They fail with the database's error, and
// nothing of the transaction remains. What is refused for the values of one entity,
// letter, page or day costs that one: it is undone alone, or found by taking fewer,
// and noted for Notes. Nothing that a source wrote is cast in a statement unguarded.
package store
