package decode

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/cledit/pipeline/pkg/messages"
)

// shapes say what the answers of each kind look like, a file for each: a line
// names a field and the types that its value may have, the fields of an object,
// or of the objects of an array, stand indented below it. A question mark marks a
// field that may be missing; "any" is not looked into.
//
//go:embed shapes/*.txt
var shapes embed.FS

// types is a set of the types of JSON.
type types byte

const (
	stringType types = 1 << iota
	numberType
	booleanType
	nullType
	objectType
	arrayType

	anyType = stringType | numberType | booleanType | nullType | objectType | arrayType
)

var typeNames = map[string]types{
	"string": stringType, "number": numberType, "boolean": booleanType, "null": nullType,
	"object": objectType, "array": arrayType, "any": anyType,
}

// shape is what a value is expected to be.
type shape struct {
	types    types
	fields   []field        // of an object, in their usual order; nil: not looked into
	index    map[string]int // of fields, by name
	required uint64         // the bits of the fields that may not be missing
	element  *shape         // of an array; nil: not looked into
}

type field struct {
	name string
	shape
}

// opaque reports a value that is not looked into.
func (s *shape) opaque() bool { return s.fields == nil && s.element == nil }

var expected = sync.OnceValue(func() map[messages.Source]map[messages.Kind]*shape {
	files, err := shapes.ReadDir("shapes")
	if err != nil { // embedded
		panic(err)
	}
	all := map[messages.Source]map[messages.Kind]*shape{messages.KOBIS: {}, messages.TMDB: {}}
	for _, file := range files {
		text, err := shapes.ReadFile("shapes/" + file.Name())
		if err != nil {
			panic(err)
		}
		source, kind, _ := strings.Cut(strings.TrimSuffix(file.Name(), ".txt"), ".")
		lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		root := &shape{types: objectType}
		if err := root.parse(lines, 0); err != nil {
			panic(fmt.Sprintf("%s: %v", file.Name(), err))
		}
		all[messages.Source(source)][messages.Kind(kind)] = root
	}
	return all
})

const (
	indent     = "  "
	mostFields = 64 // the bits of a set
)

// parse reads the fields of an object from lines of the given depth and deeper.
func (s *shape) parse(lines []string, depth int) error {
	s.index = make(map[string]int)
	for len(lines) > 0 {
		line, isField := strings.CutPrefix(lines[0], strings.Repeat(indent, depth))
		if !isField || strings.HasPrefix(line, " ") {
			return fmt.Errorf("%q is indented wrongly", lines[0])
		}
		below := 1
		for below < len(lines) && strings.HasPrefix(lines[below], strings.Repeat(indent, depth+1)) {
			below++
		}
		if err := s.add(line, lines[1:below], depth+1); err != nil {
			return err
		}
		lines = lines[below:]
	}
	if len(s.fields) > mostFields {
		return fmt.Errorf("%d fields, at most %d are supported", len(s.fields), mostFields)
	}
	return nil
}

func (s *shape) add(line string, below []string, depth int) error {
	words := strings.Fields(line)
	name, optional := strings.CutSuffix(words[0], "?")
	f := field{name: name}
	for i, word := range words[1:] {
		switch known, ok := typeNames[word]; {
		case word == "of":
			f.element = &shape{types: typeNames[words[i+2]]}
		case f.element != nil:
		case !ok:
			return fmt.Errorf("%q: %q is not a type", line, word)
		default:
			f.types |= known
		}
	}
	if len(below) > 0 {
		object := shape{types: objectType}
		if err := object.parse(below, depth); err != nil {
			return err
		}
		if f.types&arrayType != 0 {
			f.element = &object
		} else {
			f.fields, f.index, f.required = object.fields, object.index, object.required
		}
	}
	s.index[name] = len(s.fields)
	if !optional {
		s.required |= 1 << len(s.fields)
	}
	s.fields = append(s.fields, f)
	return nil
}
