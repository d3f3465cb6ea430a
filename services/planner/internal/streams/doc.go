// Package streams shows the planner what is in JetStream, and puts jobs there.
//
// A View is taken in an order that makes it safe to conclude from it: first what
// JOBS holds, then the end of RAW, then how far the loader has acknowledged, then
// what is dead. A fetcher stores an answer or a dead letter before its job leaves
// JOBS, and the loader commits before it acknowledges. So a job that is not in
// the view, whose answer is not in the tables read after it and which is not among
// the dead, is lost once the loader has passed the end of RAW that a view showed
// when the job was gone already. No clocks are compared.
//
// It fails with what JetStream answers; a stream or consumer that is missing is
// ErrMissing, for the owner of the topology to make again.
package streams
