package service

import (
	"encoding"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/redact"
)

// How much of a variable's value may be shown.
const (
	secretWhole = "true" // nothing but a fingerprint
	secretURL   = "url"  // all but the credentials in it
)

const fileSuffix = "_FILE"

// variable is one field of a configuration that is set from outside.
type variable struct {
	env      string // NATS_URL; empty when it is a flag alone
	flag     string // nats-url
	field    string // the struct field's name, by which parse errors name it
	kind     reflect.Type
	fallback string // its default
	secret   string
	help     string
	expect   string
}

// name is how a person would call it.
func (v variable) name() string {
	if v.env != "" {
		return v.env
	}
	return "--" + v.flag
}

// fromFile is the variable that names a file with this one's value.
func (v variable) fromFile() variable {
	return variable{
		env: v.env + fileSuffix, flag: v.flag + "-file", kind: reflect.TypeFor[string](),
		help: "file with the value of " + v.env,
	}
}

// show is the value as it may be printed.
func (v variable) show(value string) string {
	if value == "" {
		return ""
	}
	if v.secret != secretWhole {
		return redact.URL(value)
	}
	shown := []string{}
	for _, secret := range v.secrets(value) {
		shown = append(shown, redact.Mask(secret))
	}
	return strings.Join(shown, ",")
}

// secrets are the values in it that nobody may see.
func (v variable) secrets(value string) []string {
	switch {
	case value == "" || v.secret == "":
		return nil
	case v.secret == secretURL:
		return redact.Passwords(value)
	case v.isList():
		return strings.Split(value, ",")
	}
	return []string{value}
}

func (v variable) isList() bool {
	return v.kind.Kind() == reflect.Slice
}

func (v variable) isBool() bool {
	return v.kind.Kind() == reflect.Bool
}

// variables lists what a configuration of this type is set from, in the order
// of its fields. It panics on tags that contradict each other, which is a
// programming error that the first start shows.
func variables(config reflect.Type) []variable {
	var found []variable
	for field := range config.Fields() {
		if !field.IsExported() {
			continue
		}
		v, isVariable := variableOf(field)
		switch {
		case isVariable:
			found = append(found, v)
		case field.Type.Kind() == reflect.Struct && field.Tag.Get("env") == "":
			found = append(found, variables(field.Type)...)
		}
	}
	seen := make(map[string]bool)
	for _, v := range found {
		if seen[v.flag] {
			panic("service: " + v.name() + " is declared twice in " + config.String())
		}
		seen[v.flag] = true
	}
	return found
}

func variableOf(field reflect.StructField) (variable, bool) {
	name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
	v := variable{
		field: field.Name, kind: field.Type,
		secret: field.Tag.Get("secret"), help: field.Tag.Get("help"), expect: field.Tag.Get("expect"),
	}
	if name != "" && name != "-" {
		v.env, v.flag = name, flagName(name)
		v.fallback = field.Tag.Get("envDefault")
		return v, true
	}
	if v.flag, _, _ = strings.Cut(field.Tag.Get("flag"), ","); v.flag != "" {
		v.fallback = field.Tag.Get("default")
		return v, true
	}
	return variable{}, false
}

func flagName(env string) string {
	return strings.ReplaceAll(strings.ToLower(env), "_", "-")
}

// expected says what the variable's type takes.
func (v variable) expected() string {
	if v.expect != "" {
		return v.expect
	}
	kind := v.kind
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch kind {
	case reflect.TypeFor[time.Duration]():
		return "a duration such as 30s or 5m"
	case reflect.TypeFor[time.Location]():
		return "a time zone such as Asia/Seoul"
	case reflect.TypeFor[url.URL]():
		return "a URL such as https://host"
	}
	if reflect.PointerTo(kind).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return ""
	}
	return expectedKind(kind.Kind())
}

func expectedKind(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, not negative"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a comma-separated list"
	}
	return "a value"
}
