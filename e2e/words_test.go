package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// retired are words that have made way for those of docs/glossary.md, in the senses that
// a pattern can tell.
var retired = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(tenures?|farewells?|gatekeepers?|keykeepers?|peek(s|ed)?|anew|whoever)\b`),
	regexp.MustCompile(`(?i)\b(tells?|telling) whether\b`),
	regexp.MustCompile(`(?i)\b(planner's|last|next|every|each|whole|two) (look|turn|peek)s?\b`),
	regexp.MustCompile(`(?i)\b(a|the) look at the (streams|catalogue|head|tables)\b`),
	regexp.MustCompile(`(?i)\blooks (end|fail)`),
	regexp.MustCompile(`\b(stands|stood) in (RAW|JOBS|DEAD|the (stream|table|log|bucket))\b`),
	regexp.MustCompile(`\b(cledit/house|loader/stage\b|worker\.Gate|policy\.(Room|Stage)|Strangers|RawEnd)\b`),
}

// written calls of Go with every file that people wrote, and its text.
func written(t *testing.T, visit func(path, text string)) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != ".." && strings.HasPrefix(name, ".") && name != ".github" || name == "testdata" || name == "migrations" {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".go", ".md", ".sql", ".yaml", ".yml", ".conf", ".sh", "":
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(text[:min(len(text), 200)]), "Code generated") || strings.ContainsRune(string(text), 0) {
			return err
		}
		files++
		visit(path, string(text))
		return nil
	}))
	require.Greater(t, files, 500)
}

func TestRetiredWordsDoNotComeBack(t *testing.T) {
	t.Parallel()
	written(t, func(path, text string) {
		switch path {
		case "../e2e/words_test.go":
			return
		case "../docs/glossary.md": // its history says what they are now
			text, _, _ = strings.Cut(text, "## History")
		}
		text = unwrapped(text)
		for _, word := range retired {
			require.Empty(t, word.FindString(text), "in %s; docs/glossary.md has the word in use", path)
		}
	})
}

var lineEnd = regexp.MustCompile(`\s*\n\s*(//|#|--|-|\*)?\s*`)

// unwrapped is text whose comments and paragraphs have no line ends: a phrase may stand
// across one.
func unwrapped(text string) string { return lineEnd.ReplaceAllString(text, " ") }

// names are the words with which a message may begin though they have a capital.
var names = regexp.MustCompile(`^(%|[A-Z]{2,}|[A-Z]+_[A-Z_]+|NATS|JetStream|Postgres|PostgreSQL|Prometheus|Grafana)`)

// What an operator reads begins with a small letter and ends without a stop, so that
// messages can be put together with colons.
func TestMessagesHaveOneForm(t *testing.T) {
	t.Parallel()
	messages := 0
	written(t, func(path, text string) {
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			function, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !isMessage(function) {
				return true
			}
			if literal, ok := call.Args[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				said, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				messages++
				requireForm(t, path, said)
			}
			return true
		})
	})
	require.Greater(t, messages, 500)
}

// isMessage reports whether a function takes an error's or a log line's text.
func isMessage(f *ast.SelectorExpr) bool {
	of, _ := f.X.(*ast.Ident)
	switch f.Sel.Name {
	case "Msg", "Msgf":
		return true
	case "New":
		return of != nil && of.Name == "errors"
	case "Errorf":
		return of != nil && of.Name == "fmt"
	}
	return false
}

func requireForm(t *testing.T, path, said string) {
	t.Helper()
	first := []rune(said + " ")[0]
	require.False(t, unicode.IsUpper(first) && !names.MatchString(said), "%s: %q begins with a capital", path, said)
	require.False(t, strings.HasSuffix(said, ".") || strings.HasSuffix(said, "!"), "%s: %q ends like a sentence", path, said)
	require.Equal(t, strings.TrimSpace(said), said, path)
	require.NotContains(t, said, "\t", path)
}
