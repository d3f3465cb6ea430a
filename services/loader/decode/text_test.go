package decode

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain ASCII":                     {"Parasite", "Parasite"},
		"outer white space":               {"  기생충 ", "기생충"},
		"tabs and double spaces":          {"더\t\t킹  (재개봉)\r\n", "더 킹 (재개봉)"},
		"no-break spaces":                 {"La\u00a0La Land", "La La Land"},
		"entities":                        {"Am&eacute;lie&nbsp;", "Amélie"},
		"numeric entity":                  {"ア&#12539;イ", "ア・イ"},
		"entities in capitals":            {"A &Lt;B&Gt; &Amp; &AMP; &Quot;C&Quot; &Nbsp;&Eacute;&eacute; &Hellip;", "A <B> & & \"C\" Éé …"},
		"escaped twice":                   {"Tom &amp;amp; Jerry", "Tom & Jerry"},
		"an ampersand":                    {"Tom & Jerry", "Tom & Jerry"},
		"zero width space between words":  {"a\u200bb", "a b"},
		"byte order mark":                 {"\ufeff기생충", "기생충"},
		"soft hyphen and direction marks": {"re\u00adprise\u200e", "reprise"},
		"NUL and controls":                {"a\x00b\x07c", "abc"},
		"a joiner in Latin":               {"ab\u200dc", "abc"},
		"a joiner in Devanagari":          {"क्\u200dष", "क्\u200dष"},
		"a joiner in an emoji":            {"👩\u200d🚀", "👩\u200d🚀"},
		"decomposed Hangul":               {"기생충", "기생충"},
		"CJK compatibility ideograph":     {"\uf9a9", "\u56f9"},
		"full width stays":                {"ＡＢＣ１２３", "ＡＢＣ１２３"},
		"replacement character stays":     {"다\ufffd다", "다\ufffd다"},
		"all digits":                      {"0000", "0000"},
		"one character":                   {"섬", "섬"},
		"escaped five times":              {"Tom &" + strings.Repeat("amp;", 5) + " Jerry", "Tom & Jerry"},
		"escaped without an end":          {"Tom &" + strings.Repeat("amp;", 100) + " Jerry", "Tom " + strings.Repeat("amp;", 92) + " Jerry"},
		"only white space":                {" \t\u3000 ", ""},
		"ideographic space":               {"강철중：\u3000공공의 적", "강철중： 공공의 적"},
		"124 characters":                  {strings.Repeat("가나다라", 31), strings.Repeat("가나다라", 31)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, Clean(c.in))
		})
	}
}

// anyText mixes what titles are made of with what spoils them.
func anyText() *rapid.Generator[string] {
	part := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"&", "&amp;", "&nbsp", "&nbsp;", "&#160;", "amp;", "#x200b;", " ", "\u00a0", "\u200b", "\u200d", "\u0301", "가", "\u1100", "\u1161", "e", "क", "\ufffd", "\x00",
	}))
	return rapid.Map(rapid.SliceOfN(part, 0, 8), func(parts []string) string { return strings.Join(parts, "") })
}

func TestCleanIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := Clean(anyText().Draw(t, "text"))
		require.Equal(t, once, Clean(once))
		require.True(t, utf8.ValidString(once))
		require.True(t, norm.NFC.IsNormalString(once))
		require.Equal(t, strings.TrimSpace(once), once)
		require.NotContains(t, once, "  ")
		require.NotContains(t, once, "\x00")
	})
}

func TestProseKeepsParagraphs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "One.\n\nTwo  three.", prose(" One.\r\n\r\nTwo \x00 three.\n"))
}
