package match

import (
	"slices"
	"strings"
)

// editions are words that say which edition of a film this is, in Korean; they
// stand before or behind its title.
var editions = set("재개봉", "재상영", "재개봉판", "특별판", "스페셜판", "확장판", "감독판", "감독", "디렉터스컷", "무삭제", "무삭제판",
	"무삭제감독판", "완전판", "극장판", "디지털", "리마스터링", "리마스터", "리마스터드", "아이맥스", "imax", "dx", "더빙", "더빙판",
	"우리말더빙", "우리말", "자막", "자막판", "블루레이", "최종판", "복원판", "디지털복원판", "통합판", "풀버전", "해설판", "배리어프리",
	"배리어프리버전", "싱어롱", "에디션", "스페셜에디션", "주년", "기념", "기념판", "가제")

// endings are words of editions that are also ordinary words: they count only
// behind a title.
var endings = set("remastered", "remaster", "uncut", "unrated", "extended", "special", "edition", "version", "directors", "director", "cut",
	"restored", "redux", "final", "anniversary", "th", "d", "k", "버전", "판", "스페셜", "컷")

// theatrical is what films of a series are called; it stands anywhere.
const theatrical = "극장판"

// glued are what KOBIS writes without a space behind a title.
var glued = []string{"무삭제감독판", "무삭제판", "무삭제", "감독판", "확장판", "재개봉", "리마스터링"}

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
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
}

var lastNumerals = map[string]string{"i": "1", "v": "5", "x": "10"}

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

func isEdition(word string) bool { return editions[word] }

// trimEditions takes the words of editions away from both ends. A title that
// consists of them alone stays as it is.
func trimEditions(words []string) []string {
	from, to := 0, len(words)
	for to > 0 && (isEdition(words[to-1]) || endings[words[to-1]] || isEditionNumber(words[:to], words[to:])) {
		to--
	}
	if marked := to < len(words) && slices.ContainsFunc(words[to:], isMark); !marked {
		to = len(words)
	}
	for from < to && (isEdition(words[from]) || isEditionNumber(words[:from+1], words[from+1:])) {
		from++
	}
	kept := words[from:to]
	if slices.Contains(kept, theatrical) {
		kept = slices.DeleteFunc(slices.Clone(kept), func(w string) bool { return w == theatrical })
	}
	if len(kept) == 0 {
		return words
	}
	return unglue(kept)
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

// isMark tells whether a word alone says that this is an edition; "final" or
// "cut" alone may be the end of a title.
func isMark(word string) bool {
	return isEdition(word) || word == "remastered" || word == "edition" || word == "uncut" || word == "version" || word == "directors" ||
		word == "extended" || word == "d" || word == "k" || word == "redux" || word == "버전"
}

// isEditionNumber tells whether the last word is a number that belongs to the
// edition's word behind it: 20 of 20주년, 4 of 4K.
func isEditionNumber(words, behind []string) bool {
	if !isNumber(words[len(words)-1]) || len(behind) == 0 {
		return false
	}
	return behind[0] == "주년" || behind[0] == "d" || behind[0] == "k" || behind[0] == "dx" || behind[0] == "th"
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
	case i == len(words)-1 && lastNumerals[w] != "":
		return lastNumerals[w]
	}
	return w
}
