package service

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/cledit/pipeline/pkg/redact"
)

// Where a value came from.
const (
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromFile        = "file"
	fromDefault     = "default"
)

// setting is a variable with the value that it was given.
type setting struct {
	variable
	value  string
	source string
	path   string // of the file that it was read from; else empty
}

// FromMap reads a configuration from values by variable name, with the defaults
// for what is not named: the way for a program that runs several services, which
// must not share one environment. The error is a *ConfigError with every problem.
func FromMap[C any](values map[string]string) (C, error) {
	var config C
	vars := variables(reflect.TypeFor[C]())
	var bad problems
	for name := range values {
		if !declares(vars, name) {
			bad.add(&Problem{Variable: name, Fault: "is no variable of " + reflect.TypeFor[C]().String()})
		}
	}
	slices.SortFunc(bad.list, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	settings := resolve(vars, values, nil, &bad)
	fill(&config, settings, &bad)
	return config, bad.err()
}

func declares(vars []variable, name string) bool {
	return slices.ContainsFunc(vars, func(v variable) bool {
		return v.env == name || v.secret != "" && v.env+fileSuffix == name
	})
}

// resolve finds each variable's value: flags before the environment before the
// default. Every secret is made known to redact.Process at once, so that not
// even a problem can tell it.
func resolve(vars []variable, environment, flags map[string]string, bad *problems) []setting {
	settings := make([]setting, 0, len(vars))
	for _, v := range vars {
		s := resolveOne(v, environment, flags, bad)
		if v.isList() {
			s.value = tidyList(s.value)
		}
		redact.Process.Add(v.secrets(s.value)...)
		settings = append(settings, s)
	}
	return settings
}

func resolveOne(v variable, environment, flags map[string]string, bad *problems) setting {
	layers := []struct {
		source string
		values map[string]string
		plain  string
		file   string
	}{
		{fromFlag, flags, v.flag, v.flag + "-file"},
		{fromEnvironment, environment, v.env, v.env + fileSuffix},
	}
	for _, layer := range layers {
		value, path := layer.values[layer.plain], ""
		if v.secret != "" {
			path = layer.values[layer.file]
		}
		switch {
		case value != "" && path != "":
			bad.add(&Problem{
				Variable: v.name(), Source: layer.source, Fault: "is given twice",
				Expected: "either it or " + v.fromFile().name(), Remedy: "unset one of them",
			})
			redact.Process.Add(v.secrets(value)...)
			return setting{v, "", layer.source, ""}
		case value != "":
			return setting{v, value, layer.source, ""}
		case path != "":
			return setting{v, readSecret(v, path, layer.source, bad), fromFile, path}
		}
	}
	return setting{v, v.fallback, fromDefault, ""}
}

// readSecret reads a value from a file, without the line end that editors and
// secret stores leave after it.
func readSecret(v variable, path, source string, bad *problems) string {
	content, err := os.ReadFile(path)
	value := strings.TrimRight(string(content), "\r\n")
	problem := Problem{Variable: v.name(), Source: source, Expected: "a file with its value in " + v.fromFile().name()}
	switch {
	case err != nil:
		problem.Fault = "cannot be read from " + path
		problem.Remedy = pathReason(err)
		bad.add(&problem)
	case strings.TrimSpace(value) == "":
		problem.Fault = "is empty in " + path
		problem.Remedy = "write the value into the file"
		bad.add(&problem)
	}
	return value
}

// tidyList lets a list stand one item a line, as a file of keys does, and
// forgives spaces and a trailing comma.
func tidyList(value string) string {
	items := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' })
	kept := items[:0]
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			kept = append(kept, item)
		}
	}
	return strings.Join(kept, ",")
}

// fill parses the values into the configuration, a pointer to a struct, and asks
// its Validate methods.
func fill(config any, settings []setting, bad *problems) {
	environment, flags := make(map[string]string), make(map[string]string)
	for _, s := range settings {
		switch {
		case s.value == "":
		case s.env != "":
			environment[s.env] = s.value
		default:
			flags[s.flag] = s.value
		}
	}
	addParse(env.ParseWithOptions(config, env.Options{Environment: environment}), settings, bad)
	addParse(env.ParseWithOptions(config, env.Options{
		Environment: flags, TagName: "flag", DefaultValueTagName: "default",
	}), settings, bad)
	giveFiles(reflect.ValueOf(config).Elem(), filesOf(settings))
	validate(reflect.ValueOf(config).Elem(), settings, bad)
}

// addParse turns the parser's errors, which name fields and repeat values, into
// problems that name variables and hide secrets.
func addParse(err error, settings []setting, bad *problems) {
	var all env.AggregateError
	if err == nil || !errors.As(err, &all) {
		if err != nil {
			bad.addPlain(fmt.Errorf("reading the configuration: %w", err))
		}
		return
	}
	for _, one := range all.Errors {
		var missing env.VarIsNotSetError
		var empty env.EmptyVarError
		var malformed env.ParseError
		switch {
		case errors.As(one, &missing):
			addMissing(missing.Key, settings, bad)
		case errors.As(one, &empty):
			addMissing(empty.Key, settings, bad)
		case errors.As(one, &malformed):
			addMalformed(malformed, settings, bad)
		default:
			bad.addPlain(fmt.Errorf("reading the configuration: %w", one))
		}
	}
}

func addMissing(key string, settings []setting, bad *problems) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.env == key || s.env == "" && s.flag == key })
	if i < 0 {
		bad.addPlain(fmt.Errorf("reading the configuration: %s is not set", key))
		return
	}
	v := settings[i].variable
	ways := []string{"--" + v.flag}
	if v.env != "" && v.secret != "" {
		ways = []string{v.env, v.env + fileSuffix, "--" + v.flag}
	} else if v.env != "" {
		ways = []string{v.env, "--" + v.flag}
	}
	bad.add(&Problem{
		Variable: v.name(), Fault: "is missing", Expected: describe(v),
		Remedy: "set " + strings.Join(ways, " or "),
	})
}

// describe says what a variable is for, or at least what type it takes.
func describe(v variable) string {
	if v.help != "" {
		return v.help
	}
	return v.expected()
}

func addMalformed(malformed env.ParseError, settings []setting, bad *problems) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.field == malformed.Name })
	if i < 0 {
		bad.addPlain(fmt.Errorf("reading the configuration: %w", malformed))
		return
	}
	s := settings[i]
	problem := Problem{
		Variable: s.name(), Value: s.show(s.value), Source: s.source,
		Fault: "is malformed", Expected: s.expected(),
	}
	// A type of ours explains itself; the standard parsers say less than the
	// expectation does, and repeat the value.
	if problem.Expected == "" {
		problem.Expected = describe(s.variable)
		problem.Remedy = redact.Process.String(malformed.Err.Error())
	}
	bad.add(&problem)
}

// validator is a configuration that checks itself.
type validator interface{ Validate() []error }

// validate asks the struct and each struct within it. A Validate that embedding
// promotes is met twice; its problems are counted once.
func validate(config reflect.Value, settings []setting, bad *problems) {
	for field, value := range config.Fields() {
		if field.IsExported() && field.Type.Kind() == reflect.Struct {
			validate(value, settings, bad)
		}
	}
	self, checks := reflect.TypeAssert[validator](config.Addr())
	if !checks {
		return
	}
	for _, err := range self.Validate() {
		var problem *Problem
		if !errors.As(err, &problem) {
			bad.addPlain(errors.New(redact.Process.String(err.Error())))
			continue
		}
		bad.add(complete(*problem, settings))
	}
}

// complete adds what the one who found the problem did not know: the value,
// as far as it may be shown, and where it came from.
func complete(problem Problem, settings []setting) *Problem {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.name() == problem.Variable })
	if i >= 0 && problem.Value == "" {
		if problem.Value = settings[i].show(settings[i].value); problem.Value != "" {
			problem.Source = settings[i].source
		}
	}
	problem.Remedy = redact.Process.String(problem.Remedy)
	return &problem
}
