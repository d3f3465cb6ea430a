// Package tmdb simulates version 3 of the TMDB API: movie and series details with
// appended blocks, search, discover, change lists and configuration.
//
// A Catalogue holds the facts and remembers when they changed; a Server answers
// from it, in the language that is asked for: a title without a translation is
// the original one, an overview without a translation is empty.
//
// Where the data doesn't hold a fact, the answer holds TMDB's empty value: 0 as
// the id of a person, a company or a keyword, an empty list of release dates.
// Failures come with TMDB's own numbers beside the HTTP status.
package tmdb
