// Package jobs decides what has become of the jobs that are out.
//
// It is pure: what the tables record, what they have answers to, and what was in
// JetStream go in; which jobs were answered, died, are lost, stuck or still out comes
// out. No clocks are compared. A fetcher stores an answer or a dead letter before its
// job leaves JOBS, and the loader commits before it acknowledges: so a job that is not
// in JOBS, has no answer in the tables and no dead letter is lost once the loader has
// passed the last message that RAW held when the job was gone already.
//
// It fails by calling a job lost too late, never too early: where a view does not
// hold every dead letter, or the loader stands still, a job stays outstanding.
package jobs
