package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]+)?\)`)

// Pages move and headings are renamed; who follows a link finds what it promises.
func TestLinksOfTheDocsLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages := []string{"../README.md", "../CONTRIBUTING.md", "../SECURITY.md", "../CHANGELOG.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/*/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	links := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			target := filepath.Join(filepath.Dir(page), m[1])
			_, err := os.Stat(target)
			require.NoError(t, err, "in %s", page)
			if m[2] != "" {
				require.Contains(t, anchors(t, target), m[2], "in %s: %s", page, m[0])
			}
		}
	}
	require.Greater(t, links, 100)
}

var (
	testNamed   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`)
	testWritten = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Z]\w+)\(`)
)

// Tests are renamed; what a page says that one holds is held by one.
func TestTestsThatTheDocsNameAreThere(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	require.NoError(t, filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testWritten.FindAllStringSubmatch(string(text), -1) {
			written[m[1]] = true
		}
		return err
	}))
	named := 0
	for _, pattern := range []string{"../docs/*.md", "../docs/*/*.md"} {
		pages, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, page := range pages {
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			for _, name := range testNamed.FindAllString(string(text), -1) {
				named++
				require.True(t, written[name], "%s names %s", page, name)
			}
		}
	}
	require.Greater(t, named, 50)
}

// anchors gives the anchors of a page's headings, as a forge makes them.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	var all []string
	for line := range strings.Lines(string(text)) {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		heading = strings.ToLower(strings.TrimSpace(heading))
		heading = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(heading, "")
		all = append(all, "#"+strings.ReplaceAll(heading, " ", "-"))
	}
	return all
}

func TestDecisionsHaveOneForm(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile("../docs/adr/README.md")
	require.NoError(t, err)
	decisions, err := filepath.Glob("../docs/adr/0*.md")
	require.NoError(t, err)
	require.NotEmpty(t, decisions)
	sections := regexp.MustCompile(`(?m)^## .*$`)
	for _, path := range decisions {
		name := filepath.Base(path)
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		text := string(raw)
		require.Regexp(t, `^# `+name[:4]+`\. .*[^.]\n\nDate: \d{4}-\d\d-\d\d\. Status: (accepted|replaced by \[\d{4}\]\(.*\))\.\n`, text, name)
		require.Equal(t, []string{"## Context", "## Decision", "## Alternatives", "## Consequences"}, sections.FindAllString(text, -1), name)
		title, _, _ := strings.Cut(strings.TrimPrefix(text, "# "+name[:4]+". "), "\n")
		require.Contains(t, string(index), fmt.Sprintf("| [%s](%s) | ", name[:4], name), "the index misses %q", title)
	}
}
