// Package console shows in a browser what the pipeline does, why it waits, and what is
// known of a title: pages that are rendered here and work without a script.
//
// It reads the tables and what JetStream says of its streams, and writes nothing. Its
// database role and its NATS user may not. So it can be absent, slow or wrong, and
// nothing else changes; several may run.
//
// What the sources say is hostile: html/template escapes by context, the policy of
// contents (CSP) allows this server's own style and script alone, and nothing makes HTML
// of a payload.
//
// # How it fails
//
// A database or a NATS server that is away is said on the page, whose other parts stay.
// Both are remarks in /readyz, for a page that says what is wrong is better than none.
// A page that takes longer than five seconds ends with an error. Who is not let in gets
// 401, who may not see a page 403, and a form of another site 403.
package console
