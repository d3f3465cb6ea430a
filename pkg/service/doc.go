// Package service is what every process of the pipeline has in common:
// configuration, commands, logging, the NATS connection, the admin server,
// tracing and the way to stop.
//
// # Configuration
//
// A command's configuration is a struct whose fields carry tags:
//
//	KobisRate Rate   `env:"KOBIS_RATE" envDefault:"5/1s" help:"requests per window"`
//	APIKeys []string `env:"KOBIS_API_KEYS,required" secret:"true" help:"API keys"`
//	Database string  `env:"DATABASE_URL,required" secret:"url" help:"Postgres"`
//	JSON bool        `flag:"json" help:"print JSON"`
//	Args []string    `args:"[subject...]"`
//
// Every variable is also a flag (KOBIS_RATE is --kobis-rate), and each secret
// can be read from a file (KOBIS_API_KEYS_FILE). Flags stand above the
// environment, the environment above the default; an empty value is not a value.
// Embedded and nested structs are read too; a prefix for them (envPrefix) is not
// supported. A `Validate() []error` on the struct, or on one within it, checks
// what a single value cannot tell. All problems are reported at once, in one
// message, and nothing is started.
//
// Cobra and pflag find the command, print help and complete in a shell; env reads the
// values. What they cannot do is this package's: name everything wrong at once, read
// secrets from files, print the configuration without them, and know a misspelling.
//
// # Running
//
// Main runs a table of commands; Start opens what a running service needs; its
// Runtime closes it. The first SIGINT or SIGTERM ends the context and the command
// drains; a second one, or 15 s, ends the process. The command run serves until
// then, and to be stopped is not a failure of it. Every other command is done once:
// cut off, it exits with 128 and the signal's number; it speaks plainly to standard
// error; and what it needs and does not find within --wait is its error.
//
// # How it fails
//
// A bad configuration exits with 2, before anything is opened. NATS that does
// not answer is waited for by what serves, at start and later, for ever: /livez stays well,
// /readyz says what is missing. Only credentials refused at start are fatal.
// While the connection is away, publishing fails at once instead of being
// buffered: a write that arrives minutes later would act on a world that has
// moved on.
package service
