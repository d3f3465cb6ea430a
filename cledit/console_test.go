package cledit_test

import (
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the console's pages in testdata/console again; look at them before they are kept")

var (
	atConsole = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	mainPart  = regexp.MustCompile(`(?s)<main .*</main>`)
	// What differs from run to run: times, and the names of payloads.
	timely = regexp.MustCompile(`<time [^>]*>[^<]*</time>`)
)

// requirePages holds the pages of the console that tell of a demonstration's facts to
// those that somebody has looked at, and every other page to being one.
func requirePages(t *testing.T, console string) {
	t.Helper()
	const hunt, leeJungJae = "/title/20211792", "/person/d446f502-d80a-57dc-94df-bd96d0859239"
	for name, path := range map[string]string{"title": hunt, "person": leeJungJae, "search": "/search?q=%E3%85%8E%E3%85%8C"} {
		for _, code := range []string{"ko", "en"} {
			got := mainPart.FindString(timely.ReplaceAllString(pageOf(t, console+path, code), "<time/>"))
			file := filepath.Join("testdata", "console", name+"."+code+".html")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(got+"\n"), 0o644))
			}
			require.Equal(t, page(t, file), got+"\n", "%s: go test ./cledit -run Demo -update writes it again", file)
		}
	}
	for _, path := range []string{"/", "/plan", "/keys", "/runs", "/problems", "/streams", "/coverage", "/dictionary", "/titles", "/matches?status=matched"} {
		pageOf(t, console+path, "ko")
	}
}

func pageOf(t *testing.T, address, code string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Accept-Language", code)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s: %s", address, text)
	return string(text)
}
