// Package report says what the planner sees and expects, for programs and for people:
// the status of a tick, and the plan with its estimates and dates.
//
// It reads, and changes nothing. What it cannot read is named in the report, which is
// then without it.
package report
