// Package tick makes one iteration of the planner: it observes, derives what is
// desired, decides on the difference and carries it out.
//
// A tick goes through three values. Observed is what the streams, the tables and the
// quota ledger show; Desired is every call that would be worth making now; Decision
// is what of it is published, and what keeps the rest. What a Reconciler remembers
// from one tick to the next saves work and keeps the log short; a new one comes to
// the same calls.
//
// It fails softly, and apart: only a tick that cannot observe the streams or settle
// what is outstanding publishes nothing. Every other step that fails costs its own
// work, is counted and logged, and is tried again at the next tick from the facts.
package tick
