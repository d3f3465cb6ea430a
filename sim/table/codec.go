package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// Errors of reading.
var (
	// ErrHeader: the first line doesn't name the columns that are expected.
	ErrHeader = errors.New("unexpected columns")
	// ErrColumns: a line has more or fewer columns than the header.
	ErrColumns = errors.New("wrong number of columns")
	// ErrEscape: a backslash is followed by nothing known.
	ErrEscape = errors.New("unknown escape")
	// ErrNumber: a number can't be read.
	ErrNumber = errors.New("not a number")
)

// write writes records under a header.
func write(w io.Writer, columns []string, records [][]string) error {
	out := bufio.NewWriter(w)
	lines := append([][]string{columns}, records...)
	for _, line := range lines {
		if _, err := out.WriteString(strings.Join(line, "\t") + "\n"); err != nil {
			return fmt.Errorf("writing a record: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing records: %w", err)
	}
	return nil
}

// Read gives each record's encoded columns to use.
func Read(text string, columns []string, use func([]string) error) error {
	header, rest, _ := strings.Cut(text, "\n")
	if header != strings.Join(columns, "\t") {
		return fmt.Errorf("%w: %q", ErrHeader, header)
	}
	for n := 2; rest != ""; n++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		fields := strings.Split(line, "\t")
		if len(fields) != len(columns) {
			return fmt.Errorf("line %d: %w: %d instead of %d", n, ErrColumns, len(fields), len(columns))
		}
		if err := use(fields); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

var escapes = map[rune]string{'\\': `\\`, '\t': `\t`, '\n': `\n`, '\r': `\r`, '|': `\p`, '~': `\w`}

// Escape encodes one value.
func Escape(s string) string {
	var b strings.Builder
	last := len(s) - 1
	for i, r := range s {
		special, known := escapes[r]
		switch {
		case known:
			b.WriteString(special)
		case r == ' ' && (i == 0 || i == last):
			b.WriteString(`\s`)
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%x;`, r)
		}
	}
	return b.String()
}

var unescapes = map[byte]string{'\\': `\`, 't': "\t", 'n': "\n", 'r': "\r", 'p': "|", 'w': "~", 's': " ", 'e': ""}

// Unescape decodes one value.
func Unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		text, skip, err := unescape(s[i:])
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		i += skip
	}
	return b.String(), nil
}

// unescape decodes what follows a backslash; skip is how much follows its letter.
func unescape(s string) (text string, skip int, err error) {
	if s == "" {
		return "", 0, fmt.Errorf("%w: a backslash at the end", ErrEscape)
	}
	if s[0] == 'u' {
		digits, _, _ := strings.Cut(s[1:], ";")
		r, err := strconv.ParseUint(digits, 16, 21)
		if err != nil || len(digits)+1 == len(s) {
			return "", 0, fmt.Errorf("%w: %q", ErrEscape, s[:len(digits)+1])
		}
		return string(rune(r)), len(digits) + 1, nil
	}
	text, known := unescapes[s[0]]
	if !known {
		return "", 0, fmt.Errorf("%w: %q", ErrEscape, s[:1])
	}
	return text, 0, nil
}

// list encodes items of parts.
func list(items [][]string) string {
	encoded := make([]string, len(items))
	for i, parts := range items {
		escaped := make([]string, len(parts))
		for j, p := range parts {
			escaped[j] = Escape(p)
		}
		encoded[i] = strings.TrimRight(strings.Join(escaped, "~"), "~")
	}
	if len(encoded) == 1 && encoded[0] == "" {
		return `\e`
	}
	return strings.Join(encoded, "|")
}

// names encodes a list of single values.
func names(values []string) string {
	items := make([][]string, len(values))
	for i, v := range values {
		items[i] = []string{v}
	}
	return list(items)
}

// reader reads the columns of one record; the first error stays.
type reader struct {
	fields []string
	err    error
}

func (r *reader) next() string {
	field := r.fields[0]
	r.fields = r.fields[1:]
	return field
}

func (r *reader) keep(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("column %d from the end: %w", len(r.fields)+1, err)
	}
}

func (r *reader) text() string {
	s, err := Unescape(r.next())
	r.keep(err)
	return s
}

func (r *reader) number() int {
	field := r.next()
	if field == "" {
		return 0
	}
	n, err := strconv.Atoi(field)
	if err != nil {
		r.keep(fmt.Errorf("%w: %q", ErrNumber, field))
	}
	return n
}

func (r *reader) float() float64 {
	field := r.next()
	if field == "" {
		return 0
	}
	f, err := strconv.ParseFloat(field, 64)
	if err != nil {
		r.keep(fmt.Errorf("%w: %q", ErrNumber, field))
	}
	return f
}

// list reads items of width parts.
func (r *reader) list(width int) [][]string {
	field := r.next()
	if field == "" {
		return nil
	}
	var items [][]string
	for item := range strings.SplitSeq(field, "|") {
		parts := make([]string, width)
		for i, p := range strings.SplitN(item, "~", width) {
			text, err := Unescape(p)
			r.keep(err)
			parts[i] = text
		}
		items = append(items, parts)
	}
	return items
}

func (r *reader) names() []string {
	var values []string
	for _, item := range r.list(1) {
		values = append(values, item[0])
	}
	return values
}

// number and decimal encode numbers; nothing stands for zero.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func decimal(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
