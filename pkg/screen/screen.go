// Package screen lays out what commands show a person: within the width of the
// terminal, or within 80 columns where the output is none. Nothing fails: a table
// that has no room for its columns grows past the edge.
package screen

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// Columns is the width of what is not a terminal.
const Columns = 80

const (
	// leastWidth is what a column of a table has that needs more than there is.
	leastWidth = 12
	// around is what the lines of a table take of each column, beside one at the end.
	around = 3
)

func init() {
	// Lines of a table are one column wide, whatever the language of the terminal.
	text.OverrideRuneWidthEastAsianWidth(false)
}

// Terminal reports whether the stream is one.
func Terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Width is how many columns a line may have.
func Width(out io.Writer) int {
	if file, ok := out.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return Columns
}

// Fold breaks each line of a text between words.
func Fold(lines string, width int) string {
	var folded []string
	for line := range strings.SplitSeq(lines, "\n") {
		for part := range strings.SplitSeq(text.WrapSoft(line, width), "\n") {
			folded = append(folded, strings.TrimRight(part, " "))
		}
	}
	return strings.Join(folded, "\n")
}

// Table is a table that breaks long cells where it would be too wide. Its rows are
// added with Add.
type Table struct {
	table.Writer
	width   int
	columns []table.ColumnConfig
	needs   []int // columns
	whole   map[int]bool
}

// NewTable makes a table within a width; an empty title is none.
func NewTable(width int, title string, header ...any) *Table {
	t := &Table{
		Writer: table.NewWriter(), width: width,
		columns: make([]table.ColumnConfig, len(header)), needs: make([]int, len(header)), whole: map[int]bool{},
	}
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header, t.Style().Format.Footer = text.FormatDefault, text.FormatDefault
	t.SetTitle(title)
	for i := range t.columns {
		t.columns[i] = table.ColumnConfig{Number: i + 1}
	}
	t.AppendHeader(t.measured(header))
	return t
}

// Add adds a row.
func (t *Table) Add(cells ...any) {
	t.AppendRow(t.measured(cells))
}

// AddFooter adds the last row.
func (t *Table) AddFooter(cells ...any) {
	t.AppendFooter(t.measured(cells))
}

// Right sets columns, counted from 1, to the right.
func (t *Table) Right(numbers ...int) *Table {
	for _, number := range numbers {
		t.columns[number-1].Align = text.AlignRight
	}
	return t
}

// Whole keeps the cells of columns, counted from 1, in one piece: names that are
// copied.
func (t *Table) Whole(numbers ...int) *Table {
	for _, number := range numbers {
		t.whole[number-1] = true
	}
	return t
}

// Merge shows equal cells of a column, counted from 1, once.
func (t *Table) Merge(number int) *Table {
	t.columns[number-1].AutoMerge = true
	return t
}

// measured are the cells as they are shown.
func (t *Table) measured(cells []any) []any {
	shown := make([]any, 0, len(cells))
	for i, cell := range cells {
		if s, ok := cell.(string); ok {
			cell = harmless(s)
		}
		shown = append(shown, cell)
		if i < len(t.needs) {
			t.needs[i] = max(t.needs[i], text.LongestLineLen(fmt.Sprint(cell)))
		}
	}
	return shown
}

// Render lays the table out.
func (t *Table) Render() string {
	for i, width := range share(t.needs, t.whole, t.width-around*len(t.needs)-1) {
		t.columns[i].WidthMax, t.columns[i].WidthMaxEnforcer = width, text.WrapSoft
	}
	t.SetColumnConfigs(t.columns)
	return t.Writer.Render()
}

// share parts a width among columns by what each needs: who needs no more than a
// fair part gets that, and the others what is left, by what they lack.
func share(needs []int, whole map[int]bool, width int) []int {
	shares := make([]int, len(needs))
	left := len(needs)
	for i := range whole {
		shares[i] = max(1, needs[i])
		width, left = width-shares[i], left-1
	}
	for again := true; again && left > 0; {
		again = false
		fair := width / left
		for i, need := range needs {
			if shares[i] == 0 && need <= fair {
				shares[i] = max(1, need)
				width, left, again = width-shares[i], left-1, true
			}
		}
	}
	lack := 0
	for i, need := range needs {
		if shares[i] == 0 {
			width -= leastWidth
			lack += max(1, need-leastWidth)
		}
	}
	for i, need := range needs {
		if shares[i] == 0 {
			shares[i] = leastWidth + max(0, width)*max(1, need-leastWidth)/lack
			shares[i] -= shares[i] % 2 // Hangul is two columns wide, and is not cut in half
		}
	}
	return shares
}

// harmless is a text without what steers a terminal, or turns the direction of what
// stands behind it.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
