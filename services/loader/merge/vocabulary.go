package merge

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/cledit/pipeline/services/loader/nation"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// korean is TMDB's Korean title. TMDB answers the original one where it has none,
// which is not a Korean title unless the work itself is Korean.
func korean(w *record.TmdbWork) string {
	for _, t := range w.Translations {
		if t.Language == "ko" && t.Title != "" {
			return t.Title
		}
	}
	if w.OriginalLanguage == "ko" || w.Title != w.TitleOriginal || spelling.HasHangul(w.Title) {
		return w.Title
	}
	return ""
}

// Language is ISO 639-1 for what TMDB writes. Its one code of its own is cn, Cantonese,
// which has none there but that of Chinese.
func Language(code string) string {
	if code == "cn" {
		return "zh"
	}
	return code
}

// english is empty for what KOBIS's English field holds at times instead, a title in
// another script alone; one that has Latin letters, or only digits, stays as it is.
func english(title string) string {
	latin := strings.IndexFunc(title, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) >= 0
	letter := strings.IndexFunc(title, unicode.IsLetter) >= 0
	if !latin && letter {
		return ""
	}
	return title
}

// image is the first of a kind whose text is in a language; TMDB's order is that of
// its voters. It is taken where TMDB chose none for ko-KR, which takes the Korean
// one where there is one.
func image(images []record.TmdbImage, kind, language string) string {
	for _, i := range images {
		if i.Kind == kind && i.Language == language {
			return i.Path
		}
	}
	return ""
}

// Types of a release at TMDB.
const (
	releaseTheatricalLimited = 2
	releaseTheatrical        = 3
)

// certification is the Korean rating, that of the theatrical release first.
func certification(releases []record.TmdbRelease) string {
	best := ""
	for _, r := range releases {
		if r.Country != "KR" || r.Certification == "" {
			continue
		}
		if r.Type == releaseTheatrical || r.Type == releaseTheatricalLimited {
			return r.Certification
		}
		if best == "" {
			best = r.Certification
		}
	}
	return best
}

var forms = map[string]string{"장편": "feature", "단편": "short", "옴니버스": "omnibus", "온라인전용": "online", "기타": "other"}

// form keeps a word that is not known: the source's vocabulary is open.
func form(typeName string) string {
	if known, ok := forms[typeName]; ok {
		return known
	}
	return typeName
}

// noNation are KOBIS's words that name none: other, all (of a yearbook), a region.
var noNation = map[string]bool{"기타": true, "티베트": true, "총괄(연감)": true, "총괄": true, "연감": true}

// countries maps KOBIS's names of nations to ISO 3166-1, former states to TMDB's codes
// of them, and keeps a name that is not known. What names no nation is left out, so that
// the other source may tell.
func countries(nations []string) []string {
	codes, known := make([]string, 0, len(nations)), make(map[string]bool, len(nations))
	for _, name := range nations {
		name = strings.TrimSpace(name)
		code := cmp.Or(nation.Code(name), nation.Former(name), name)
		if !noNation[name] && name != "" && !known[code] {
			known[code] = true
			codes = append(codes, code)
		}
	}
	return codes
}
