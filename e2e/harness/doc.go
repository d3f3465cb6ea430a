// Package harness runs the pipeline for a test as an operator would: the four
// binaries as processes of their own, against a real NATS server, a real Postgres
// and the simulated sources.
//
// Processes are killed and restarted on what has been observed, never after a
// time. A process that ends without being told to fails the test with the end of
// its log.
package harness
