// Package budget keeps daily budgets of several keys: what is leased of a key's calls of
// a day, what the source has said of it, and which key to use next. It does no I/O, and
// takes the time from its callers: writes are made here and carried out elsewhere, which
// then says what became of them.
//
// It fails safe. A unit whose write may not have been made is not used, and one whose
// return may have been made is not returned again.
package budget
