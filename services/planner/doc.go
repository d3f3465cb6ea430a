// Package planner decides what is fetched next.
//
// It keeps no queue of intentions. At every tick it compares what should be known
// with what the tables know and publishes the difference, best first, as jobs;
// never more than the budget that the quota ledger shows, never above a high-water
// mark of outstanding jobs per source, and nothing while the loader is far behind.
// So a lost job, a purged stream or a restart heals at the next tick, and what is
// worth a call is decided as late as possible.
//
// A tick settles what is outstanding (internal/streams and internal/store), derives
// what changed facts ask for (internal/policy), looks at the catalogue
// (internal/catalogue), chooses, records and publishes. Several planners may run:
// one leads by a lock in the database, and even two leaders would only offer the
// same jobs twice, which JOBS refuses.
//
// It fails softly, and apart: only a tick that can't look at the streams or settle
// what is outstanding publishes nothing; every other step that fails costs its own
// work, is counted and told, and is tried again at the next tick from the facts. What
// stands in the tables and can't be planned with is passed over by itself. Streams,
// consumers and the bucket that are missing are made; ones that differ are
// reported and left alone.
package planner
