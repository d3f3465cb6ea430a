// Package fetchertmdb answers jobs with calls of the TMDB API, version 3: film
// searches, details of films and series, series of Korean origin, and what has
// changed in a day.
//
// A detail is one call: everything that hangs on a film or series is appended,
// in Korean, with all translations, because TMDB has no fallback of its own.
// What TMDB does not have is an answer: not found. A refused token halts the
// source; too many requests never mean a used up budget, only to wait.
package fetchertmdb
