//go:build browser

package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/console/lang"
)

// Of `make test-console`: CONSOLE_ALL looks at each page in every language, theme and
// width, CONSOLE_SCREENSHOTS keeps pictures in a folder, CHROMIUM is the browser.
var (
	everything  = os.Getenv("CONSOLE_ALL") != ""
	screenshots = os.Getenv("CONSOLE_SCREENSHOTS")
	chromium    = os.Getenv("CHROMIUM")
)

// tab is a tab of a browser, and what went wrong in it.
type tab struct {
	context.Context

	mu    sync.Mutex
	wrong []string
}

func (b *tab) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

// requireWell holds that nothing went wrong since the last time.
func (b *tab) requireWell(t *testing.T, where string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(t, b.wrong, where)
}

var browser = sync.OnceValue(func() context.Context {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("no-proxy-server", true))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	if chromium != "" {
		options = append(options, chromedp.ExecPath(chromium))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator) // ends with what stop ends
	closeShared = func() {
		if err := chromedp.Cancel(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "closing Chromium:", err)
		}
		stop()
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		panic("starting Chromium (scripts/setup console installs it): " + err.Error())
	}
	return ctx
})

// newTab opens a tab. What the policy of contents stops, what a script throws, a dialog
// and a request to another server are noted as wrong.
func newTab(t *testing.T, own string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser())
	t.Cleanup(cancel)
	ctx, timeout := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(timeout)
	b := &tab{Context: ctx}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	require.NoError(t, chromedp.Listen(ctx, func(event any) { b.hear(event, own) }))
	call(t, b, cdplog.Enable, cdp.Empty{})
	call(t, b, network.Enable, network.EnableParams{})
	return b
}

// hear notes what is wrong.
func (b *tab) hear(event any, own string) {
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError && !strings.Contains(e.Entry.Text, "404 (Not Found)") {
			b.note("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.note("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *cdppage.EventJavascriptDialogOpening:
		b.note("a dialog: %s", e.Message)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, own) && !strings.HasPrefix(e.Request.URL, "about:") {
			b.note("a request to %s", e.Request.URL)
		}
	}
}

func call[P, R any](t *testing.T, b *tab, command cdp.Command[P, R], params P) {
	t.Helper()
	_, err := chromedp.Call(b, command, params)
	require.NoError(t, err)
}

func (b *tab) run(t *testing.T, where string, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(b, actions...), where)
}

// follow does what leads to another page, and waits until that is there whole: until then
// what is looked for may still be the page before.
func (b *tab) follow(t *testing.T, where string, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	answer, err := chromedp.RunResponse(b, actions...)
	require.NoError(t, err, where)
	require.EqualValues(t, http.StatusOK, answer.Status, where)
}

// eval is what an expression is on the page.
func eval[T any](t *testing.T, b *tab, expression string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	value, err := chromedp.Run(b, chromedp.Evaluate[T](expression, options...))
	require.NoError(t, err, expression[:min(len(expression), mostShown)])
	return value
}

func visible(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// look is how a page is looked at.
type look struct {
	language, theme string
	width           int64
}

func (l look) String() string { return fmt.Sprintf("%s-%s-%d", l.language, l.theme, l.width) }

func looks() (all []look) {
	for _, width := range []int64{360, 1440} {
		for _, theme := range []string{"light", "dark"} {
			for _, language := range lang.Codes {
				all = append(all, look{language, theme, width})
			}
		}
	}
	return all
}

// shown are the pages that are looked at.
var shown = map[string]string{
	"now": "/", "plan": "/plan?keys=2", "keys": "/keys", "runs": "/runs", "problems": "/problems?all=1", "streams": "/streams", "coverage": "/coverage",
	"dictionary": "/dictionary", "table": "/dictionary?table=production.titles", "search": "/search?q=기생", "titles": "/titles", "calls": "/calls?stage=detail-back",
	"marks": "/marks", "matches": "/matches", "title": "/title/0bb3a5a0-0000-5000-8000-000000000001", "hostile": "/title/fbb3a5a0-0000-5000-8000-000000000004",
	"script": "/title/5bb3a5a0-0000-5000-8000-000000000002", "person": "/person/1aa3a5a0-0000-5000-8000-000000000001",
	"item": "/item/kobis.movie-detail.20190324?payload=2", "missing": "/nothing",
}

// finding is what axe-core finds.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag22aa"]}).then(r => JSON.stringify(r.violations))`

// Every page can be read by everybody: no finding of axe-core's, nothing that the policy
// of contents stops, nothing wider than the window.
func TestEveryPageInABrowser(t *testing.T) {
	w := start(t, nil)
	require.Eventually(t, func() bool { _, text := w.get(t, "/coverage"); return strings.Contains(text, "lacks=director") }, time.Minute, 10*time.Millisecond)
	axe, err := os.ReadFile("testdata/axe-core-4.14.1.min.js")
	require.NoError(t, err)
	all := looks()
	for i, name := range keys(shown) {
		ways := all[i%len(all) : i%len(all)+1]
		if everything {
			ways = all
		}
		for _, way := range ways {
			t.Run(name+"/"+way.String(), func(t *testing.T) {
				b := newTab(t, w.url)
				b.see(t, way)
				b.run(t, name, chromedp.Navigate(w.url+withLanguage(t, shown[name], way.language)), visible("main"))
				eval[bool](t, b, string(axe)+"; true")
				found := eval[string](t, b, axeRun, chromedp.EvalAwaitPromise)
				wide := eval[bool](t, b, `document.documentElement.scrollWidth > document.documentElement.clientWidth`)
				keep(t, b, name+"-"+way.String())
				var findings []finding
				require.NoError(t, json.Unmarshal([]byte(found), &findings))
				require.Empty(t, findings)
				require.False(t, wide, "it is wider than the window")
				b.requireWell(t, name)
			})
		}
	}
}

// see sets the window's width and what the browser prefers.
func (b *tab) see(t *testing.T, way look) {
	t.Helper()
	call(t, b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: way.width, Height: 900, DeviceScaleFactor: 1})
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: way.theme}},
	})
}

func keep(t *testing.T, b *tab, name string) {
	t.Helper()
	if screenshots == "" {
		return
	}
	picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(screenshots, name+".png"), picture, 0o600))
}

// The first page moves while it is looked at, and stands still when that is asked for.
func TestTheFirstPageMovesInABrowser(t *testing.T) {
	w := start(t, nil)
	b := newTab(t, w.url)
	b.run(t, "now", chromedp.Navigate(w.url+"/?lang=en"), visible("#live .sentence"), chromedp.Focus(chromedp.CSS("#live .flow a")))
	_, err := w.owner.Exec(t.Context(), `UPDATE ops.status SET body = jsonb_set(body, '{sources,1,why,calls}', '7')`)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(eval[string](t, b, `document.querySelector("#live").textContent`), "7 more are due")
	}, time.Minute, 50*time.Millisecond, "it never moves")
	require.Equal(t, "A", eval[string](t, b, `document.activeElement.tagName`), "the focus is lost when the page moves")
	b.requireWell(t, "now")
	b.follow(t, "standing still", click(`a[href="/?live=off"]`))
	b.run(t, "standing still", visible(`main p a[href="/"]`))
	require.False(t, eval[bool](t, b, `document.querySelector("script") !== null`))
}

// All of it can be done by keyboard: the first stop leads past the head, every link and
// field is a stop, and each shows that it is.
func TestAWalkByKeyboard(t *testing.T) {
	w := start(t, nil)
	b := newTab(t, w.url)
	const stop = `(() => { const e = document.activeElement, s = getComputedStyle(e); e.dataset.seen = 1;
		return JSON.stringify({name: (e.textContent || e.name || "").trim(), href: e.getAttribute("href") || "", ring: s.outlineStyle}) })()`
	var here struct{ Name, Href, Ring string }
	const unseen = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")].filter(e => !e.dataset.seen).map(e => e.outerHTML).join("\n")`
	b.run(t, "title", chromedp.Navigate(w.url+"/title/20190324?lang=en"), visible("main"))
	for i := range 200 {
		b.run(t, "tab", chromedp.KeyEvent(kb.Tab))
		require.NoError(t, json.Unmarshal([]byte(eval[string](t, b, stop)), &here))
		if i == 0 {
			require.Equal(t, "#main", here.Href)
		}
		require.NotEqual(t, "none", here.Ring, "%s shows no focus", here.Name)
		if eval[string](t, b, unseen) == "" {
			break
		}
	}
	require.Empty(t, eval[string](t, b, unseen))
	b.run(t, "search", chromedp.Navigate(w.url+"/?live=off"), visible("#q"))
	b.follow(t, "search", chromedp.SendKeys(chromedp.CSS("#q"), "봉준"+kb.Enter))
	b.run(t, "search", visible(`a[href^="/person/"]`))
	b.requireWell(t, "keyboard")
}

// Without a script everything but the movement is there: forms, too.
func TestWithoutAScript(t *testing.T) {
	w := start(t, nil)
	b := newTab(t, w.url)
	call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(t, "plan", chromedp.Navigate(w.url+"/plan?lang=en&keys=3"), visible(`input#keys[value="3"]`))
	b.follow(t, "dark", click(`button[value="dark"]`))
	b.run(t, "dark", visible(`html[data-theme="dark"] main`), chromedp.SendKeys(chromedp.CSS("#keys"), kb.End+"4"))
	b.follow(t, "what if", click(`section[aria-labelledby="what-if"] button`))
	b.run(t, "what if", visible(`input#keys[value="34"]`))
	b.follow(t, "language", click(`button[value="ko"]`))
	b.run(t, "language", visible(`html[lang="ko"] main`))
	for _, name := range keys(shown) {
		b.run(t, name, chromedp.Navigate(w.url+shown[name]), visible("main h1"))
	}
	b.requireWell(t, "without a script")
}
