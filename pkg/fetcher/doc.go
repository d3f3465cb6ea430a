// Package fetcher is what the fetchers of all sources share: a source says how a
// job is asked for and what an answer means (API); this package makes the call
// with a permit, settles what became of it, and wires a service of it.
//
// One job is one call. A call counts from the moment at which its request may
// have reached the source; only one that certainly did not is given back. What
// is not an answer in the source's own form, such as a page of HTML with status 200,
// is never taken for an empty one: it is tried again.
//
// A fetcher fails by waiting (package worker says how). It ends with an error
// only at start: when NATS refuses it or its address can't be listened on.
package fetcher
