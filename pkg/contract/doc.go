// Package contract says what an answer of a source must be. Fetchers and the
// loader read a body through it first, and nothing else decides.
//
// Each kind of answer of each source has a contract: the identity that it must
// bear (its code, id, page or day), what must be there, and bounds on depth,
// elements and totals. Read walks over a body once, byte by byte, and keeps
// nothing of it but a few offsets: whatever a body holds, it costs time in
// proportion to its length and next to no memory, and what is refused is refused
// before anybody allocates for it. docs/data-contracts.md lists the contracts.
//
// A body comes to one of five verdicts. OK and NotFound are answers. Fault is the
// source's own error, with its code. NoAnswer is not in the API's form or is about
// something else, and may be well the next time: it is asked for again. Breach is
// an answer to that very question which breaks its contract: it is kept whole and
// not believed, since asking again would bring the same.
//
// Readers are tolerant where no doubt is left: numbers may stand as strings, with
// a fraction of zeros or an exponent, codes may have white space around them, and
// of a name that stands twice the later value counts, as in encoding/json, unless it
// says nothing of an entity or of rows that the earlier one told of.
//
// Text that is slightly damaged is repaired: at most 8 bytes of a body that are no
// UTF-8, none of them in a code, id or date, become U+FFFD, as do lone surrogates;
// NUL and other control characters go, and so does a mark of byte order before the
// text. Repaired says in which fields.
//
// How it fails: it does not. Every body has a verdict, and those that are no
// answers have a reason of one line for a person, without control characters.
package contract
