package service

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration. A Validate method
// names the variable, what is expected and, where that is not obvious, what to
// do; value and source are filled in, redacted, when it is reported.
type Problem struct { //nolint:errname // it is the thing found, and an error only so that Validate can return others too
	Variable string // NATS_URL, or a flag such as --json
	Value    string // redacted; empty when there is none
	Source   string // environment, flag, file or default
	Fault    string // "is missing", "is not usable"; the latter when empty
	Expected string
	Remedy   string
}

// CheckNumber checks that a setting lies between two numbers, themselves included.
func CheckNumber(variable string, value, least, most int) []error {
	if value >= least && value <= most {
		return nil
	}
	return []error{&Problem{Variable: variable, Expected: fmt.Sprintf("a number from %d to %d", least, most)}}
}

// Error is one line: the variable, its value, what is expected, what to do.
func (p *Problem) Error() string {
	var line strings.Builder
	line.WriteString(p.Variable)
	if p.Value != "" {
		fmt.Fprintf(&line, "=%s", p.Value)
	}
	if p.Source != "" {
		fmt.Fprintf(&line, " (%s)", p.Source)
	}
	fault := p.Fault
	if fault == "" {
		fault = "is not usable"
	}
	line.WriteString(" " + fault)
	if p.Expected != "" {
		line.WriteString(": expected " + p.Expected)
	}
	if p.Remedy != "" {
		line.WriteString("; " + p.Remedy)
	}
	return line.String()
}

// ConfigError is every problem of a configuration, in the order of its
// variables.
type ConfigError struct {
	Problems []error
}

// Error lists the problems, one a line.
func (e *ConfigError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	if len(e.Problems) == 1 {
		lines = append(lines, "1 problem in the configuration:")
	} else {
		lines = append(lines, fmt.Sprintf("%d problems in the configuration:", len(e.Problems)))
	}
	for _, problem := range e.Problems {
		lines = append(lines, "  - "+problem.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As each of the problems.
func (e *ConfigError) Unwrap() []error {
	return e.Problems
}

// problems collects them, one for each variable: what follows from a value that
// could not be read would only repeat it.
type problems struct {
	list []error
}

func (p *problems) add(found error) {
	if !slices.ContainsFunc(p.list, func(known error) bool { return about(known) == about(found) }) {
		p.list = append(p.list, found)
	}
}

// about is the variable that is wrong, or else what is said.
func about(err error) string {
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem.Variable
	}
	return err.Error()
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &ConfigError{Problems: p.list}
}

// pathReason is an error of the file system without its path, which stands
// beside it already.
func pathReason(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err.Error()
	}
	return err.Error()
}
