// Package deploy holds nothing that is deployed but files: its tests read what is deployed, the way that
// Kubernetes, compose and NATS read it, without an engine. It is a module of its
// own, so that their libraries reach no binary. `make verify-compose` and
// `make verify-k8s` run what these tests only read.
package deploy
