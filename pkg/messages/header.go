package messages

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
)

// Bounds of what a message carries beside its body, in bytes. JetStream stores no
// more than 64 KiB of headers and refuses the rest for good, and a line of NATS'
// protocol, subject included, has 4 KiB: a longer one ends the connection.
const (
	maxHeaderValue = 2 << 10
	maxHeaderName  = 128
	maxHeaders     = 32 << 10 // of a dead letter, without its reason and error
	maxRequest     = 8 << 10
	maxParam       = 512
	maxSubject     = 1 << 10
)

// Headers that only a server sets: in its answers to requests for a message, and
// in what it says beside messages.
var serversOwn = []string{
	"Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending", "Status", "Nats-Last-Consumer",
	"Nats-Last-Stream",
}

// checkOrigin fails with ErrForeign for what the server has sent to a stream of
// ours. A client that may ask it for anything can name any subject for the answer. A
// message comes with headers of the server's own then, and what a consumer delivers
// under the subject that it has in its stream; everything else has no headers.
func checkOrigin(subject, prefix string, h nats.Header) error {
	if !strings.HasPrefix(subject, prefix) {
		return fmt.Errorf("%w: its subject %q is not of %s>", ErrForeign, subject, prefix)
	}
	for _, name := range serversOwn {
		if _, there := h[name]; there {
			return fmt.Errorf("%w: the header %s makes it an answer of the NATS server", ErrForeign, name)
		}
	}
	return nil
}

// identify reads the name of a job or a payload.
func identify(subject, prefix string, h nats.Header) (Name, error) {
	if err := checkOrigin(subject, prefix, h); err != nil {
		return Name{}, err
	}
	_, name, err := ParseSubject(subject)
	switch {
	case err != nil:
		return Name{}, err
	case h.Get(HeaderKind) == "" && prefix != PrefixJobs:
		return Name{}, fmt.Errorf("%w: %s has no header %s", ErrForeign, subject, HeaderKind)
	}
	return name, checkName(h, name)
}

// oneLine makes text fit for a header and for a terminal.
func oneLine(s string) string { return headerValue(strings.Join(strings.Fields(s), " ")) }

// headerValue is text without what a header or a terminal would take for a
// command: NATS ends a header at a line break, ESC begins a terminal's command,
// and marks of direction show text as what it is not.
func headerValue(s string) string {
	s = strings.Map(func(r rune) rune {
		if commands(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return cut(s, maxHeaderValue)
}

// commands tells a rune that is not text.
func commands(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// cut shortens text to so many bytes, between two characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// Request is a request's parameters as a header's value: a JSON object, with what
// is too long for a header cut.
func Request(params map[string]string) string {
	whole := escape(encodeParams(params))
	if len(whole) <= maxRequest {
		return whole
	}
	short, size := map[string]string{}, 2
	for _, name := range slices.Sorted(maps.Keys(params)) {
		value := cut(strings.ToValidUTF8(params[name], string(utf8.RuneError)), maxParam)
		entry := len(escape(encodeParams(map[string]string{name: value})))
		if size += entry; size > maxRequest {
			size -= entry
			continue
		}
		short[name] = value
	}
	return escape(encodeParams(short))
}

// escape writes what is not text as JSON escapes it; encoding/json does so for the
// older half only.
func escape(encoded []byte) string {
	var b strings.Builder
	for _, r := range string(encoded) {
		if commands(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// carried is what a dead letter keeps of the headers that its message had: ours
// before others, each without what is not text, none that is for JetStream or from
// it, and no more than fit.
func carried(had nats.Header) nats.Header {
	kept, size := nats.Header{}, 0
	ours := func(name string) bool {
		return strings.HasPrefix(name, "Cledit-") || strings.HasPrefix(name, "Content-")
	}
	names := slices.SortedFunc(maps.Keys(had), func(a, b string) int {
		if ours(a) != ours(b) {
			if ours(a) {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if !token(name) || strings.HasPrefix(strings.ToLower(name), "nats-") || slices.Contains(serversOwn, name) ||
			name == HeaderReason || name == HeaderError {
			continue
		}
		for _, value := range had[name] {
			if name == HeaderRequest {
				value = carriedRequest(value)
			} else {
				value = headerValue(value)
			}
			if more := len(name) + len(value) + len(": \r\n"); size+more <= maxHeaders {
				size += more
				kept[name] = append(kept[name], value)
			}
		}
	}
	return kept
}

func carriedRequest(value string) string {
	var params map[string]string
	if json.Unmarshal([]byte(value), &params) != nil {
		return headerValue(value)
	}
	return Request(params)
}

// token tells a name that HTTP, and so NATS, takes for a header's.
func token(name string) bool {
	if name == "" || len(name) > maxHeaderName {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) })
}
