package contract

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The faults of a number.
var (
	ErrNumber = errors.New("not a whole number")
	ErrRange  = errors.New("out of range")
)

// longestNumber is how long the text of a number may be, in bytes.
const longestNumber = 64

// separated is a number whose thousands are set apart.
var separated = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$`)

// Plain is the text of a number without white space around it and without what sets
// its thousands apart. A comma that does not is left.
func Plain(text string) string {
	text = trimmed(text)
	if strings.Contains(text, ",") && len(text) <= longestNumber && separated.MatchString(text) {
		return strings.ReplaceAll(text, ",", "")
	}
	return text
}

// Int reads a whole number of 64 bits in any of the forms that stand for it: with
// white space around it, a fraction of zeros, an exponent, its thousands set apart by
// commas. It returns ErrNumber or ErrRange.
func Int(text string) (int64, error) {
	text = Plain(text)
	if len(text) > longestNumber {
		return 0, ErrRange
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	mantissa, exponent := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		n, err := strconv.ParseInt(text[at+1:], 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0, ErrNumber
		}
		mantissa, exponent = text[:at], int(max(-math.MaxInt32, min(n, math.MaxInt32)))
	}
	sign := ""
	if mantissa != "" && (mantissa[0] == '-' || mantissa[0] == '+') {
		sign, mantissa = mantissa[:1], mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if whole == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, ErrNumber
	}
	exponent -= len(fraction)
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	short = strings.TrimLeft(short, "0")
	switch {
	case short == "":
		return 0, nil
	case exponent < 0:
		return 0, ErrNumber
	case len(short)+exponent > len("9223372036854775807"):
		return 0, ErrRange
	}
	n, err := strconv.ParseInt(sign+short+strings.Repeat("0", exponent), 10, 64)
	if err != nil {
		return 0, ErrRange
	}
	return n, nil
}

// movieCdLength is that of every code of a film that KOBIS ever had.
const movieCdLength = 8

// MovieCd reads KOBIS' code of a film: eight digits or capital letters of ASCII, such
// as 20190324 and 2023C109. It may have white space and invisible characters around
// it, and one of digits may have the form of a number, such as 20190324.0.
func MovieCd(text string) (string, bool) {
	code := digits(trimmed(text))
	return code, len(code) == movieCdLength && isCode(code)
}

// digits are those of a code that came as a number with a fraction or an exponent;
// else it is what it was.
func digits(code string) string {
	if !strings.Contains(code, ".") || len(code) > longestNumber { // 2019E004 is a code
		return code
	}
	if whole, fraction, _ := strings.Cut(code, "."); strings.Trim(fraction, "0") == "" {
		return whole
	}
	if n, err := Int(code); err == nil && n > 0 {
		return strconv.FormatInt(n, 10)
	}
	return code
}

// longestCompanyCd is twice what KOBIS' codes of companies have.
const longestCompanyCd = 16

// CompanyCd reads KOBIS' code of a company: 6 to 8 digits so far; up to 16 digits
// or capital letters are taken, in the forms of a film's.
func CompanyCd(text string) (string, bool) {
	code := digits(trimmed(text))
	return code, code != "" && len(code) <= longestCompanyCd && isCode(code)
}

// longestPeopleCd is twice what KOBIS' codes of people have.
const longestPeopleCd = 16

// PeopleCd reads KOBIS' code of a person: 8 digits so far; up to 16 digits or capital
// letters are taken, in the forms of a film's.
func PeopleCd(text string) (string, bool) {
	code := digits(trimmed(text))
	return code, code != "" && len(code) <= longestPeopleCd && isCode(code)
}

func isCode(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// TmdbID reads an id of TMDB: a whole number from 1 to 2,147,483,647 in any form.
func TmdbID(text string) (int32, bool) {
	n, err := Int(text)
	return int32(n), err == nil && n >= 1 && n <= math.MaxInt32
}

// longestIdentity bounds the text of an identity, a total or a code that is looked
// at, in bytes of JSON.
const longestIdentity = 1_000

// textOf is that of a remembered string, number or truth, without what is blank around
// it; empty for everything else and for what is too long to be any of these.
func (s *remembered) textOf(slot slot) string {
	v := s.values[slot]
	switch {
	case v.kind == 0 || v.kind == '{' || v.kind == '[' || v.kind == 'n' || v.end-v.start > longestIdentity:
		return ""
	case v.kind != '"':
		return string(s.body[v.start:v.end])
	}
	var text string
	if err := json.Unmarshal(repaired(s.body[v.start:v.end]), &text); err != nil { // it is JSON
		return ""
	}
	return trimmed(text)
}

// has reports a value of one of the kinds, each the first byte of its text.
func (s *remembered) has(slot slot, kinds string) bool {
	kind := s.values[slot].kind
	return kind != 0 && strings.IndexByte(kinds, kind) >= 0
}

// told reports that something is in a place, be it beside what is empty under the
// same name.
func (s *remembered) told(slot slot) bool { return s.values[slot].told > 0 }

// titled reports an entity with what it is asked for by and what it is called.
func (s *remembered) titled() bool {
	return s.told(slotID) && (s.told(slotTitle) || s.told(slotOriginal))
}

// rows reports a list in which something stands.
func (s *remembered) rows() bool { return s.has(slotRows, "[") && !s.values[slotRows].hollow }

// tells reports an entity, or something else where it should stand.
func (s *remembered) tells() bool {
	return s.titled() || s.told(slotMovie) || s.values[slotResult].told > s.values[slotSource].told
}

// takenBack says that what is asked for is in the body twice, empty the second time.
func (s *remembered) takenBack() string {
	for _, slot := range []slot{slotMovie, slotID, slotRows} {
		if s.values[slot].hollow && s.told(slot) {
			return "what was asked for is in it twice, and is empty the second time"
		}
	}
	return ""
}

// count reads a total, which must not be negative nor above most, and notes a
// breach where it is. What is missing, empty or null is 0.
func (s *scan) count(slot slot, name string, most int32) int32 {
	text := s.textOf(slot)
	if v := s.values[slot]; v.kind == 0 || (v.hollow && s.has(slot, `n"`)) {
		return 0
	}
	n, err := Int(text)
	switch {
	case errors.Is(err, ErrNumber):
		s.breaks("its %s is not a number: %s", name, s.quote(slot))
	case err != nil, n < 0, n > int64(most):
		s.breaks("its %s is %s, accepted is 0 to %d", name, s.quote(slot), most)
	default:
		return int32(n)
	}
	return 0
}

// quote is a remembered value as it came, for a person.
func (s *remembered) quote(slot slot) string {
	v := s.values[slot]
	return quotable(string(s.body[v.start:min(v.end, v.start+longestMessage)]))
}

// code is that of a fault, in its shortest form.
func (s *remembered) code(slot slot) string {
	text := s.textOf(slot)
	if n, err := Int(text); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return quotable(text)
}

// message is that of a fault.
func (s *remembered) message(slot slot) string {
	v := s.values[slot]
	if v.kind != '"' {
		return ""
	}
	if v.end-v.start > longestIdentity {
		return s.quote(slot)
	}
	return quotable(s.textOf(slot))
}
