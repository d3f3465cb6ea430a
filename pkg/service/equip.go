package service

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"text/tabwriter"

	"github.com/cledit/pipeline/pkg/redact"
)

// say writes a line for a person to the error stream.
func (c *invocation) say(format string, args ...any) {
	printf(c.streams.Stderr, "%s\n", redact.Process.String(fmt.Sprintf(format, args...)))
}

// printf writes to one of the process's streams. When that fails there is no
// other place to complain to.
func printf(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format, args...)
}

// variableNames are the names in the environment that some command of the app
// reads.
func (a App) variableNames() []string {
	var names []string
	for _, command := range a.Commands {
		for _, v := range variables(command.config) {
			if v.env == "" {
				continue
			}
			names = append(names, v.env)
			if v.secret != "" {
				names = append(names, v.env+fileSuffix)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// printConfig prints what a command would run with, one NAME=value a line and
// where each came from behind it. Flags that are no variables belong to one call
// and are left out.
func printConfig(w io.Writer, settings []setting) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range settings {
		if s.env != "" {
			printf(table, "%s=%s\t# %s\n", s.env, s.show(s.value), s.source)
		}
	}
	_ = table.Flush() // as in printf
}

// equip gives a configuration the streams of the process, and the error stream
// to its log.
func equip(config reflect.Value, streams Streams) {
	for field, value := range config.Fields() {
		if !field.IsExported() || field.Type.Kind() != reflect.Struct {
			continue
		}
		switch value.Addr().Interface().(type) {
		case *Streams:
			value.Set(reflect.ValueOf(streams))
		case *LogConfig:
			value.Addr().Interface().(*LogConfig).LogWriter = streams.Stderr
		default:
			equip(value, streams)
		}
	}
}

// logConfig finds the log's configuration within a command's.
func logConfig(config reflect.Value) (LogConfig, bool) {
	for field, value := range config.Fields() {
		if !field.IsExported() || field.Type.Kind() != reflect.Struct {
			continue
		}
		if cfg, ok := reflect.TypeAssert[LogConfig](value); ok {
			return cfg, true
		}
		if cfg, ok := logConfig(value); ok {
			return cfg, true
		}
	}
	return LogConfig{}, false
}

// argsField tells how a configuration names its positional arguments, if it
// takes any: a field `Args []string` with a tag args.
func argsField(config reflect.Type) (string, bool) {
	for field := range config.Fields() {
		if usage, ok := field.Tag.Lookup("args"); ok {
			return usage, true
		}
	}
	return "", false
}

// takeArgs puts the positional arguments into the configuration; one that takes
// none has a problem with each.
func takeArgs(config reflect.Value, args []string, bad *problems) {
	for field, value := range config.Fields() {
		if _, ok := field.Tag.Lookup("args"); ok {
			value.Set(reflect.ValueOf(args))
			return
		}
	}
	for _, arg := range args {
		bad.add(&Problem{Variable: fmt.Sprintf("argument %q", arg), Fault: "is not expected"})
	}
}
