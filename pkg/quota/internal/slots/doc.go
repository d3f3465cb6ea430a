// Package slots shares a rate between replicas: the table that says who owns how many
// of its slots, and one replica's lease of some. It does no I/O, and takes the time
// from its callers: writes are made here and carried out elsewhere, which then says
// what became of them.
//
// It fails safe. What is not certainly owned is not used, and a slot whose last use is
// not known rests for as long as that could have been.
package slots
