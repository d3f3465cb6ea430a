// Package planner decides what is fetched next. It is a reconciler: at every tick it
// compares what should be known (desired) with what the tables know and what is under
// way (observed), and publishes the difference, best first, as jobs.
//
// It keeps no queue of intentions. It publishes never more than the budget that the
// quota ledger shows, never above a high-water mark of outstanding jobs per source,
// and nothing while the loader is far behind. So a lost job, a purged stream or a
// restart heals at the next tick, and what is worth a call is decided as late as
// possible.
//
// This package holds the commands, the configuration and the loop. A tick is made in
// internal/tick, which settles what is outstanding (internal/streams, internal/jobs),
// derives what changed facts ask for (internal/store, internal/policy), reads the
// catalogue (internal/catalogue), decides, books (internal/runs) and publishes.
// internal/report tells programs and people what it sees. Several planners may run:
// one leads by a lock in the database (internal/lead), and even two leaders would only
// offer the same jobs twice, which JOBS refuses.
//
// It fails softly, and apart: only a tick that cannot observe the streams or settle
// what is outstanding publishes nothing; every other step that fails costs its own
// work, is counted and logged, and is tried again at the next tick from the facts. What
// is in the tables and cannot be planned with is skipped by itself. Streams,
// consumers and the bucket that are missing are made; ones that differ are
// reported and left alone.
package planner
