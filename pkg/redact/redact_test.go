package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/redact"
)

const key = "0123456789abcdef0123456789abcdef"

func TestFingerprintNamesAKeyWithoutTellingIt(t *testing.T) {
	t.Parallel()
	// sha256sum of "abc", a published test vector.
	require.Equal(t, "ba7816bf8f01", redact.Fingerprint("abc"))
}

func TestMaskShowsNoHashOfWhatCanBeGuessed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "[redacted]", redact.Mask("hunter2-hunter2"))
	require.Equal(t, "[redacted "+redact.Fingerprint(key)+"]", redact.Mask(key))
}

func TestString(t *testing.T) {
	t.Parallel()
	odd := `pass"word <&> ü/+%`
	set := redact.NewSet(key, "short", "longer-secret", "longer-secret-still", odd)
	quoted, err := json.Marshal(odd)
	require.NoError(t, err)
	tests := map[string]struct{ in, want string }{
		"nothing to hide":     {"GET /movie", "GET /movie"},
		"in a query":          {"?key=" + key + "&x=1", "?key=" + redact.Mask(key) + "&x=1"},
		"twice":               {key + key, redact.Mask(key) + redact.Mask(key)},
		"too short to look":   {"a short text", "a short text"},
		"one within another":  {"longer-secret-still", redact.Mask("longer-secret-still")},
		"as it is":            {"<" + odd + ">", "<" + redact.Mask(odd) + ">"},
		"escaped in a query":  {"p=" + url.QueryEscape(odd), "p=" + redact.Mask(odd)},
		"escaped in a path":   {"/" + url.PathEscape(odd), "/" + redact.Mask(odd)},
		"escaped in JSON":     {string(quoted), `"` + redact.Mask(odd) + `"`},
		"empty":               {"", ""},
		"only part of it":     {key[:31], key[:31]},
		"within another word": {"x" + key + "y", "x" + redact.Mask(key) + "y"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, set.String(tt.in))
		})
	}
}

func TestBytesLeavesACleanTextUncopied(t *testing.T) {
	t.Parallel()
	text := []byte("clean")
	require.Same(t, &text[0], &redact.NewSet(key).Bytes(text)[0])
}

func TestATextThatCannotBeMadeSafeIsDropped(t *testing.T) {
	t.Parallel()
	// The mask itself spells the second secret.
	set := redact.NewSet("longer-secret", "redacted")
	require.Empty(t, set.String("a longer-secret here"))
}

func TestWriterHidesSecretsFromEachLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	set := redact.NewSet()
	w := set.Writer(&out)
	set.Add(key) // known only after the writer was made
	line := "the key is " + key + "\n"
	n, err := w.Write([]byte(line))
	require.NoError(t, err)
	require.Equal(t, len(line), n)
	require.Equal(t, "the key is "+redact.Mask(key)+"\n", out.String())
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriterPassesOnErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	_, err := redact.NewSet().Writer(brokenWriter{full}).Write([]byte("line"))
	require.ErrorIs(t, err, full)
}

func TestSetIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	set := redact.NewSet(key)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() { set.Add(strings.Repeat("s", 9)) })
		running.Go(func() { require.NotContains(t, set.String("is "+key), key) })
	}
	running.Wait()
	require.True(t, set.Holds([]byte("sssssssss")))
}

func FuzzNoOutputHoldsASecret(f *testing.F) {
	f.Add("before ", key, " after")
	f.Add("[redacted", "redacted", "]")
	f.Add("aaaa", "aaaaaaaa", "aaaa")
	f.Add("", `"quoted" <b>`, "%22")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if len(secret) < redact.MinLength {
			return // not looked for
		}
		set := redact.NewSet(secret)
		for _, spelling := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			require.NotContains(t, set.String(before+spelling+after), spelling)
			require.NotContains(t, set.String(before+spelling+after), secret)
		}
		require.False(t, set.Holds(set.Bytes([]byte(before+secret+after))))
	})
}
