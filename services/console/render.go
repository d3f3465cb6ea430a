package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/cledit/pipeline/services/console/lang"
)

// templates are the pages by language and name.
type templates map[string]map[string]*template.Template

// mostShown is how many letters of a text are shown in a list.
const mostShown = 300

// functions are what templates call, in a language.
func functions(l *lang.Language, a assets) template.FuncMap {
	return template.FuncMap{
		"t":       l.T,
		"word":    l.Or,
		"why":     func(run, reason string) string { return runReason(l, run, reason) },
		"asset":   a.url,
		"n":       func(n any) string { return l.T("number", n) },
		"size":    func(n any) string { return lang.Size(whole(n)) },
		"clock":   lang.Clock,
		"ago":     func(now, at time.Time) string { return l.T("ago", now.Sub(at)) },
		"until":   func(now, at time.Time) string { return l.T("in", at.Sub(now)) },
		"utc":     func(at any) string { return moment(at).UTC().Format(time.RFC3339) },
		"kst":     func(at any) string { return moment(at).In(lang.Seoul).Format("2006-01-02 15:04") },
		"day":     func(at time.Time) string { return at.Format(time.DateOnly) },
		"clip":    clip,
		"text":    deref[string],
		"path":    url.PathEscape,
		"list":    func(all ...string) []string { return all },
		"percent": func(share float32) float32 { return 100 * share },
		"since":   func(at time.Time) bool { return !at.IsZero() && at.Unix() > 0 },
	}
}

// runReason is why there is a run, whose id tells it: daily-DAY, refresh-MONTH, first-load.
// The planner has it in English.
func runReason(l *lang.Language, run, reason string) string {
	kind, of, _ := strings.Cut(run, "-")
	if key := "runs.why." + kind; l.Has(key) {
		return l.T(key, of)
	}
	return reason
}

// moment is a time, or the one that is pointed to.
func moment(at any) time.Time {
	switch v := at.(type) {
	case time.Time:
		return v
	case *time.Time:
		return deref(v)
	}
	return time.Time{}
}

func whole(n any) int64 {
	switch v := n.(type) {
	case int64:
		return v
	case int32:
		return int64(v)
	case int:
		return int64(v)
	}
	return 0
}

// clip is the beginning of a text that may be long.
func clip(text string) string {
	count := 0
	for i := range text {
		if count == mostShown {
			return text[:i] + "…"
		}
		count++
	}
	return text
}

func deref[T any](value *T) (v T) {
	if value != nil {
		v = *value
	}
	return v
}

func parseTemplates(languages map[string]*lang.Language, a assets) (templates, error) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("listing the templates: %w", err)
	}
	all := templates{}
	for code, l := range languages {
		base, err := template.New("layout.html").Option("missingkey=error").Funcs(functions(l, a)).
			ParseFS(files, "templates/layout.html", "templates/parts.html")
		if err != nil {
			return nil, fmt.Errorf("reading the layout: %w", err)
		}
		if all[code], err = parsePages(base, names); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// parsePages gives each page the layout.
func parsePages(base *template.Template, names []string) (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range names {
		short := path.Base(name[:len(name)-len(".html")])
		if short == "layout" || short == "parts" {
			continue
		}
		one, err := base.Clone()
		if err == nil {
			one, err = one.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the template %s: %w", short, err)
		}
		pages[short] = one
	}
	return pages, nil
}

// render writes a page whole, or nothing of it.
func (w *web) render(out http.ResponseWriter, name string, status int, p *page) {
	var text bytes.Buffer
	if err := w.templates[p.L.Code][name].ExecuteTemplate(&text, "layout.html", p); err != nil {
		w.log.Error().Err(err).Str("page", name).Msg("a page could not be made")
		http.Error(out, "this page could not be made; the log says why", http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Content-Language", p.L.Code)
	out.Header().Add("Vary", "Accept-Language, Cookie")
	out.WriteHeader(status)
	_, _ = text.WriteTo(out) // who has gone needs no answer
}

// assets are the style and the script, by name, under an address that changes with them.
type assets map[string]asset

type asset struct {
	body []byte
	hash string
}

// hashShown is how much of a hash stands in an address.
const hashShown = 8

func loadAssets() (assets, error) {
	all := assets{}
	entries, err := files.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("listing the assets: %w", err)
	}
	for _, entry := range entries {
		body, err := files.ReadFile("static/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("reading an asset: %w", err)
		}
		sum := sha256.Sum256(body)
		all[entry.Name()] = asset{body, hex.EncodeToString(sum[:hashShown])}
	}
	return all, nil
}

func (a assets) url(name string) string { return "/static/" + a[name].hash + "/" + name }

func (a assets) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	one, ok := a[r.PathValue("name")]
	if !ok || one.hash != r.PathValue("hash") {
		http.NotFound(out, r)
		return
	}
	out.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.PathValue("name"))))
	out.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = out.Write(one.body) // who has gone needs no answer
}
