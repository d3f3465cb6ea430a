// Package loader turns the answers in RAW into tables: raw.payloads and staging
// in one transaction per chunk, and from there production, by marks.
//
// A fixed number of workers run beside each other. Each has one database
// connection and one pull on the durable consumer; it loads a chunk, commits,
// acknowledges, then works off some marks. Nothing else connects to the
// database: /readyz tells what the workers last saw.
//
// How it fails:
//
//   - The database is away, read-only, full, restarting or not migrated: the
//     workers keep what they hold, try again with growing delays, and /readyz
//     says why; one log line when it begins and one when it ends. Nothing goes
//     to DEAD for it.
//   - A payload that can't be read, or that Postgres refuses, goes to DEAD whole,
//     with its reason; a refused one is found by bisection, so its neighbours
//     land. It is acknowledged only once DEAD has stored it.
//   - A title that can't be derived keeps its mark with the problem and is tried
//     again later; the others go on.
//   - The consumer is reset, removed or created again, or NATS is away: the workers
//     bind again. A message that is delivered twice is loaded twice and changes
//     nothing the second time.
//   - SIGKILL at any point: what was not committed is delivered again, what was
//     committed and not derived has its mark.
package loader
