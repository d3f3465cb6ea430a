// Package worker turns jobs into stored answers: the consume loop that every
// fetcher runs, and the one place where it is decided what becomes of a job.
//
// Permits come first. A replica waits for a free slot, takes permits from its
// source's ledger and pulls exactly that many jobs, so what can't be called now is
// not pulled: it stays in the queue, in order, for a replica that may call. An idle
// replica holds one permit and one long poll.
//
// A job is acknowledged after RAW has stored its answer, never before. A replica
// that dies leaves its jobs to be delivered again, and RAW recognises an answer
// that it has already stored. Storing does not give up: while RAW can't be
// reached the answer, which was paid for, is held and the job kept in progress.
//
// The number of attempts is the server's count of deliveries less those that
// were waits: a job handed back because no call could be made. Waits are noted
// in the ledger's bucket, so the count is the same on every replica and after
// every restart. A job that keeps killing its replica is a dead letter before the
// server's own limit of deliveries would park it unseen.
//
// While the source fails call after call, a replica makes one at a time with
// growing pauses: an outage must not eat the day's budget and every job's
// attempts.
//
// A source that says of too much that is known that it is not found, or refuses
// everything in one way, is doubted: what it says is held back, at no cost for the
// jobs, and it is probed until an answer speaks against that (doubt.go).
//
// It fails by waiting: with NATS away, without permits or with every key refused
// nothing is lost and nothing is spent, and Run goes on by itself afterwards.
package worker
