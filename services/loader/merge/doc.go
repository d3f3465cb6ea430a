// Package merge makes a title of what the sources know about a work.
//
// Film and Series are pure. Each is one table: a field, and the claims on it in
// order of precedence; the first that has a value wins and is noted as the
// field's source. A record that its source has lost makes no claims, so its fields
// go to the next in line or fall empty; the title stays, under its last name. KOBIS's
// list row stands before its detail, because the list is
// read every day and the detail only when the film was edited; both hold the same
// record of the same database. Precedence never depends on when something was
// fetched: a refresh that changes no value must change no title.
package merge
