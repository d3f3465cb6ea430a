// Package audit holds the pipeline's tables and traffic against the simulated
// sources, from outside: over SQL and over HTTP.
//
// The counts come from queries on the tables alone, never from counters of the
// programs that filled them, and what was asked of the sources is what the
// sources themselves have counted. A count that differs is a finding and makes
// Complete false; a query that fails is an error.
package audit
