// Package catalogue reads the list of all KOBIS films without holes.
//
// The list is ordered by modification, the latest first, so it moves while it is
// read: an edited film jumps from a page that is still unread to page 1, and the
// films before it shift down. A reading therefore goes through the pages in
// ascending order, each asked for after the one before was answered, so that a
// shifted film is seen twice and only a jumping one can be missed; then it reads
// the head again until it meets films that have kept their order since the
// beginning. What stands above them was modified meanwhile. The same look at the
// head later finds what is new or edited, one page on most days, even where the
// row of an edited film shows no difference.
//
// What this leaves open, the years' windows close: each film is in the window
// of its production year and in that of its opening year, where it has them, and
// those windows hardly move. Page 1 of each tells its total; a total that does
// not agree with the films known is settled by reading the window whole.
//
// A page that died is passed over where it is not read, and what a source claims
// decides no cost: only the next pages are named, a run of pages without films ends
// a list before its claimed total, and pages that hold fewer than they should let it
// go on behind.
//
// Every step is a function of the window as stored and of the pages that were
// loaded, so it can be repeated at any time. Times are compared only among pages,
// with the fetchers' clocks; a fetcher whose clock is behind costs repeated pages,
// not missed ones. An edit of the film that stood first already can't be seen in the order,
// so the first film below those that moved counts as modified too, at the price of
// a call for each check; only where two such films are edited between two checks, the
// second first, does the other stay unseen until its next edit or refresh. An order
// other than by modification would not be noticed by the head alone: the windows'
// totals are what proves completeness.
package catalogue
