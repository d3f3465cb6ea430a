// Package rehearsal runs the whole pipeline in one process on a clock that is
// wound forward: the four services through the same Run that their binaries call,
// against a real NATS server, a real Postgres and the simulated sources.
//
// Planner, fetchers, quota ledger, loader and sources follow the one clock; what
// NATS and Postgres time by themselves is real. Between two windings the clock
// runs at its natural pace, so that leases, slots and answers have the order that
// they have in life; it is wound on when nothing can be done any more at the
// present hour, which the planner, the tables and the sources' own counters say.
//
// A service that ends without being told to fails the test, as does an hour at
// which the work does not come to an end.
package rehearsal
