// Package messages is the wire format of the pipeline: subjects, headers and
// bodies of jobs, raw payloads and dead letters.
//
// A job and its answer share a name: jobs.kobis.movie-detail.20190324 is
// answered by raw.kobis.movie-detail.20190324, and whatever can't be processed
// stands under dead. plus the subject it had. The body of a raw payload is the
// API's answer, byte for byte; everything else travels in headers, so that a
// person reads a message with the NATS CLI and a replay needs no other source.
//
// Jobs carry no Nats-Msg-Id: the JOBS stream admits one message per subject, and
// an id would make JetStream acknowledge and drop a later job of the same name.
// Raw payloads do carry one, made of their name and the time at which their job
// was stored, so that an answer published twice after a crash is stored once.
//
// Decoding fails with ErrMalformed and says which part could not be read;
// nothing is guessed. Encoding fails only with ErrTooLarge.
package messages
