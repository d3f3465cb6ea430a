package republish

import "errors"

var (
	errNoConsumer = errors.New("the loader's consumer does not exist; run planner topology --apply")
	errIdle       = errors.New("the loader loads nothing, and RAW is full of what waits for it; is the loader running?")
	errDropped    = errors.New("RAW has dropped payloads before they were loaded")
	errNoAnswer   = errors.New("NATS did not answer in time")
	errDamaged    = errors.New("the body does not match its SHA-256")
)
