// Package cledit is the pipeline for one person on one machine: a demonstration
// that runs to its end, and a stack that stays up.
//
// Demo fails, with exit code 1, when a table is not complete at the end: the
// counts come from queries and are held against the source's own.
package cledit
