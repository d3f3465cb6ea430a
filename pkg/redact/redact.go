// Package redact keeps secrets out of what a process says.
//
// The first line of defence is elsewhere: secrets travel apart from what is
// logged, so there is nothing to hide. This package is the last line. A Set
// knows the secret values themselves and replaces each of them, in the
// spellings they take in a URL, in JSON and in HTML, wherever a text is about
// to leave.
//
// It fails towards saying less: where a replacement would itself spell a
// secret, the text is dropped. Values shorter than MinLength are not looked
// for, because they would be found inside ordinary words. A secret that is
// split over two writes to a Writer is not found either; loggers write whole
// lines.
package redact

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// MinLength is the length in bytes below which a secret is not looked for.
	MinLength = 8
	// fingerprintLength is in hex digits: 48 bits, enough to tell keys apart.
	fingerprintLength = 12
	// guessable is the length in bytes below which a secret's hash is not
	// shown: a short password can be guessed from its hash, a key cannot.
	guessable = 20
	hidden    = "[redacted]"
)

// Process is the set of the whole process: a secret is a secret whichever part
// of the process is about to say it.
var Process = NewSet()

// Fingerprint names a secret without telling it: the first 12 hex digits of its
// SHA-256.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])[:fingerprintLength]
}

// Mask is what is in a secret's place: its fingerprint where the secret is
// too long to be guessed from it, else a plain mark.
func Mask(secret string) string {
	if len(secret) < guessable {
		return hidden
	}
	return "[redacted " + Fingerprint(secret) + "]"
}

// Set is a collection of secrets. It is safe for concurrent use; reading takes
// no lock.
type Set struct {
	mu       sync.Mutex
	known    map[string]string // spelling to mask
	patterns atomic.Pointer[[]pattern]
}

// pattern is one spelling of a secret and what replaces it.
type pattern struct {
	spelling, mask string
}

// NewSet returns a set of the secrets given; see Add.
func NewSet(secrets ...string) *Set {
	s := &Set{known: make(map[string]string)}
	s.patterns.Store(&[]pattern{})
	s.Add(secrets...)
	return s
}

// Add makes the set know more secrets. Those shorter than MinLength are ignored.
func (s *Set) Add(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool {
		_, known := s.known[secret]
		return known || len(secret) < MinLength
	})
	if len(secrets) == 0 {
		return
	}
	for _, secret := range secrets {
		for _, spelling := range spellings(secret) {
			s.known[spelling] = Mask(secret)
		}
	}
	patterns := make([]pattern, 0, len(s.known))
	for spelling, mask := range s.known {
		patterns = append(patterns, pattern{spelling, mask})
	}
	// Longest first: a secret that contains another is replaced whole.
	slices.SortFunc(patterns, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(len(b.spelling), len(a.spelling)), strings.Compare(a.spelling, b.spelling))
	})
	s.patterns.Store(&patterns)
}

// spellings are the forms in which a secret appears in URLs, JSON and HTML.
func spellings(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	return forms
}

// Holds reports whether the text holds one of the secrets.
func (s *Set) Holds(text []byte) bool {
	for _, p := range *s.patterns.Load() {
		if bytes.Contains(text, []byte(p.spelling)) {
			return true
		}
	}
	return false
}

// Bytes returns the text with each secret replaced by its mask. A text without
// secrets is returned as it is, not copied; one that cannot be made safe comes
// back empty.
func (s *Set) Bytes(text []byte) []byte {
	if !s.Holds(text) {
		return text
	}
	clean := text
	for _, p := range *s.patterns.Load() {
		clean = bytes.ReplaceAll(clean, []byte(p.spelling), []byte(p.mask))
	}
	if s.Holds(clean) {
		return nil
	}
	return clean
}

// String is Bytes for strings.
func (s *Set) String(text string) string {
	return string(s.Bytes([]byte(text)))
}

// Writer passes on what is written to it without the set's secrets. Each write
// must be a whole line.
func (s *Set) Writer(w io.Writer) io.Writer {
	return &writer{set: s, next: w}
}

type writer struct {
	set  *Set
	next io.Writer
}

// Write reports the length it was given, not what was passed on: the caller
// would take the difference for a short write.
func (w *writer) Write(line []byte) (int, error) {
	if _, err := w.next.Write(w.set.Bytes(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}
