package service

import "errors"

var (
	errStopping     = errors.New("stopping")
	errNotConnected = errors.New("not connected")
	// ErrNATSRefused is in Start's error when NATS does not accept who connects.
	ErrNATSRefused = errors.New("NATS refused the credentials")
	// ErrNATSTLS is in Start's error when NATS is not reached over TLS as configured.
	ErrNATSTLS = errors.New("NATS and this service do not agree on TLS")
)
