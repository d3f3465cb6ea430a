// Package hostile spoils the answers of the simulated sources: a handler before
// theirs that mutates some of what they say, from a seed.
//
// A name (source.kind.key, as jobs have it) is mutated always in the same way or
// never, which the seed and the name decide alone: a call that is repeated meets
// the same answer, and a run can be repeated. A mutation is a small function with
// a name and, by construction, of one class. Harmless: the decoded JSON stays
// equal, so the answer must land. Repairable: text is slightly damaged, or an
// optional field can't be read or is missing, so the answer must land, and what is
// wrong be told. Harmful: it is not an answer or breaks its contract, so what is known
// stays as it was.
//
// How it fails: it does not. A mutation that does not apply to an answer, such as
// one of rows to an empty list, is passed over for another of its class, and an
// answer for which none applies is left alone.
package hostile
