package cledit_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/cledit"
	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader"
)

func page(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// requireReadme holds the README's sample of a demo's end to what it ends with.
func requireReadme(t *testing.T, s report.Summary) {
	t.Helper()
	var out bytes.Buffer
	s.Write(&out)
	sample := 0
	for line := range strings.Lines(page(t, "../README.md")) {
		if strings.HasPrefix(line, "│") {
			sample++
			// The first line of a layer names it: the sample may begin elsewhere.
			assert.Contains(t, out.String(), strings.SplitN(line, "│", 3)[2])
		}
	}
	require.Greater(t, sample, 5)
	require.False(t, t.Failed(), "a demo ends with\n%s", out.String())
}

// rowsShown is how many rows of an answer a page shows at most.
const rowsShown = 3

// requireExamples runs the queries of the data model, as a reader, and the commands
// of the operations document that begin with "$ loader": each finds something, and
// what the pages show of that is what is found.
func requireExamples(t *testing.T, state cledit.State) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), state.DatabaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), "SET ROLE reader")
	require.NoError(t, err)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```\n\n((?:\\|[^\n]*\n)*)").FindAllStringSubmatch(page(t, "../docs/data-model.md"), -1)
	require.Greater(t, len(queries), 10)
	shown := 0
	for _, q := range queries {
		sql, want := q[1], q[2]
		if strings.Contains(sql, "-- not in the demonstration") {
			continue
		}
		got := answer(t, conn, sql)
		if want != "" {
			shown++
			assert.Equal(t, want, got, "%s\nanswers\n%s", sql, got)
		}
	}
	require.Greater(t, shown, 6)

	commands := regexp.MustCompile("(?s)```text\n\\$ loader ([^\n]*)\n(.*?)```").FindAllStringSubmatch(page(t, "../docs/operations/run.md"), -1)
	require.Greater(t, len(commands), 2)
	for _, c := range commands {
		var out, problems bytes.Buffer
		code := loader.App().Execute(t.Context(), strings.Fields(c[1]), []string{"DATABASE_URL=" + state.DatabaseURL},
			service.Streams{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems})
		require.Zero(t, code, "%s: %s", c[1], problems.String())
		for line := range strings.Lines(c[2]) {
			if line != "…\n" {
				assert.Contains(t, timeless(out.String()), timeless(line), "%s prints\n%s", c[1], out.String())
			}
		}
	}
	require.False(t, t.Failed())
}

// timeless is a text without what differs from run to run.
func timeless(text string) string {
	text = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`).ReplaceAllString(text, "TIME")
	return regexp.MustCompile(`payload +\d+`).ReplaceAllString(text, "payload N")
}

// answer is the first rows of a query as a table of a page.
func answer(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err, sql)
	defer rows.Close()
	var names, rule []string
	for _, field := range rows.FieldDescriptions() {
		names, rule = append(names, field.Name), append(rule, "---")
	}
	var out strings.Builder
	line := func(cells []string) { fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | ")) }
	line(names)
	line(rule)
	n := 0
	for rows.Next() {
		if n++; n > rowsShown {
			continue
		}
		values, err := rows.Values()
		require.NoError(t, err, sql)
		var cells []string
		for _, value := range values {
			cells = append(cells, cell(value))
		}
		line(cells)
	}
	require.NoError(t, rows.Err(), sql)
	require.Positive(t, n, "%s finds nothing in the demonstration", sql)
	return out.String()
}

func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case time.Time:
		return v.Format(time.DateOnly)
	case [16]byte:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case []any:
		var parts []string
		for _, part := range v {
			parts = append(parts, cell(part))
		}
		return strings.Join(parts, ", ")
	case interface{ MarshalJSON() ([]byte, error) }: // numbers of any size
		text, err := v.MarshalJSON()
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	return fmt.Sprint(value)
}
