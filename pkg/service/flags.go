package service

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cledit/pipeline/pkg/redact"
)

// Flags that every command has.
const (
	flagPrintConfig = "print-config"
	flagHelp        = "help"
	flagVersion     = "version"
)

// rawFlag is a flag whose text is parsed later, together with the environment.
type rawFlag struct {
	text string
	kind string
}

func (f *rawFlag) String() string { return f.text }
func (f *rawFlag) Type() string   { return f.kind }

func (f *rawFlag) Set(text string) error {
	f.text = text
	return nil
}

// addFlags declares a flag for each variable, and one for each file that a
// secret can be read from.
func addFlags(flags *pflag.FlagSet, vars []variable) {
	for _, v := range vars {
		addFlag(flags, v)
		if v.secret != "" && v.env != "" {
			addFlag(flags, v.fromFile())
		}
	}
	flags.Bool(flagPrintConfig, false, "print the configuration, secrets redacted, and exit")
	flags.BoolP(flagHelp, "h", false, "print this help and exit")
	flags.BoolP(flagVersion, "v", false, "print the version and exit")
}

func addFlag(flags *pflag.FlagSet, v variable) {
	usage := v.help
	if v.env != "" {
		usage = strings.TrimSpace(usage + " [" + v.env + "]")
	}
	flag := flags.VarPF(&rawFlag{text: v.fallback, kind: typeName(v)}, v.flag, "", usage)
	if v.isBool() {
		flag.NoOptDefVal = "true"
	}
}

func typeName(v variable) string {
	switch {
	case v.isBool():
		return "bool"
	case v.isList():
		return "list"
	}
	name := strings.ToLower(v.kind.String())
	return name[strings.LastIndexAny(name, ".*")+1:]
}

// parseFlags reads the arguments to their end, whatever is wrong with some, so
// that every unknown flag is named. It returns the texts of the flags given and
// the arguments that are none.
func parseFlags(flags *pflag.FlagSet, args []string, bad *problems) (map[string]string, []string) {
	args = slices.Clone(args)
	for {
		err := flags.Parse(args)
		if err == nil {
			break
		}
		rest, problem := withoutFault(flags, args, err)
		if problem.Variable != "" {
			bad.add(problem)
		}
		if len(rest) == len(args) {
			bad.addPlain(errors.New(redact.Process.String(err.Error())))
			break
		}
		args = rest
	}
	given := make(map[string]string)
	flags.Visit(func(flag *pflag.Flag) { given[flag.Name] = flag.Value.String() })
	return given, flags.Args()
}

// withoutFault takes the argument that the parser stumbled over out of the list,
// and names the problem. An unknown flag takes the argument behind it along,
// which would be its value.
func withoutFault(flags *pflag.FlagSet, args []string, err error) ([]string, *Problem) {
	var unknown *pflag.NotExistError
	var syntax *pflag.InvalidSyntaxError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return withoutUnknown(flags, args, unknown)
	case errors.As(err, &valueless):
		name := "--" + valueless.GetSpecifiedName()
		return args[:len(args)-1], &Problem{Variable: name, Fault: "has no value", Expected: name + "=value"}
	case errors.As(err, &invalid):
		name := "--" + invalid.GetFlag().Name
		return without(args, name, false), &Problem{Variable: name, Fault: "is malformed", Expected: "true or false"}
	case errors.As(err, &syntax):
		name := syntax.GetSpecifiedFlag()
		text, _, _ := strings.Cut(name, "=")
		return without(args, name, false), &Problem{Variable: text, Fault: "is no flag"}
	}
	return args, &Problem{}
}

func withoutUnknown(flags *pflag.FlagSet, args []string, unknown *pflag.NotExistError) ([]string, *Problem) {
	if group := unknown.GetSpecifiedShortnames(); group != "" {
		return without(args, "-"+group, true), &Problem{Variable: "-" + unknown.GetSpecifiedName(), Fault: "is no flag"}
	}
	name := unknown.GetSpecifiedName()
	problem := &Problem{Variable: "--" + name, Fault: "is no flag"}
	var known []string
	flags.VisitAll(func(flag *pflag.Flag) { known = append(known, flag.Name) })
	if meant := closest(name, known); meant != "" {
		problem.Remedy = "did you mean --" + meant + "?"
	}
	return without(args, "--"+name, true), problem
}

// without drops the first argument that is the flag, with or without a value
// after an equals sign; takesNext also drops a value that stands behind it.
func without(args []string, flag string, takesNext bool) []string {
	i := slices.IndexFunc(args, func(arg string) bool {
		return arg == flag || strings.HasPrefix(arg, flag+"=")
	})
	if i < 0 {
		return args
	}
	end := i + 1
	if takesNext && args[i] == flag && end < len(args) && !strings.HasPrefix(args[end], "-") {
		end++
	}
	return slices.Delete(slices.Clone(args), i, end)
}
