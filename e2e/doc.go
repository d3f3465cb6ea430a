// Package e2e holds the tests that see the whole pipeline: the four binaries as
// processes, killed and restarted, with good keys and bad ones, on a real NATS
// server, a real Postgres and simulated sources.
package e2e
