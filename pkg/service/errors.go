package service

import "errors"

var (
	errStarting     = errors.New("starting")
	errStopping     = errors.New("stopping")
	errNotConnected = errors.New("not connected")
	errNATSAway     = errors.New("NATS does not answer")
	// ErrNATSRefused is in Start's error when NATS does not accept who connects.
	ErrNATSRefused = errors.New("NATS refused the credentials")
	// ErrNATSClosed is in Work's error when the connection was closed for good.
	ErrNATSClosed = errors.New("the NATS connection was closed for good")
	// ErrNATSTLS is in Start's error when NATS is not reached over TLS as configured.
	ErrNATSTLS = errors.New("NATS and this service do not agree on TLS")
)
