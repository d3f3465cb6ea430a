// Package upstream asks HTTP APIs whose calls are scarce and whose keys must
// never be told.
//
// # Model
//
// One Get is at most one request on the wire. net/http re-sends a GET by itself
// when a kept-alive connection turns out to be closed; here it cannot, so the
// requests that a server sees are never more than those that were counted and paid
// for. (They can be fewer by those that crossed a server's close on the wire: no
// client can know, so they count.) Redirects are not followed: a Location could carry the key elsewhere, and
// would be a second call. HTTP/1.1 only: with one request on a connection, a
// reset loses one call and not all that are in flight.
//
// The answer comes back whole, whatever its status: what a status or a body
// means is the caller's to know. Secrets are handed over apart from the request
// (SecretQuery, Bearer), and neither an error nor a span, metric, header or body
// that leaves this package holds one.
//
// A body of more than a megabyte is read on only when there is room for the most that
// it may come to, so that many at once don't add up (Config.Reserve).
//
// # How it fails
//
// Without an answer there is an *Error. It says in which phase the call ended,
// which timeout ended it, if one did, whether the call may be tried again, and
// whether the request may have reached the server (Sent): only a call that
// certainly did not is free.
package upstream
