package service

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/cledit/pipeline/pkg/redact"
)

// How much of a value may be shown.
const (
	secretWhole = "true" // nothing but a fingerprint
	secretURL   = "url"  // all but the credentials in it
)

// Where a value came from.
const (
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromFile        = "file"
	fromDefault     = "default"
)

const fileSuffix = "_FILE"

// setting is one field of a configuration that is set from outside.
type setting struct {
	env      string // NATS_URL; empty when it is a flag alone
	flag     string // nats-url
	fallback string // its default
	secret   string
	help     string
	required bool
	field    reflect.Value

	given, givenFile string // by flags: its text, or the file with it

	text   string // what it is set to
	source string
	path   string // of the file that it was read from; else empty
}

// validator is a configuration that checks itself.
type validator interface{ Validate() []error }

// bound is a configuration with all that is put into it.
type bound struct {
	settings []*setting
	checks   []validator // inner structs before those that hold them
	streams  []*Streams
	files    []*SecretFiles
	log      *LogConfig
	args     *[]string // nil where no arguments are taken
	usage    string    // of the arguments
}

// bind looks through a configuration, a pointer to a struct. It panics on tags that
// contradict each other, which is a programming error that the first start shows.
func bind(config any) *bound {
	b := &bound{}
	b.add(reflect.ValueOf(config).Elem())
	seen := make(map[string]bool)
	for _, s := range b.settings {
		if seen[s.flag] {
			panic(fmt.Sprintf("service: %s is declared twice in %s", s.name(), reflect.TypeOf(config).Elem()))
		}
		seen[s.flag] = true
	}
	return b
}

func (b *bound) add(config reflect.Value) {
	for field, value := range config.Fields() {
		if !field.IsExported() {
			continue
		}
		if s := newSetting(field, value); s != nil {
			b.settings = append(b.settings, s)
			continue
		}
		switch part := value.Addr().Interface().(type) {
		case *Streams:
			b.streams = append(b.streams, part)
		case *SecretFiles:
			b.files = append(b.files, part)
		case *LogConfig:
			b.log = part
		case *[]string:
			if usage, ok := field.Tag.Lookup("args"); ok {
				b.args, b.usage = part, usage
			}
		}
		if field.Type.Kind() == reflect.Struct {
			b.add(value)
		}
	}
	if check, ok := reflect.TypeAssert[validator](config.Addr()); ok {
		b.checks = append(b.checks, check)
	}
}

// newSetting returns nil for a field that is not set from outside.
func newSetting(field reflect.StructField, value reflect.Value) *setting {
	s := &setting{
		fallback: field.Tag.Get("default") + field.Tag.Get("envDefault"), secret: field.Tag.Get("secret"),
		help: field.Tag.Get("help"), field: value,
	}
	var options string
	s.flag = field.Tag.Get("flag")
	s.env, options, _ = strings.Cut(field.Tag.Get("env"), ",")
	s.required = options == "required"
	switch {
	case s.env != "" && s.env != "-":
		s.flag = flagName(s.env)
	case s.flag == "":
		return nil
	}
	return s
}

func flagName(env string) string { return strings.ReplaceAll(strings.ToLower(env), "_", "-") }

// name is how a person would call it.
func (s *setting) name() string {
	if s.env != "" {
		return s.env
	}
	return "--" + s.flag
}

// ways are what it can be set by.
func (s *setting) ways() []string {
	switch {
	case s.env == "":
		return []string{"--" + s.flag}
	case s.secret == "":
		return []string{s.env, "--" + s.flag}
	}
	return []string{s.env, s.env + fileSuffix, "--" + s.flag}
}

// resolve finds the text of each setting: of its flag before that of the
// environment before the default. Every secret is made known to redact.Process at
// once, so that not even a problem can tell it.
func (b *bound) resolve(environment map[string]string, bad *problems) {
	for _, s := range b.settings {
		s.text, s.source = s.fallback, fromDefault
		if !s.take(fromFlag, s.given, s.givenFile, bad) {
			s.take(fromEnvironment, environment[s.env], environment[s.env+fileSuffix], bad)
		}
		if s.field.Kind() == reflect.Slice {
			s.text = tidyList(s.text)
		}
		redact.Process.Add(s.secrets(s.text)...)
	}
}

// take reports whether the source gives the setting a value, itself or in a file.
func (s *setting) take(source, text, path string, bad *problems) bool {
	if s.secret == "" {
		path = ""
	}
	switch {
	case text != "" && path != "":
		bad.add(&Problem{
			Variable: s.name(), Source: source, Fault: "is given twice",
			Expected: "either it or " + s.name() + fileSuffix, Remedy: "unset one of them",
		})
		redact.Process.Add(s.secrets(text)...)
		s.text, s.source = "", source
	case text != "":
		s.text, s.source = text, source
	case path != "":
		s.text, s.source, s.path = s.read(path, source, bad), fromFile, path
	default:
		return false
	}
	return true
}

// read returns what a file holds, without the line end that editors and secret
// stores leave after it.
func (s *setting) read(path, source string, bad *problems) string {
	content, err := readSecret(path)
	text := strings.TrimRight(content, "\r\n")
	problem := Problem{Variable: s.name(), Source: source, Expected: "a file with its value in " + s.name() + fileSuffix}
	switch {
	case err != nil:
		problem.Fault, problem.Remedy = "cannot be read from "+path, pathReason(err)
		bad.add(&problem)
	case strings.TrimSpace(text) == "":
		problem.Fault, problem.Remedy = "is empty in "+path, "write the value into the file"
		bad.add(&problem)
	}
	return text
}

// tidyList lets a list stand one item a line, as a file of keys does, and
// forgives spaces and a trailing comma.
func tidyList(text string) string {
	var items []string
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return strings.Join(items, ",")
}

// fill puts the values into the configuration and asks its Validate methods. One
// that embedding promotes is met twice; its problems are counted once.
func (b *bound) fill(bad *problems) {
	paths := SecretFiles{}
	for _, s := range b.settings {
		s.fill(bad)
		if s.path != "" {
			paths[s.env] = s.path
		}
	}
	for _, files := range b.files {
		*files = paths
	}
	for _, check := range b.checks {
		for _, err := range check.Validate() {
			problem, ok := errors.AsType[*Problem](err)
			if !ok {
				bad.add(errors.New(redact.Process.String(err.Error())))
				continue
			}
			bad.add(b.complete(*problem))
		}
	}
}

func (s *setting) fill(bad *problems) {
	if s.text == "" {
		if s.required {
			bad.add(&Problem{Variable: s.name(), Fault: "is missing", Expected: s.describe(), Remedy: "set " + strings.Join(s.ways(), " or ")})
		}
		return
	}
	err := parse(s.field, s.text)
	if err == nil {
		return
	}
	problem := Problem{Variable: s.name(), Value: s.shown(), Source: s.source, Fault: "is malformed", Expected: s.expected()}
	// A type of ours explains itself; the standard parsers say less than the
	// expectation does, and repeat the value.
	if problem.Expected == "" {
		problem.Expected, problem.Remedy = s.describe(), redact.Process.String(err.Error())
	}
	bad.add(&problem)
}

// parse reads a text as a value of the field's type.
func parse(field reflect.Value, text string) error {
	alone := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "V", Type: field.Type(), Tag: `env:"V"`}}))
	err := env.ParseWithOptions(alone.Interface(), env.Options{Environment: map[string]string{"V": text}})
	if malformed, ok := errors.AsType[env.ParseError](err); ok {
		return malformed.Err
	}
	if err == nil {
		field.Set(alone.Elem().Field(0))
	}
	return err
}

// complete adds what the one who found the problem did not know: the value,
// as far as it may be shown, and where it came from.
func (b *bound) complete(problem Problem) *Problem {
	i := slices.IndexFunc(b.settings, func(s *setting) bool { return s.name() == problem.Variable })
	if i >= 0 && problem.Value == "" {
		if problem.Value = b.settings[i].shown(); problem.Value != "" {
			problem.Source = b.settings[i].source
		}
	}
	problem.Remedy = redact.Process.String(problem.Remedy)
	return &problem
}

// takeArgs puts the arguments that are not flags into the configuration; one that takes
// none has a problem with each.
func (b *bound) takeArgs(args []string, bad *problems) {
	if b.args != nil {
		*b.args = args
		return
	}
	for _, arg := range args {
		bad.add(&Problem{Variable: fmt.Sprintf("argument %q", arg), Fault: "is not expected"})
	}
}

// print prints the variables, one NAME=value a line and where each came from behind
// it. Flags that are not variables belong to one call and are left out.
func (b *bound) print(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range b.settings {
		if s.env != "" {
			printf(table, "%s=%s\t# %s\n", s.env, s.shown(), s.source)
		}
	}
	_ = table.Flush() // as in printf
}

// shown is the text as it may be printed.
func (s *setting) shown() string {
	if s.secret != secretWhole {
		return redact.URL(s.text)
	}
	var shown []string
	for _, secret := range s.secrets(s.text) {
		shown = append(shown, redact.Mask(secret))
	}
	return strings.Join(shown, ",")
}

// secrets are the parts of a text that nobody may see.
func (s *setting) secrets(text string) []string {
	switch {
	case text == "" || s.secret == "":
		return nil
	case s.secret == secretURL:
		return redact.Passwords(text)
	case s.field.Kind() == reflect.Slice:
		return strings.Split(text, ",")
	}
	return []string{text}
}

// describe says what a setting is for, or at least what type it takes.
func (s *setting) describe() string {
	if s.help != "" {
		return s.help
	}
	return s.expected()
}

// expected says what the setting's type takes; nothing where the type says so itself.
func (s *setting) expected() string {
	switch s.field.Addr().Interface().(type) {
	case *time.Duration:
		return "a duration such as 30s or 5m"
	case *time.Location:
		return "a time zone such as Asia/Seoul"
	case encoding.TextUnmarshaler:
		return ""
	case *bool:
		return "true or false"
	}
	switch {
	case s.field.CanInt():
		return "a whole number"
	case s.field.CanUint():
		return "a whole number, not negative"
	case s.field.CanFloat():
		return "a number"
	}
	return "a value"
}
