package lang

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
)

func load(t *testing.T, code string) *Language {
	t.Helper()
	l, err := Load(code)
	require.NoError(t, err)
	return l
}

// Both languages say everything, with the same figures in it.
func TestBothLanguagesSayEverything(t *testing.T) {
	t.Parallel()
	ko, en := load(t, Korean), load(t, English)
	for key, text := range en.words {
		require.NotEmpty(t, text, key)
		require.True(t, ko.Has(key), "%s is not in Korean", key)
		of := func(text string) []string {
			var found []string
			for _, m := range place.FindAllStringSubmatch(text, -1) {
				found = append(found, m[1])
			}
			slices.Sort(found)
			return found
		}
		require.Equal(t, of(text), of(ko.words[key]), key)
		require.False(t, strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }), "%s is Korean in English", key)
	}
	require.Len(t, ko.words, len(en.words))
}

var (
	usedInTemplates = regexp.MustCompile(`\bt "([^"]+)"`)
	usedInCode      = regexp.MustCompile(`(?:\bT|\bkey,? :?=|"item\.[a-z-]+")\(?"([a-z][a-z.-]*[a-z])"`)
	action          = regexp.MustCompile(`\{\{[^}]*\}\}`)
	command         = regexp.MustCompile(`(?s)<code>.*?</code>`)
	tag             = regexp.MustCompile(`(?s)<[^>]*>`)
)

// inAnyLanguage are the words that stand in templates themselves: names, and the sentence
// that TMDB asks for.
var inAnyLanguage = strings.Fields("Cledit KOBIS TMDB SHA-256 한국어 English")

const asked = "This product uses the TMDB API but is not endorsed or certified by TMDB."

// What is said has a text, and templates say nothing by themselves.
func TestTemplatesSayNothingThemselves(t *testing.T) {
	t.Parallel()
	en := load(t, English)
	pages, err := filepath.Glob("../templates/*.html")
	require.NoError(t, err)
	require.Greater(t, len(pages), 15)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, used := range usedInTemplates.FindAllStringSubmatch(string(text), -1) {
			require.True(t, en.Has(used[1]), "%s: %s", page, used[1])
		}
		plain := strings.ReplaceAll(string(text), asked, "")
		for _, cut := range []*regexp.Regexp{action, command, tag} {
			plain = cut.ReplaceAllString(plain, " ")
		}
		for word := range strings.FieldsSeq(plain) {
			if strings.ContainsFunc(word, unicode.IsLetter) {
				require.Contains(t, inAnyLanguage, word, page)
			}
		}
	}
	sources, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		for _, used := range usedInCode.FindAllStringSubmatch(string(text), -1) {
			require.True(t, en.Has(used[1]), "%s: %s", source, used[1])
		}
	}
}

// Every reason that the planner gives, and every word of freshness, is a sentence here.
func TestTheReasonsOfThePlannerAreSaid(t *testing.T) {
	t.Parallel()
	en := load(t, English)
	for _, of := range []struct{ file, pattern, prefix string }{
		{"../../planner/why/why.go", `Code\s+= "([^"]+)"`, "why."},
		{"../../planner/freshness/freshness.go", `Word\s+= "([^"]+)"`, "word."},
	} {
		text, err := os.ReadFile(of.file)
		require.NoError(t, err)
		found := regexp.MustCompile(of.pattern).FindAllStringSubmatch(string(text), -1)
		require.Greater(t, len(found), 3, of.file)
		for _, code := range found {
			require.True(t, en.Has(of.prefix+code[1]), "%s has no %s", of.file, code[1])
		}
	}
}

func TestTheLanguageIsTheBrowsers(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": Korean, "ko-KR,ko;q=0.9": Korean, "en-US,en;q=0.9,ko;q=0.1": English, "en": English, "fr, en;q=0.5": English, "!": Korean,
	} {
		require.Equal(t, want, Wanted(header), header)
	}
}

func TestFiguresAsTheyAreSaid(t *testing.T) {
	t.Parallel()
	ko, en := load(t, Korean), load(t, English)
	now := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	require.Equal(t, "-1,234,567", Number(-1234567))
	require.Equal(t, "123", Number(123))
	require.Equal(t, "1,031만", ko.crowd(10_313_000))
	require.Equal(t, "9,999", ko.crowd(9_999))
	require.Equal(t, "1.2억", ko.crowd(123_456_789))
	require.Equal(t, "10,313,000", en.crowd(10_313_000))
	require.Equal(t, "512 B", Size(512))
	require.Equal(t, "1.5 KiB", Size(1536))
	require.Equal(t, "8.0 GiB", Size(8<<30))
	require.Equal(t, "12:00", Clock(now, now))
	require.Equal(t, "12-01 00:30", Clock(now.Add(12*time.Hour+30*time.Minute), now))
	require.Equal(t, "2027-11-30 12:00", Clock(now.AddDate(1, 0, 0), now))
	require.Equal(t, "9시간 12분 뒤", ko.T("in", 9*time.Hour+12*time.Minute))
	require.Equal(t, "in 59 min", en.T("in", 59*time.Minute))
	require.Equal(t, "41 days", en.Span(41*24*time.Hour))
	require.Equal(t, "0 s", en.Span(-time.Second))
	require.Equal(t, "1 call is out, 2,000 more are due.", en.T("why.working", 1, 2000))
	require.Equal(t, "2 days", en.Span(twoDays))
	require.Equal(t, "no-such-key", en.T("no-such-key", 1))
	require.Equal(t, "word", en.Or("stage.", "word"))
}
