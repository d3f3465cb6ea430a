package service

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/pflag"
)

// Flags that every command has.
const (
	flagPrintConfig = "print-config"
	flagHelp        = "help"
	flagVersion     = "version"
)

// A setting is the value of its flag, whose text is parsed later, together with the
// environment.
func (s *setting) String() string { return s.fallback }

// Set keeps what the flag was given.
func (s *setting) Set(text string) error {
	s.given = text
	return nil
}

// Type names the type for help.
func (s *setting) Type() string {
	if s.field.Kind() == reflect.Slice {
		return "list"
	}
	name := strings.ToLower(s.field.Type().String())
	return name[strings.LastIndex(name, ".")+1:]
}

// addFlags declares a flag for each setting, and one for each file that a secret
// can be read from.
func (b *bound) addFlags(flags *pflag.FlagSet) {
	flags.SortFlags = false
	for _, s := range b.settings {
		usage := s.help
		if s.env != "" {
			usage = strings.TrimSpace(usage + " [" + s.env + "]")
		}
		flag := flags.VarPF(s, s.flag, "", usage)
		if s.field.Kind() == reflect.Bool {
			flag.NoOptDefVal = "true"
		}
		if s.secret != "" && s.env != "" {
			flags.StringVar(&s.givenFile, s.flag+"-file", "", fmt.Sprintf("file with the value of %s [%s%s]", s.env, s.env, fileSuffix))
		}
	}
	flags.Bool(flagPrintConfig, false, "print the configuration, secrets redacted, and exit")
	flags.BoolP(flagHelp, "h", false, "print this help and exit")
	flags.BoolP(flagVersion, "v", false, "print the version and exit")
}

// admit takes out of the arguments what pflag would stop at, and names each, so
// that all else is read too. An unknown flag takes what follows it along, which
// would be its value.
func admit(flags *pflag.FlagSet, args []string, bad *problems) (admitted []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(admitted, args[i:]...)
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			admitted = append(admitted, arg)
			continue
		}
		name, text, valued := strings.Cut(arg, "=")
		flag := lookup(flags, name)
		next := !valued && i+1 < len(args)
		switch {
		case flag == nil:
			bad.add(unknownFlag(flags, name))
			if next && !strings.HasPrefix(args[i+1], "-") {
				i++
			}
		case valued && flag.Value.Set(text) != nil:
			bad.add(&Problem{Variable: name, Fault: "is malformed", Expected: "true or false"})
		case valued || flag.NoOptDefVal != "":
			admitted = append(admitted, arg)
		case next:
			i++
			admitted = append(admitted, arg, args[i])
		default:
			bad.add(&Problem{Variable: name, Fault: "has no value", Expected: name + "=value"})
		}
	}
	return admitted
}

// lookup finds a flag by its name with the dashes, or returns nil.
func lookup(flags *pflag.FlagSet, name string) *pflag.Flag {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return flags.Lookup(long)
	}
	if len(name) != len("-h") {
		return nil
	}
	return flags.ShorthandLookup(name[1:])
}

func unknownFlag(flags *pflag.FlagSet, name string) error {
	var known []string
	flags.VisitAll(func(flag *pflag.Flag) { known = append(known, flag.Name) })
	if meant := closest(strings.TrimLeft(name, "-"), known); meant != "" && strings.HasPrefix(name, "--") {
		return fmt.Errorf("unknown flag %s; did you mean --%s?", name, meant)
	}
	return fmt.Errorf("unknown flag %s", name)
}
