package redact_test

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/redact"
)

func TestASecretIsSeenThroughItsEscapes(t *testing.T) {
	t.Parallel()
	const secret = "430156241533f1d058c603178cc3ca0e"
	set := redact.NewSet(secret)
	each := func(format string) string {
		var b strings.Builder
		for _, letter := range []byte(secret) {
			fmt.Fprintf(&b, format, letter)
		}
		return b.String()
	}
	for _, text := range []string{
		secret, strings.ToUpper(secret), each(`\u%04x`), each(`\u%04X`), each("%%%02x"), each("&#%d;"), each("&#x%02X;"),
		secret[:5] + fmt.Sprintf(`\u%04x`, secret[5]) + secret[6:16] + strings.ToUpper(secret[16:]),
		secret[:9] + `\u0000` + secret[9:], secret[:9] + "\x07" + secret[9:20] + `\f` + secret[20:], secret[:9] + "\u0085" + secret[9:], secret[:9] + `\u0085` + secret[9:],
		secret[:9] + "\x7f" + `\n` + secret[9:],
		each("&#%09d;"), html.EscapeString(html.EscapeString(html.EscapeString(each("&#%d;")))),
		url.QueryEscape(each("%%%02x")), html.EscapeString(each("&#%d;")), strings.ReplaceAll(each(`\u%04x`), `\`, `\\`),
	} {
		require.True(t, set.Disguised([]byte("x?key="+text+"&y")), text)
	}
	for _, text := range []string{"", `\`, `\u`, "%", "%4", "&#", "&#;", "&#x;", `\u00e9`, "&amp;", "&amp;#", secret[1:], "%ff%zz&#999;&#x110000;"} {
		require.False(t, set.Disguised([]byte(text)), text)
	}
}

// A secret may stand where one block that is looked through ends and the next begins.
func TestASecretIsSeenWhereverItStands(t *testing.T) {
	t.Parallel()
	const secret = "430156241533f1d058c603178cc3ca0e"
	set := redact.NewSet(secret, strings.Repeat("another", 40))
	escaped := secret[:16] + `\u00` + fmt.Sprintf("%x", secret[16]) + strings.ToUpper(secret[17:])
	for before := (4 << 10) - 200; before < 4<<10+200; before++ {
		text := append(bytes.Repeat([]byte("x"), before), escaped...)
		require.True(t, set.Disguised(text), before)
		require.True(t, set.Disguised(append(text, bytes.Repeat([]byte(`\/`), 9)...)), before)
	}
}

// Sixteen answers of 16 MiB are looked through at once in a process of 128 MiB.
func TestALargeTextTakesNoMemoryOfItsSize(t *testing.T) { //nolint:paralleltest // what the process allocates is counted
	text := bytes.Repeat([]byte(`\u0041&amp;%41`), 1<<20)
	set := redact.NewSet("430156241533f1d058c603178cc3ca0e")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.False(t, set.Disguised(text))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func BenchmarkDisguised(b *testing.B) {
	set := redact.NewSet("430156241533f1d058c603178cc3ca0e")
	text := bytes.Repeat([]byte(`{"movieNm":"기생충 &amp; 50% \u0041"},`), 16<<20/44)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		set.Disguised(text)
	}
}

func FuzzDisguises(f *testing.F) {
	for _, seed := range []string{"", `\u0034`, "%34", "&#52;", "&#x34;", `\\u0034`, "%2534"} {
		f.Add(seed, seed)
	}
	const secret = "0123456789abcdef"
	set := redact.NewSet(secret)
	f.Fuzz(func(t *testing.T, before, after string) {
		require.True(t, set.Disguised([]byte(before+" "+secret+" "+after)))
	})
}
