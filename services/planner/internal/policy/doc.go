// Package policy decides what is worth a call: which answers each entity lacks
// or should have again, in which order, and how many may be asked for now.
//
// It is pure: facts and a time in, calls out, and the same facts at the same time
// give the same calls. An entity's facts are turned into Due calls, each with the
// workload that it belongs to, its rank within the workload and the time from which it
// is wanted; Choose then takes the best that a source's Capacity allows. Nothing here
// knows what was asked for before: an answer changes the facts, and the facts no
// longer ask for it.
//
// It fails by deriving a call that its answer does not satisfy. Such a call would
// be repeated for ever, so anyone who runs the policy holds a call that was answered
// and is still due.
package policy
