// Package stack runs the whole pipeline in one process: a NATS server with
// JetStream on disk, a Postgres, the simulated sources where no keys are given,
// and the four services through the same Run that their binaries call.
//
// Everything lives in one folder. The folder remembers which sources its data
// came from and refuses others: facts of a simulation and of the real sources
// must not meet in one table. On the real sources NATS asks for a password, which
// is made at the first start and kept in the folder. Open fails with the reason
// when a part does not come up, and takes down what did. A service whose connection
// to NATS was closed for good starts again; one that ends by itself otherwise ends
// the stack.
package stack
