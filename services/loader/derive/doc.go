// Package derive makes production from what is committed in staging and curation.
//
// A mark in ops.stale_titles says that a title may be out of date. Drain takes
// marks, locked and in key order, reads everything about their titles, derives
// them with pure functions, writes what differs and removes the marks, all in one
// transaction. Anyone who loads a fact sets the mark in the transaction of the fact,
// and waits for a drainer that holds it; so a fact is either read here or marks
// the title again after this transaction, and none is lost.
//
// Three kinds of marks: kobis:movie:… and tmdb:series:… stand for titles,
// tmdb:movie:… for the films that this record of TMDB may be a match of. The
// latter are drained in transactions of their own, which only set films' marks:
// a drainer of titles waits for no mark, so there is no circle.
//
// How it fails: with the database's error and nothing written. What the caller
// can't derive even alone it blocks for a while, so that one title never holds
// up the others.
package derive
