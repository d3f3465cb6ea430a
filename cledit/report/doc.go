// Package report shows a person how a run goes and what it left in the tables.
package report
