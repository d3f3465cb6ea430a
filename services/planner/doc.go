// Package planner decides what is fetched next.
//
// It keeps no queue of intentions. At every tick it compares what should be known
// with what the tables know and publishes the difference, best first, as jobs;
// never more than the budget that the quota ledger shows, never above a high-water
// mark of outstanding jobs per source, and nothing while the loader is far behind.
// So a lost job, a purged stream or a restart heals at the next tick, and what is
// worth a call is decided as late as possible.
//
// A tick settles what is outstanding (internal/board and internal/store), derives
// what changed facts ask for (internal/policy), looks at the catalogue
// (internal/catalogue), chooses, records and publishes. Several planners may run:
// one leads by a lock in the database, and even two leaders would only offer the
// same jobs twice, which JOBS refuses.
//
// It fails softly: a tick that cannot read the database or JetStream publishes
// nothing, says so, and the next one starts from the facts again. Streams,
// consumers and the bucket that are missing are made; ones that differ are
// reported and left alone.
package planner
