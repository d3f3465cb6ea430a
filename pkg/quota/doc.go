// Package quota shares the limits of an API between processes: a rate over all of
// them, and daily budgets of several keys. It keeps its ledger in a NATS key-value
// bucket and needs nothing else.
//
// # Use
//
// Each replica opens a Ledger and acquires a Permit for every call:
//
//	permits, err := ledger.Acquire(ctx, free) // at least one, at most free
//	...
//	if err := p.Start(); err != nil {         // immediately before sending
//		p.Settle(quota.Cancelled)
//		...                               // acquire again
//	}
//	...                                       // send with p.Secret()
//	p.Settle(quota.Spent)                     // or what else became of it
//
// A permit is a slot of the rate and a unit of a key's budget. Neither is held
// while waiting for the other, and a permit that is not started within 5 s lapses.
// Read returns what is left, without disturbing anybody.
//
// # The rate: slots that rest after an answer
//
// A rate of N requests in a window W is N slots. A slot carries one request at a
// time, and may carry the next only W after the answer to the last (and its
// deadline later, if it ended without one). The source has seen a request before it
// answers it, so two requests in one slot arrive at least W apart, and no window
// holds more than N, whatever the network does. What this costs is the latency: at
// best W/(W+latency) of the rate is used.
//
// Slots belong to replicas. One record, the slot table, holds how many each of them owns and wants,
// and those that nobody owns, each with what remains of its rest. A replica renews
// its ownership (its lease) every 1.2 s by one compare-and-set and makes no request
// to the store in between. With the same write it gives up what is beyond its share,
// or claims what it lacks. Shares are max-min fair by demand; what cannot be shared
// evenly takes turns. A replica without work gives up everything within seconds.
//
// No clocks are compared between machines. A replica counts its lease of 4 s from
// before the write that renewed it; others take it for dead when its entry has not
// changed for 1.05 of that on their own clocks, and its slots then rest for its
// deadline and a window. Validity is checked by Start.
//
// A record that is lost with its bucket is made again by the replica that misses it first, with
// all slots at rest as after the death of their owners. Only where no replica remembers
// it do slots begin free.
//
// Where replicas are configured differently, a rate holds that keeps all of their
// limits: new ones within one renewal.
//
// # The budgets: leases of a day
//
// Each key has a record that says how many of a day's calls have been leased to
// replicas, 1 to 10 at a time, by compare-and-set. What a replica does not use it
// returns; what a crash loses stays lost for that day. Where it is unknown whether a
// write was made, a lease is not used and a return is not repeated. So what is
// leased is never less than what is spent. A record that is lost with its bucket is made
// again from what replicas remember: it carries a name that is drawn when it is made, and
// counts the calls of each bucket, so that a replica that knows of more adds only that.
//
// Days begin at midnight in the configured zone. Nothing is sent for 30 s on either
// side of it (a hundredth of the day, where days are shortened), so that clocks may
// be that far apart, less the deadline of a call. A call that ends after the last
// moment to start one counts for both days.
//
// What a source says of a key holds for all replicas, as soon as they hear of it:
// an exhausted key is parked until its next day (if the refusal came right after
// midnight, and the key had not worked on that day, one call tries again, after 30 s
// and then ever more seldom); an invalid key is disabled until an operator enables or replaces it: until Enable is
// called, or a replica is configured with the key after none was.
//
// # Rooms
//
// internal/slots and internal/budget decide, and do no I/O; internal/kv carries their
// records to and from the bucket; this package brings the three together under one
// lock and hands out permits. A permit is settled by its holder, once.
//
// # Limits
//
// Not covered: a process that is stopped between Start and the sending of its
// request for longer than the request's deadline; a request that arrives later
// than its deadline after it was sent; monotonic clocks that run more than 0.1 %
// apart (5 % for the detection of dead replicas); calls that a dead replica had in
// flight at the end of a day and that the source counts for the next; a bucket that
// is lost (the source's own refusals then hold budgets, and for up to a lease a rate
// may be used twice).
//
// A change of the quota or of the zone while replicas run is taken over by each as it
// restarts; until then the smallest quota holds.
//
// # When the store is away
//
// Sending stops when the lease ends, within 4 s. Everything goes on by itself when
// the store is back; what the replica owned is then still its own, if no other has
// declared it dead.
//
// # Operations on the store
//
// One write per replica in 1.2 s while it has or wants slots, one in 20 s while it
// does not, and one per lease of calls. A replica watches the records of its source
// through one ordered consumer. It needs the right to read and to write its source's
// keys ("$KV.<bucket>.<source>.>"), and to create consumers for the watch.
package quota
