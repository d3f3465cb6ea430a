package credits

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cledit/pipeline/services/loader/spelling"
)

// Remarks that the sources write into parts and names, in the order in which a
// credit lists them.
const (
	remarkVoice      = "voice"
	remarkUncredited = "uncredited"
	remarkSelf       = "self"
	remarkStandIn    = "stand-in"
	remarkArchive    = "archive footage"
	remarkSpecial    = "special appearance"
	remarkLate       = "late"
	remarkCompany    = "company"
)

var remarkOrder = []string{
	remarkVoice, remarkUncredited, remarkSelf, remarkStandIn, remarkArchive, remarkSpecial, remarkLate, remarkCompany,
}

// remarkWords are what is in brackets behind a part, or alone.
var remarkWords = map[string]string{
	"voice": remarkVoice, "voice role": remarkVoice, "singing voice": remarkVoice, "목소리": remarkVoice,
	"목소리 출연": remarkVoice, "목소리출연": remarkVoice,
	"uncredited": remarkUncredited, "credit only": remarkUncredited,
	"self": remarkSelf, "himself": remarkSelf, "herself": remarkSelf, "themselves": remarkSelf, "themself": remarkSelf,
	"본인": remarkSelf, "본인 역": remarkSelf,
	"stand-in": remarkStandIn, "stand in": remarkStandIn, "body double": remarkStandIn, "대역": remarkStandIn,
	"스탠드 인": remarkStandIn, "스탠드인": remarkStandIn,
	"archive footage": remarkArchive, "archival footage": remarkArchive, "archive sound": remarkArchive,
	"special appearance": remarkSpecial, "cameo": remarkSpecial, "특별출연": remarkSpecial, "특별 출연": remarkSpecial,
	"우정출연": remarkSpecial, "우정 출연": remarkSpecial, "카메오": remarkSpecial,
}

// remarks is a set, as its texts in order with commas between: it compares.
func remarks(found ...string) string {
	var list []string
	for _, r := range remarkOrder {
		if slices.Contains(found, r) {
			list = append(list, r)
		}
	}
	return strings.Join(list, ",")
}

// common are the remarks that two sets share: of a part that is listed with a credit
// and without one nothing is said.
func common(a, b string) string {
	var list []string
	for r := range strings.SplitSeq(a, ",") {
		if slices.Contains(strings.Split(b, ","), r) {
			list = append(list, r)
		}
	}
	return remarks(list...)
}

// both joins two sets of remarks.
func both(a, b string) string {
	return remarks(append(strings.Split(a, ","), strings.Split(b, ",")...)...)
}

var bracketed = regexp.MustCompile(`\s*[(（\[]([^()（）\[\]]+)[)）\]]`)

// readPart parts the name of a part from the remarks in it. A remark that says what
// the part is, such as 본인, stays as its name too.
func readPart(text string) (part, said string) {
	text = first(text)
	var found []string
	part = bracketed.ReplaceAllStringFunc(text, func(b string) string {
		remark := remarkWords[strings.ToLower(strings.TrimSpace(bracketed.FindStringSubmatch(b)[1]))]
		if remark == "" {
			return b
		}
		found = append(found, remark)
		return ""
	})
	part = strings.TrimSpace(part)
	if len(found) > 0 {
		part = withoutStop(part)
	}
	if remark := remarkWords[strings.ToLower(part)]; remark != "" {
		if remark == remarkVoice {
			part = ""
		}
		return part, remarks(append(found, remark)...)
	}
	if name, _, ok := strings.Cut(part, " - "); ok && remarkWords[strings.ToLower(name)] == remarkSelf {
		found = append(found, remarkSelf)
	}
	for _, word := range []string{"목소리", "대역", "스탠드 인", "스탠드인"} {
		if strings.Contains(part, word) {
			found = append(found, remarkWords[word])
		}
		who, ok := strings.CutSuffix(part, word)
		who = strings.TrimSpace(who)
		if ok && (isOneWord(who) || remarkWords[word] == remarkVoice && isOnePart(who)) {
			part = who
		}
	}
	return withoutRole(part), remarks(found...)
}

// Part is the name of a part without the remarks in it.
func Part(text string) string {
	part, _ := readPart(text)
	return part
}

// isOneWord tells a name from a description such as 유라 골프 (대역).
func isOneWord(s string) bool { return s != "" && !strings.ContainsAny(s, " /,·") }

// isOnePart tells a part, however it is described, from several of which the last alone is
// a voice: 결혼식 사진사 (목소리), but 선영, 접객실 직원 목소리.
func isOnePart(s string) bool {
	return !strings.ContainsAny(s, "/,·|ㅣ") && !strings.Contains(s, " 및 ") && s != ""
}

// withoutStop drops the full stop that stood before a remark, but not that of Jr.
func withoutStop(part string) string {
	words := strings.Fields(part)
	if len(words) > 0 && strings.HasSuffix(part, ".") && len(words[len(words)-1]) > len("Mrs.") {
		return strings.TrimSuffix(part, ".")
	}
	return part
}

// roleWords end in 역 without being a part and the word for one: a child's part, a
// small one, a stand-in, an interpreter, a district.
var roleWords = []string{
	"아역", "단역", "대역", "통역", "번역", "구역", "지역", "광역", "현역", "배역", "주역", "조역", "악역", "무역", "용역", "전역", "면역", "방역", "병역", "노역", "부역",
	"2역", "3역", "두역", "기차역", "전철역", "하철역", "서울역", "울역",
}

// withoutRole drops the word 역 ("the part of") behind a name.
func withoutRole(part string) string {
	if who, ok := strings.CutSuffix(part, " 역"); ok {
		return strings.TrimSpace(who)
	}
	who, ok := strings.CutSuffix(part, "역")
	counted := strings.HasSuffix(part, "2역") && !strings.HasSuffix(part, "인2역") && !strings.HasSuffix(part, "인 2역")
	if !ok || utf8.RuneCountInString(who) < 2 || !spelling.HasHangul(who) ||
		!counted && slices.ContainsFunc(roleWords, func(w string) bool { return strings.HasSuffix(part, w) }) {
		return part
	}
	return who
}

// kobisName is a name of KOBIS's without its marks.
type kobisName struct {
	clean    string
	namesake int32  // KOBIS's number for one of several of the name, 0: none
	remarks  string // of the person
	sent     string // as it was sent, where that is not clean
}

var (
	numbered    = regexp.MustCompile(`^([가-힣]{2,4})(\d)$`)
	openBracket = regexp.MustCompile(`^(.*[\p{L}.])\s*[(（][^)）]*[)）]?$`)
	firm        = regexp.MustCompile(`㈜|\(주\)|주식회사|\(유\)`)
)

// readName parts a name from what KOBIS marks it with: 정현우8 is the eighth of the
// name, 故 stands before who has died, and a bracket, which may be cut off, says
// more about who it is.
func readName(name string) kobisName {
	n := kobisName{clean: name}
	var found []string
	if firm.MatchString(name) {
		found = append(found, remarkCompany)
		n.clean = strings.TrimPrefix(name, "(주)")
	}
	if who, ok := strings.CutPrefix(n.clean, "故"); ok {
		n.clean, found = strings.TrimSpace(who), append(found, remarkLate)
	}
	if m := openBracket.FindStringSubmatch(n.clean); m != nil {
		n.clean = strings.TrimSpace(m[1])
	}
	if m := numbered.FindStringSubmatch(n.clean); m != nil {
		number, _ := strconv.ParseInt(m[2], 10, 32) // a digit
		n.clean, n.namesake = m[1], int32(number)
	}
	n.remarks = remarks(found...)
	if n.clean != name {
		n.sent = name
	}
	return n
}
