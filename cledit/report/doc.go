// Package report shows a person how a run goes and what it left in the tables,
// and holds the tables against what the source has.
//
// The counts come from queries on the tables alone, never from counters of the
// program that filled them. A check that fails is a line of the summary and
// makes Complete false; a query that fails is an error.
package report
