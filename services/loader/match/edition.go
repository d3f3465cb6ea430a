package match

import (
	"slices"
	"strings"
)

// editions are words that say which edition of a film this is, and nothing else;
// they stand before or behind its title.
var editions = set("재개봉", "재상영", "재개봉판", "특별판", "스페셜판", "확장판", "감독판", "디렉터스컷", "무삭제", "무삭제판",
	"무삭제감독판", "완전판", theatrical, "리마스터링", "리마스터", "리마스터드", "더빙판", "우리말더빙", "자막판", "최종판", "복원판",
	"디지털복원판", "통합판", "풀버전", "해설판", "배리어프리", "배리어프리버전", "싱어롱", "싱얼롱", "스페셜에디션", "기념판", "흑백판",
	"흑백버전", "블루레이버전", "영화제판", "영화제버전")

// behind are words that say so behind a title alone: before one they belong to it,
// as in 더빙 소년시대.
var behind = set("아이맥스", "imax", "더빙", "블루레이", "에디션", "주년", "가제", "remastered", "edition",
	"uncut", "version", "directors", "extended", "redux", "버전", "익스텐디드")

// bracketed are words that say so only where they stand by themselves, in brackets
// or as a subtitle.
var bracketed = set("감독", "디지털", "우리말", "자막", "기념", "흑백", "bw", "무편집", "재편집")

// endings are words of editions that are also ordinary words: they count only
// behind a title, and before a word that says which edition it is.
var endings = set(
	"remaster", "unrated", "special", "director", "cut", "restored", "final", "anniversary", "판", "스페셜", "컷", "디지털", "우리말",
	"자막", "기념",
)

// phrases are words that only together say which edition it is.
var phrases = [][]string{
	{"final", "cut"},
	{"director", "cut"},
	{"festival", "cut"},
	{"theatrical", "cut"},
	{"international", "cut"},
	{"long", "cut"},
	{"sing", "along"},
	{"black", "and", "white", "version"},
	{"black", "and", "white", "edition"},
	{"파이널", "컷"},
	{"디렉터스", "컷"},
	{"감독", "컷"},
	{"감독", "판"},
	{"감독", "버전"},
	{"흑백", "판"},
	{"흑백", "버전"},
	{"영화제", "판"},
	{"영화제", "컷"},
	{"영화제", "버전"},
	{"페스티벌", "컷"},
	{"싱", "어롱"},
	{"한국어", "더빙"},
	{"한글", "자막"},
}

// phrasesOf are the phrases by their last word.
var phrasesOf = func() map[string][][]string {
	byLast := make(map[string][][]string, len(phrases))
	for _, p := range phrases {
		byLast[p[len(p)-1]] = append(byLast[p[len(p)-1]], p)
	}
	return byLast
}()

// alone are phrases that count only where they stand by themselves.
var alone = [][]string{{"black", "and", "white"}, {"in", "black", "and", "white"}, {"b", "w"}, {"블랙", "앤", "화이트"}}

// theatrical is what films of a series are called; it stands anywhere.
const theatrical = "극장판"

// glued are what KOBIS writes without a space behind a title.
var glued = []string{"무삭제감독판", "무삭제판", "무삭제", "감독판", "확장판", "재개봉", "리마스터링", "흑백판"}

var articles = set("the", "a", "an")

// parting are words before a number that says which part this is, and counters
// are those behind one.
var (
	parting  = set("part", "chapter", "vol", "volume", "episode", "ep", "no", "파트", "챕터", "에피소드", "제")
	counters = set("편", "부", "탄", "기", "화", "장")
)

// numerals are numbers as words. Those of one letter count only at the end.
var numerals = map[string]string{
	"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12", "xiii": "13",
	"xiv": "14", "xv": "15",
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
}

var lastNumerals = map[string]string{
	"i": "1", "v": "5", "x": "10", "상편": "1", "하편": "2", "전편": "1", "후편": "2",
	"상권": "1", "하권": "2", "상": "1", "하": "2",
}

// ordinal are numbers that count parts wherever they stand, but at the beginning.
var ordinal = map[string]string{
	"첫번째": "1", "두번째": "2", "세번째": "3", "네번째": "4", "다섯번째": "5",
	"첫째": "1", "둘째": "2", "셋째": "3", "넷째": "4", "다섯째": "5",
}

// brackets are words for a part where they are in brackets alone.
var brackets = map[string]string{"상": "1", "하": "2", "上": "1", "下": "2", "전편": "1", "후편": "2", "상편": "1", "하편": "2"}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// canonical rewrites words: without editions, with digits for numerals, without
// what merely says that a number follows or stood before.
func canonical(words []string) []string {
	return numbered(trimEditions(words))
}

// trimEditions takes the words of editions away from both ends. A title that
// consists of them and an article stays as it is.
func trimEditions(words []string) []string {
	from, to := 0, ended(words)
	for from < to && editions[words[from]] {
		from++
	}
	kept := words[from:to]
	if slices.Contains(kept, theatrical) {
		kept = slices.DeleteFunc(slices.Clone(kept), func(w string) bool { return w == theatrical })
	}
	if !slices.ContainsFunc(kept, func(w string) bool { return !articles[w] }) {
		return words
	}
	return unglue(kept)
}

// ended is where a title ends and the name of its edition begins.
func ended(words []string) int {
	to, named := len(words), false
	for to > 0 {
		taken, names := ending(words[:to], words[to:])
		if taken == 0 {
			break
		}
		to, named = to-taken, named || names
	}
	if !named {
		return len(words)
	}
	return to
}

// ending tells how many of the last words belong to an edition, given those behind
// them, and whether they name it: "final" or "cut" may be the end of a title.
func ending(words, after []string) (taken int, names bool) {
	last := words[len(words)-1]
	for _, p := range phrasesOf[last] {
		if endsIn(words, p) {
			return len(p), true
		}
	}
	switch {
	case editions[last], behind[last]:
		return 1, true
	case isPicture(words):
		return 2, true
	case last == "anniversary" && len(words) > 2 && ordinals[words[len(words)-2]] && isNumber(words[len(words)-3]):
		return 3, true
	case endings[last], isNumber(last) && len(after) > 0 && after[0] == "주년":
		return 1, false
	}
	return 0, false
}

var ordinals = set("st", "nd", "rd", "th")

// isPicture reports whether the last words say how a picture is shown: 3D, 4DX, 4K.
func isPicture(words []string) bool {
	if len(words) < 2 {
		return false
	}
	switch n, unit := words[len(words)-2], words[len(words)-1]; unit {
	case "d", "dx":
		return n == "2" || n == "3" || n == "4"
	case "k":
		return n == "2" || n == "4" || n == "8"
	}
	return false
}

func endsIn(words, phrase []string) bool {
	return len(words) >= len(phrase) && slices.Equal(words[len(words)-len(phrase):], phrase)
}

// areEdition reports whether words that stand by themselves are the name of an
// edition: what is in brackets, or behind a colon.
func areEdition(words []string) bool {
	named := false
	for len(words) > 0 {
		taken, names := ending(words, nil)
		for _, p := range alone {
			if endsIn(words, p) {
				taken, names = len(p), true
			}
		}
		switch last := words[len(words)-1]; {
		case bracketed[last]:
			taken, names = max(taken, 1), true
		case taken == 0 && named && isNumber(last):
			taken = 1
		}
		if taken == 0 {
			return false
		}
		words, named = words[:len(words)-taken], named || names
	}
	return named
}

// unglue takes away what is written behind the last word without a space.
func unglue(words []string) []string {
	last := words[len(words)-1]
	for _, suffix := range glued {
		if short, found := strings.CutSuffix(last, suffix); found && runes(short) > 1 {
			words = slices.Clone(words)
			words[len(words)-1] = short
			break
		}
	}
	return words
}

// numbered writes numerals as digits.
func numbered(words []string) []string {
	out := make([]string, 0, len(words))
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = digits(words, i+1)
		}
		switch {
		case parting[w] && isNumber(next) && i > 0 || w == "제" && isNumber(next):
		case counters[w] && i > 0 && isNumber(words[i-1]):
		default:
			out = append(out, digits(words, i))
		}
	}
	return out
}

// digits is the i-th word, as digits where it is a numeral: a roman one, or a
// word behind "part" and its like.
func digits(words []string, i int) string {
	w := words[i]
	number, known := numerals[w]
	switch {
	case i == 0:
	case known && (w[0] == 'i' && w != "it" || w[0] == 'v' || w[0] == 'x' || parting[words[i-1]]):
		return number
	case ordinal[w] != "":
		return ordinal[w]
	case i == len(words)-1 && lastNumerals[w] != "":
		return lastNumerals[w]
	}
	return w
}
