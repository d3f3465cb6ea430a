package console

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/console/lang"
)

var (
	links  = regexp.MustCompile(`(?:href|action|src|hx-sse:connect)="([^"]*)"`)
	unmade = regexp.MustCompile(`\{\d[}:]|%!|ZgotmplZ`)
	tags   = regexp.MustCompile(`<[a-zA-Z][^>]*>`)
	inline = regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|javascript:`)
)

// requireQuiet holds that nothing on a page would be stopped by the policy of contents,
// which shows in no browser here, and that no text of a source became a part of it.
func requireQuiet(t *testing.T, path, text string) {
	t.Helper()
	require.NotRegexp(t, unmade, text, path)
	for _, tag := range tags.FindAllString(text, -1) {
		require.NotRegexp(t, inline, tag, path)
		switch name := strings.ToLower(strings.Trim(strings.Fields(tag)[0], "<>")); name {
		case "script":
			require.Contains(t, tag, ` src="/static/`, path)
		case "b", "i", "img", "iframe", "object", "style":
			require.Fail(t, "a text became markup", "%s: %s", path, tag)
		}
	}
}

// Every page is reached from the first one by links alone, in both languages, and shows
// texts of sources as texts.
func TestEveryLinkLeadsToAPage(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	for _, code := range lang.Codes {
		t.Run(code, func(t *testing.T) {
			seen := map[string]string{}
			for queue := []string{"/", "/search?q=기생충", "/item/kobis.movie-detail.20190324?payload=2"}; len(queue) > 0; queue = queue[1:] {
				path := queue[0]
				if _, ok := seen[path]; ok {
					continue
				}
				status, text := w.get(t, withLanguage(t, path, code))
				seen[path] = text
				require.Equal(t, http.StatusOK, status, "%s: %s", path, text)
				if strings.HasPrefix(path, "/static/") {
					continue
				}
				require.Contains(t, text, `<html lang="`+code+`"`, path)
				requireQuiet(t, path, text)
				for _, found := range links.FindAllStringSubmatch(text, -1) {
					if next := follow(t, path, html.UnescapeString(found[1])); next != "" {
						queue = append(queue, next)
					}
				}
			}
			for _, v := range views {
				require.True(t, slices.ContainsFunc(keys(seen), func(path string) bool { return serves(v.pattern, path) }), "%s is not reached: %v", v.pattern, keys(seen))
			}
		})
	}
}

func keys(m map[string]string) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func serves(pattern, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	pattern = strings.TrimPrefix(pattern, "GET ")
	before, _, variable := strings.Cut(pattern, "{")
	if variable && !strings.HasSuffix(pattern, "{$}") {
		return strings.HasPrefix(path, before)
	}
	return path == before
}

// follow is the address of a link on a page, "" for those of other sites, of places of
// the same page, and of streams that have no end.
func follow(t *testing.T, from, link string) string {
	t.Helper()
	base, err := url.Parse(from)
	require.NoError(t, err)
	next, err := base.Parse(link)
	require.NoError(t, err, link)
	next.Fragment = ""
	query := next.Query()
	query.Del("lang")
	next.RawQuery = query.Encode()
	if next.Host != "" || next.Path == "/events" || next.Path == "/preferences" {
		return ""
	}
	return next.String()
}

func withLanguage(t *testing.T, path, code string) string {
	t.Helper()
	u, err := url.Parse(path)
	require.NoError(t, err)
	query := u.Query()
	query.Set("lang", code)
	u.RawQuery = query.Encode()
	return u.String()
}

// What a page tells is what the tables have.
func TestPagesTellWhatIsThere(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	for path, wants := range map[string][]string{
		"/": {
			"60 calls are kept for today&#39;s work; 2,290 calls wait until midnight.", "1 call is out, 41 more are due.", "1,240 calls left today", "in 12 h 0 min",
			"On time", "landed 10:04", "Waiting", "until 12-01 00:00", "overdue by 2 h 0 min", "KOBIS: 1 key is refused", "1 dead letter is open",
			"1 title can&#39;t be derived", "1 match is in review", `href="/matches?status=review"`, `hx-sse:connect="/events?lang=en"`,
		},
		"/?live=off":        {"Move again"},
		"/plan?keys=2":      {"2,291 calls to KOBIS known to be due: 1 day.", "details never read", "made-2024", "<polyline", "2026-12-03 14:00", "heat-9"},
		"/problems":         {"unknown shape &lt;b&gt;", "genres.id", "value too long: &#34;&lt;script&gt;&#34;"},
		"/problems?all=1":   {"kobis.movie-detail.20190324", "kobis.movie-detail.20990001"},
		"/runs?run=daily-":  {"daily-2026-11-30", "2026-11-29"},
		"/streams":          {"JOBS/fetcher-tmdb", "RAW/loader", "DEAD/planner", "1.0 GiB"},
		"/keys":             {"No fetcher has registered a key yet."},
		"/title/20190324":   {"기생충", "Parasite", "131", "kobis.movie-detail.20190324", "tmdb.movie-detail.496243", "one by name", "기택", "특별출연", "the &lt;i&gt;same&lt;/i&gt; director", "&lt;b&gt;굵게&lt;/b&gt;"},
		"/title/tt6751668":  {"기생충"},
		"/search?q=93405":   {"Nothing."},
		"/search?q=오징":      {"오징어 게임", "Squid Game"},
		"/search?q=봉":       {"봉준호"},
		"/person/21684":     {"봉준호", "기생충", "director"},
		"/titles?kind=film": {"Nothing."},
		"/item/kobis.movie-detail.20190324?payload=2": {"&#34;132&#34;", "removed", "not a number", "due later", "died", "resolved", "marked to be derived"},
		"/dictionary?table=production.titles":         {"uuid", "UUIDv5 of the source identity"},
		"/calls?stage=detail-back":                    {"kobis.movie-detail.20990001", "kobis.movie-detail.20990003"},
		"/titles?kind=movie&year=2099&lacks=director": {"&lt;script&gt;alert(&#34;title&#34;)&lt;/script&gt;"},
		"/titles?kind=movie&year=2019&lacks=director": {"Nothing."},
		"/title/5bb3a5a0-0000-5000-8000-000000000002": {"In review", "&lt;svg onload=alert(1)&gt;"},
		"/title/fbb3a5a0-0000-5000-8000-000000000004": {strings.Repeat("긴", mostShown) + "…"},
	} {
		status, text := w.get(t, withLanguage(t, path, lang.English))
		require.Equal(t, http.StatusOK, status, "%s: %s", path, text)
		for _, want := range wants {
			require.Contains(t, text, want, path)
		}
		require.Less(t, len(text), 400_000, "%s is too long", path)
	}
	require.Eventually(t, func() bool {
		_, text := w.get(t, "/coverage?lang=en")
		return strings.Contains(text, `href="/titles?kind=movie&amp;year=2099&amp;lacks=director">0 %</a>`)
	}, time.Minute, 10*time.Millisecond, "coverage is never counted")
	for path, status := range map[string]int{
		"/nothing": 404, "/title/1": 404, "/title/00000000-0000-0000-0000-000000000000": 404, "/person/x": 404, "/item/x": 404, "/dictionary?table=pg_catalog.pg_authid": 404,
		"/dictionary?table=pg_authid": 404, "/titles?before=soon": 400, "/titles?kind=movie&year=2019&lacks=all": 400, "/calls?stage=x&rank=y": 400, "/item/kobis.movie-detail.20190324?payload=9": 404,
	} {
		got, text := w.get(t, path)
		require.Equal(t, status, got, "%s: %s", path, text)
	}
}

// The first page moves while it is watched, for each in its language.
func TestTheFirstPageMoves(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	resp := w.do(t, http.MethodGet, "/events?lang=ko", "", nil)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	var seen strings.Builder
	read := func(text string) {
		t.Helper()
		for buffer := make([]byte, 4096); !strings.Contains(seen.String(), text); {
			n, err := resp.Body.Read(buffer)
			require.NoError(t, err)
			seen.Write(buffer[:n])
		}
	}
	read("호출 1건이 나가 있고 41건이 더 남았습니다.")
	_, err := w.owner.Exec(t.Context(), `UPDATE ops.status SET body = jsonb_set(body, '{sources,1,why,calls}', '7')`)
	require.NoError(t, err)
	read("호출 1건이 나가 있고 7건이 더 남았습니다.")
	for line := range strings.Lines(seen.String()) {
		require.Regexp(t, `^(data: |: |\n)`, line, "a line that is no event")
	}
}

// Without a status, or with an old one, nobody leads, and the page says so.
func TestNobodyLeads(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	_, err := w.owner.Exec(t.Context(), `UPDATE ops.status SET at = '2026-11-30 01:12Z'`)
	require.NoError(t, err)
	_, text := w.get(t, "/?lang=ko")
	require.Contains(t, text, "10:12부터 이끄는 플래너가 없습니다.")
	_, err = w.owner.Exec(t.Context(), `DELETE FROM ops.status`)
	require.NoError(t, err)
	_, text = w.get(t, "/?lang=en")
	require.Contains(t, text, "No planner has led yet.")
}

// An address that no database can be asked for is refused as what it is: the database
// is well.
func TestAddressesOfNoTextAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	for _, path := range []string{"/title/%00", "/title/%ff", "/item/%ff", "/calls?stage=%00", "/calls?source=%ff", "/problems?reason=%00", "/search?%ff=1"} {
		status, text := w.get(t, path)
		require.Equal(t, http.StatusBadRequest, status, path)
		require.NotContains(t, text, "SQLSTATE", path)
	}
}
