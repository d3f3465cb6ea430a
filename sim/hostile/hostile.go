package hostile

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cledit/pipeline/pkg/messages"
)

// Handler answers as the one behind it does, but for the names that it mutates.
type Handler struct {
	next  http.Handler
	seed  uint64
	share float64

	mutations []Mutation
	alone     bool // there is but one mutation

	mu    sync.Mutex
	only  func(messages.Name) bool
	real  map[messages.Name][]byte
	fired map[messages.Name]Mutation
}

// New mutates a share of the names that next answers, from 0 to 1, and none before
// Mutate.
func New(next http.Handler, seed uint64, share float64) *Handler {
	return &Handler{
		next: next, seed: seed, share: share, mutations: mutations, real: map[messages.Name][]byte{}, fired: map[messages.Name]Mutation{},
	}
}

// Alone leaves but one mutation, which falls on a fifth of the names that it applies to,
// so that a guard against it is tried. It is to be called before the first request.
func (h *Handler) Alone(mutation string) {
	h.alone, h.share = true, 0.2
	h.mutations = slices.DeleteFunc(slices.Clone(h.mutations), func(m Mutation) bool { return m.Name != mutation })
}

// Mutate mutates from now on what the seed has drawn and only allows; nil allows
// nothing.
func (h *Handler) Mutate(only func(messages.Name) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.only = only
}

// Fired are the names that were mutated, and how.
func (h *Handler) Fired() map[messages.Name]Mutation {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.fired)
}

// Real is what the source last said of a name, before any mutation.
func (h *Handler) Real() map[messages.Name][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.real)
}

// Late reports whether a name belongs to the half that is to be well at first; the
// seed decides.
func (h *Handler) Late(name messages.Name) bool { return h.random(name, "late").IntN(2) == 0 }

// random is the same for a name and a use whenever it is asked for.
func (h *Handler) random(name messages.Name, use string) *rand.Rand {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%d %s %s", h.seed, use, name)
	return rand.New(rand.NewPCG(h.seed, hash.Sum64()))
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := NameOf(r)
	if !ok {
		h.next.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	h.next.ServeHTTP(answer, r)
	d := &draft{name: name, status: answer.Code, header: answer.Header(), body: answer.Body.Bytes(), url: r.URL.String(), secret: secretOf(r)}
	h.spoil(d)
	d.write(w, r)
}

// secretOf is what the caller has authorized the request with.
func secretOf(r *http.Request) string {
	if key := r.URL.Query().Get("key"); key != "" {
		return key
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// spoil mutates a draft that is drawn.
func (h *Handler) spoil(d *draft) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d.status != http.StatusOK {
		return
	}
	h.real[d.name] = d.body
	share := h.share
	if !h.alone && isEmpty(d) {
		share /= emptyShare
	}
	if h.random(d.name, "share").Float64() >= share || h.only == nil {
		return
	}
	spoiled := *d
	spoiled.header = d.header.Clone()
	if m, ok := h.mutate(&spoiled); ok && h.only(d.name) {
		h.fired[d.name] = m
		*d = spoiled
	}
}

// emptyShare is how many times less often an empty list is mutated: nothing of it can
// be repaired, and most windows of series are empty.
const emptyShare = 3

// isEmpty reports whether an answer is a list without rows.
func isEmpty(d *draft) bool {
	root, err := parse(d.body)
	if err != nil {
		return true
	}
	rows := (&draft{name: d.name, root: root}).rows()
	return rows != nil && len(rows.items) == 0
}

// draws are the classes as they are drawn: of empty lists, which are among the names,
// nothing can be repaired.
var draws = []Class{Harmless, Harmless, Harmless, Repairable, Repairable, Repairable, Repairable, Harmful, Harmful, Harmful}

// lot is what a mutation has drawn for a name.
type lot struct {
	Mutation
	*rand.Rand
	order uint64
}

// lots are the candidates of a class in the order in which they are tried. Each draws
// for itself: one that is added takes its share of the names and changes no other.
func (h *Handler) lots(name messages.Name) []lot {
	class := draws[h.random(name, "class").IntN(len(draws))]
	drawn := make([]lot, 0, len(h.mutations))
	for _, m := range h.mutations {
		r := h.random(name, m.Name)
		if h.alone || m.Class == class && (m.oneIn == 0 || r.IntN(m.oneIn) == 0) {
			drawn = append(drawn, lot{m, r, r.Uint64()})
		}
	}
	slices.SortFunc(drawn, func(a, b lot) int { return cmp.Compare(a.order, b.order) })
	return drawn
}

// mutate applies the first candidate that can be.
func (h *Handler) mutate(d *draft) (Mutation, bool) {
	for _, m := range h.lots(d.name) {
		// A mutation that does not apply leaves nothing behind: each begins again.
		root, err := parse(d.body)
		if err != nil {
			return Mutation{}, false
		}
		d.root, d.Rand = root, m.Rand
		if m.apply(d) {
			if d.root != nil {
				d.body = d.root.write(nil, "")
			}
			return m.Mutation, true
		}
	}
	return Mutation{}, false
}

// pieces is in how many a body comes that is dripped.
const pieces = 5

func (d *draft) write(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), d.header)
	w.Header().Del("Content-Length")
	body := d.body
	if d.gzip {
		body = compressed(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	if !d.drip {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	if d.cut || d.held {
		body = body[:len(body)/2]
	}
	if d.held && len(body)%2 == 0 { // not even a header
		<-r.Context().Done()
		return
	}
	w.WriteHeader(d.status)
	size := len(body)
	if d.drip {
		size = len(body)/pieces + 1
	}
	for len(body) > 0 {
		n := min(size, len(body))
		// A client that is gone does not miss the rest.
		_, _ = w.Write(body[:n])
		body = body[n:]
		_ = http.NewResponseController(w).Flush()
	}
	if d.held {
		<-r.Context().Done()
	}
	if d.cut {
		panic(http.ErrAbortHandler)
	}
}

// compressed is a body as it travels.
func compressed(body []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	// A buffer takes everything.
	_, _ = w.Write(body)
	_ = w.Close()
	return buf.Bytes()
}
