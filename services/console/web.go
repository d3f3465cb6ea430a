package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/console/internal/db"
	"github.com/cledit/pipeline/services/console/lang"
)

//go:embed templates/*.html static
var files embed.FS

// Where TMDB's pictures are, for browsers that may fetch them.
const posters = "https://image.tmdb.org"

// web speaks HTTP: who may see a page, in which language, and what is answered. What
// a page shows is read by pages.
type web struct {
	pages     *pages
	live      *live
	templates templates
	assets    assets
	languages map[string]*lang.Language
	handler   http.Handler
	log       zerolog.Logger
	now       func() time.Time
	policy    string
	named     bool // who looks has a name
}

// pages read what each page shows, from the database and from JetStream.
type pages struct {
	db      *db.Queries
	streams *streams
	covered *coverage
}

// view is a page: where it is, who may see it, and what it shows.
type view struct {
	pattern string
	name    string // of its template, and of its place in the navigation
	role    Role
	read    func(s *pages, r *http.Request, p *page) (any, error)
}

var views = []view{
	{"GET /{$}", "now", Viewer, (*pages).nowPage},
	{"GET /problems", "problems", Viewer, (*pages).problemsPage},
	{"GET /plan", "plan", Viewer, (*pages).planPage},
	{"GET /keys", "keys", Operator, (*pages).keysPage},
	{"GET /runs", "runs", Viewer, (*pages).runsPage},
	{"GET /streams", "streams", Viewer, (*pages).streamsPage},
	{"GET /coverage", "coverage", Viewer, (*pages).coveragePage},
	{"GET /dictionary", "dictionary", Viewer, (*pages).dictionaryPage},
	{"GET /search", "search", Viewer, (*pages).searchPage},
	{"GET /titles", "titles", Viewer, (*pages).titlesPage},
	{"GET /calls", "calls", Viewer, (*pages).callsPage},
	{"GET /marks", "marks", Viewer, (*pages).marksPage},
	{"GET /matches", "matches", Viewer, (*pages).matchesPage},
	{"GET /title/{id}", "title", Viewer, (*pages).titlePage},
	{"GET /person/{id}", "person", Viewer, (*pages).personPage},
	{"GET /item/{name}", "item", Viewer, (*pages).itemPage},
}

// navigation is what stands at the head of each page.
var navigation = []string{"now", "plan", "keys", "runs", "problems", "streams", "coverage", "dictionary"}

func newWeb(cfg Config, pool *pgxpool.Pool) (*web, error) {
	w := &web{
		now: cfg.Now, log: service.NewLogger("console", cfg.LogConfig),
		languages: map[string]*lang.Language{}, named: cfg.Login != loginNone,
	}
	q := db.New(pool)
	w.pages = &pages{db: q, streams: &streams{now: cfg.Now}, covered: newCoverage(q, cfg.Now, w.log)}
	w.live = newLive(w)
	var err error
	if w.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	for _, code := range lang.Codes {
		if w.languages[code], err = lang.Load(code); err != nil {
			return nil, err
		}
	}
	if w.templates, err = parseTemplates(w.languages, w.assets); err != nil {
		return nil, err
	}
	w.policy = contentPolicy(cfg.Posters)
	enter, err := cfg.open()
	if err != nil {
		return nil, err
	}
	w.handler = w.guard(enter, w.routes(cfg.Posters))
	return w, nil
}

// contentPolicy is what a browser may fetch for a page.
func contentPolicy(withPosters bool) string {
	images := "'self'"
	if withPosters {
		images += " " + posters
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src " + images +
		"; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

func (w *web) routes(withPosters bool) http.Handler {
	pages := http.NewServeMux()
	for _, v := range views {
		pages.Handle(v.pattern, w.page(v, withPosters))
	}
	pages.HandleFunc("POST /preferences", w.preferences)
	pages.Handle("GET /static/{hash}/{name}", w.assets)
	pages.HandleFunc("GET /", func(out http.ResponseWriter, r *http.Request) { w.fail(out, r, pgx.ErrNoRows) })
	routes := http.NewServeMux()
	routes.HandleFunc("GET /events", w.live.serve)
	routes.Handle("/", gzhttp.GzipHandler(pages))
	return routes
}

// guard is what every request passes: nobody's frame, no other site's form, and who asks
// is known.
func (w *web) guard(enter door, next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy": w.policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			out.Header().Set(name, value)
		}
		who, ok := enter(out, r)
		if ok {
			next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), userKey{}, who)))
		}
	})
}

var (
	errForbidden = errors.New("the role may not see this page")
	errMeant     = errors.New("the address is not understood")
)

// page answers with a page.
func (w *web) page(v view, withPosters bool) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeoutCause(r.Context(), statement, errors.New("the page took longer than "+statement.String()))
		defer cancel()
		r = r.WithContext(ctx)
		switch {
		case !isText(r.URL):
			w.fail(out, r, errMeant)
			return
		case userOf(ctx).Role < v.role:
			w.fail(out, r, errForbidden)
			return
		}
		p := w.newPage(r, v.name)
		p.Posters = withPosters
		body, err := v.read(w.pages, r, p)
		var to redirect
		switch {
		case errors.As(err, &to):
			http.Redirect(out, r, string(to), http.StatusSeeOther)
		case err != nil:
			w.fail(out, r, err)
		default:
			p.Body = body
			w.render(out, v.name, http.StatusOK, p)
		}
	})
}

// isText reports whether an address is of letters that a database can be asked for.
func isText(address *url.URL) bool {
	texts := []string{address.Path}
	for name, values := range address.Query() {
		texts = append(append(texts, name), values...)
	}
	return !slices.ContainsFunc(texts, func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) })
}

// redirect is a page that is another one.
type redirect string

func (r redirect) Error() string { return "redirected to " + string(r) }

// fail answers with a page that says what is wrong.
func (w *web) fail(out http.ResponseWriter, r *http.Request, err error) {
	p := w.newPage(r, "failure")
	status, key, detail := http.StatusServiceUnavailable, "failure.database", err.Error()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		status, key, detail = http.StatusNotFound, "failure.not-found", clip(strings.ToValidUTF8(r.URL.Path, "?"))
	case errors.Is(err, errForbidden):
		status, key, detail = http.StatusForbidden, "failure.forbidden", ""
	case errors.Is(err, errMeant):
		status, key, detail = http.StatusBadRequest, "failure.meant", clip(r.URL.RequestURI())
	default:
		if cause := context.Cause(r.Context()); cause != nil {
			err, detail = cause, cause.Error()
		}
		w.log.Warn().Err(err).Str("path", r.URL.Path).Msg("a page could not be shown")
	}
	p.Body = failure{Text: p.L.T(key), Detail: redact.Process.String(detail)}
	w.render(out, "failure", status, p)
}

type failure struct{ Text, Detail string }

// page is what all pages show.
type page struct {
	L          *lang.Language
	Name       string // of the page
	Subject    string // what it is about, where that is one thing
	Theme      string
	User       user
	Named      bool
	Now        time.Time
	Navigation []string
	Languages  []string
	Here       string // path and query
	Query      string // of the search
	Posters    bool
	Paused     bool // nothing moves
	Body       any
}

// Title is the page's title.
func (p *page) Title() string {
	if p.Subject != "" {
		return p.Subject
	}
	return p.L.Or("page.", p.Name)
}

const (
	cookieLanguage = "lang"
	cookieTheme    = "theme"
	yearOfSeconds  = 365 * 24 * 60 * 60
)

var themes = map[string]bool{"light": true, "dark": true}

func (w *web) newPage(r *http.Request, name string) *page {
	p := &page{
		Name: name, Now: w.now(), User: userOf(r.Context()), Named: w.named,
		Languages: lang.Codes, Here: r.URL.RequestURI(),
	}
	for _, place := range navigation {
		if p.Sees(place) {
			p.Navigation = append(p.Navigation, place)
		}
	}
	p.L = w.languageOf(r)
	if cookie, err := r.Cookie(cookieTheme); err == nil && themes[cookie.Value] {
		p.Theme = cookie.Value
	}
	return p
}

// Sees reports whether who asks may see a page.
func (p *page) Sees(name string) bool {
	at := slices.IndexFunc(views, func(v view) bool { return v.name == name })
	return at >= 0 && p.User.Role >= views[at].role
}

// languageOf is the language that a request names, that was chosen before, or that the
// browser asks for.
func (w *web) languageOf(r *http.Request) *lang.Language {
	code := r.URL.Query().Get(cookieLanguage)
	if cookie, err := r.Cookie(cookieLanguage); code == "" && err == nil {
		code = cookie.Value
	}
	if l, ok := w.languages[code]; ok {
		return l
	}
	return w.languages[lang.Wanted(r.Header.Get("Accept-Language"))]
}

// preferences keeps the language and the theme in the browser.
func (w *web) preferences(out http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(out, r.Body, mostHeader)
	for _, name := range []string{cookieLanguage, cookieTheme} {
		value := r.PostFormValue(name)
		if value != "" && (w.languages[value] != nil || themes[value] || value == "auto") {
			http.SetCookie(out, &http.Cookie{
				Name: name, Value: value, Path: "/", MaxAge: yearOfSeconds, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
			})
		}
	}
	http.Redirect(out, r, localPath(r.PostFormValue("back")), http.StatusSeeOther)
}

// localPath is a path of this server, whatever was sent, without a language of its own.
func localPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || strings.Contains(text, `\`) ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	query := u.Query()
	query.Del(cookieLanguage)
	return (&url.URL{Path: u.Path, RawQuery: query.Encode()}).String()
}

// number reads a number of the address.
func number[N int32 | int64](r *http.Request, name string, usual N) (N, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	var n N
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil {
		return 0, fmt.Errorf("%w: %s is not a number", errMeant, name)
	}
	return n, nil
}
