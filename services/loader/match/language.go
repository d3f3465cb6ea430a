package match

import (
	"slices"
	"strings"
	"unicode"
)

const english = "en"

// undetermined is the language of a title that is not Korean, where TMDB does not
// say which it is: ISO 639-2's code, and its script where that is Latin.
const (
	undetermined      = "und"
	undeterminedLatin = "und-Latn"
)

// noLanguage are codes that name none: what TMDB has for a film without words or of
// an unknown language, and ISO 639's for undetermined, none, several and uncoded.
var noLanguage = set("xx", "un", "zxx", "mul", "mis", "none", "null")

// noCountry are codes of ISO 3166 that stand for none.
var noCountry = set("xx", "zz", "none", "null")

// spoken takes the codes away that name no language or country, so that they are no
// evidence of any.
func (c *Candidate) spoken() {
	if code := strings.ToLower(strings.TrimSpace(c.OriginalLanguage)); code == "" || noLanguage[code] {
		c.OriginalLanguage = ""
	}
	none := func(code string) bool {
		code = strings.ToLower(strings.TrimSpace(code))
		return code == "" || noCountry[code]
	}
	if slices.ContainsFunc(c.Countries, none) {
		c.Countries = slices.DeleteFunc(slices.Clone(c.Countries), none)
	}
}

// languageOf guesses what TMDB did not say, from the script of the original title.
func languageOf(original string) string {
	foreign, latin := false, true
	for _, r := range original {
		switch {
		case isSyllable(r):
			return koreanLanguage
		case unicode.IsLetter(r):
			foreign, latin = true, latin && unicode.Is(unicode.Latin, r)
		}
	}
	switch {
	case !foreign:
		return ""
	case latin:
		return undeterminedLatin
	}
	return undetermined
}

// englishWords are common ones that no other language has.
var englishWords = set("the", "of", "and", "my", "with", "from", "who", "you", "your", "this", "that", "what", "for", "his", "her")

// inEnglish reports whether a title is certainly English.
func (t *title) inEnglish() bool {
	t.apart()
	return !t.hangul && slices.ContainsFunc(t.words, func(w string) bool { return englishWords[w] })
}

// languages of nations, KOBIS's words, where films of a nation are in few of them.
var languages = map[string][]string{
	"미국": {english}, "영국": {english}, "호주": {english}, "뉴질랜드": {english}, "캐나다": {english, "fr"}, "아일랜드": {english, "ga"},
	"일본": {"ja"}, "중국": {"zh", "cn"}, "홍콩": {"cn", "zh"}, "대만": {"zh", "cn"}, "프랑스": {"fr"}, "독일": {"de"}, "서독": {"de"},
	"오스트리아": {"de"}, "이탈리아": {"it"}, "스페인": {"es", "ca", "eu", "gl"}, "멕시코": {"es"}, "아르헨티나": {"es"}, "칠레": {"es"},
	"콜롬비아": {"es"}, "페루": {"es"}, "우루과이": {"es"}, "쿠바": {"es"}, "포르투갈": {"pt"}, "브라질": {"pt"}, "러시아": {"ru"},
	"소련": {"ru"}, "폴란드": {"pl"}, "체코": {"cs"}, "헝가리": {"hu"}, "루마니아": {"ro"}, "그리스": {"el"}, "터키": {"tr"}, "튀르키예": {"tr"},
	"스웨덴": {"sv"}, "덴마크": {"da"}, "노르웨이": {"no", "nb"}, "핀란드": {"fi", "sv"}, "네덜란드": {"nl"}, "아이슬란드": {"is"},
	"태국": {"th"}, "베트남": {"vi"}, "이란": {"fa"}, "이스라엘": {"he"}, "에스토니아": {"et"}, "우크라이나": {"uk", "ru"},
	"카자흐스탄": {"kk", "ru"}, "몽골": {"mn"}, "몽고": {"mn"}, "불가리아": {"bg"},
}

// speaksOther reports whether one of the nations is known to speak another language
// than English: the original title of such a film may well differ from KOBIS's
// English one.
func speaksOther(nations []string) bool {
	return slices.ContainsFunc(nations, func(name string) bool {
		spoken, listed := languages[name]
		return listed && !slices.Contains(spoken, english)
	})
}

// speaksEnglish reports whether one of the nations does, or none is known.
func speaksEnglish(nations []string) bool {
	return len(nations) == 0 || slices.ContainsFunc(nations, func(name string) bool { return slices.Contains(languages[name], english) })
}

// otherScripts are languages that are not written in Latin letters.
var otherScripts = set("ja", "zh", "cn", "ru", "el", "th", "fa", "he", "uk", "kk", "mn", "bg")

// writeOtherwise reports whether the nations are known, and none writes in Latin
// letters.
func writeOtherwise(nations []string) bool {
	for _, name := range nations {
		spoken, known := languages[name]
		if !known || slices.ContainsFunc(spoken, func(l string) bool { return !otherScripts[l] }) {
			return false
		}
	}
	return len(nations) > 0
}

// compareLanguages asks whether the original language is one of the nations that
// made a foreign film. English says nothing for or against: films of all nations
// are in it, and most foreign ones.
func compareLanguages(film *Film, c *Candidate) relation {
	if c.OriginalLanguage == "" || c.OriginalLanguage == undetermined || c.OriginalLanguage == english ||
		c.OriginalLanguage == koreanLanguage {
		return unknown
	}
	if c.OriginalLanguage == undeterminedLatin {
		if writeOtherwise(film.Nations) {
			return disagrees
		}
		return unknown
	}
	result := unknown
	for _, nation := range film.Nations {
		spoken, known := languages[nation]
		switch {
		case !known:
			return unknown
		case slices.Contains(spoken, c.OriginalLanguage):
			return agrees
		}
		result = disagrees
	}
	return result
}
