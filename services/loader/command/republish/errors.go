package republish

import "errors"

var (
	errNoConsumer = errors.New("the loader's consumer does not exist; run planner topology --apply")
	errIdle       = errors.New("the loader loads nothing, and RAW has no room for more beside what waits for it: is it running?")
	errDropped    = errors.New("RAW has dropped payloads before they were loaded")
	errNoAnswer   = errors.New("NATS did not answer in time")
	errDamaged    = errors.New("the body does not match its SHA-256")
)
