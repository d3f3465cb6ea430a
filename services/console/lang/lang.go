// Package lang has what the console says, in Korean and in English.
//
// Each sentence has a key and a text in both languages, in en.json and ko.json; {0},
// {1} … stand for what is filled in, {0:day|days} for a number with the word that it
// takes. Times are Seoul's, numbers have their thousands
// apart. A key without a text is shown as itself; a test holds that none is.
package lang

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed en.json ko.json
var files embed.FS

// The languages.
const (
	Korean  = "ko"
	English = "en"
)

// Codes are all languages, the first for who asks for none of them.
var Codes = []string{Korean, English}

// Seoul is the zone of all times that are shown.
var Seoul = mustZone("Asia/Seoul")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.FixedZone("KST", 9*60*60) // as it has been since 1988
	}
	return zone
}

// Language says things in one language.
type Language struct {
	Code  string
	words map[string]string
}

// Load reads a language.
func Load(code string) (*Language, error) {
	text, err := files.ReadFile(code + ".json")
	if err != nil {
		return nil, fmt.Errorf("reading the language %s: %w", code, err)
	}
	l := &Language{Code: code}
	if err := json.Unmarshal(text, &l.words); err != nil {
		return nil, fmt.Errorf("reading the language %s: %w", code, err)
	}
	return l, nil
}

var matcher = language.NewMatcher([]language.Tag{language.Korean, language.English})

// Wanted is the language that a browser asks for.
func Wanted(acceptLanguage string) string {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return Korean
	}
	_, i, _ := matcher.Match(tags...)
	return Codes[i]
}

// Has reports whether there is a text of this key.
func (l *Language) Has(key string) bool { return l.words[key] != "" }

// T is the text of a key.
func (l *Language) T(key string, args ...any) string {
	text, ok := l.words[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return place.ReplaceAllStringFunc(text, func(found string) string {
		m := place.FindStringSubmatch(found)
		n, err := strconv.Atoi(m[1])
		if err != nil || n >= len(args) {
			return found
		}
		value := l.argument(args[n])
		if one, many, counted := strings.Cut(m[2], "|"); counted && value == "1" {
			return value + " " + one
		} else if counted {
			return value + " " + many
		}
		return value
	})
}

// place is where an argument stands, with the words for one and for many.
var place = regexp.MustCompile(`\{(\d)(?::([^}]*))?\}`)

// Or is the text of a key, or the word itself where there is none: of words of others.
func (l *Language) Or(prefix, word string) string {
	if text := l.words[prefix+word]; text != "" {
		return text
	}
	return word
}

func (l *Language) argument(arg any) string {
	switch v := arg.(type) {
	case int:
		return Number(v)
	case int32:
		return Number(v)
	case int64:
		return Number(v)
	case time.Duration:
		return l.Span(v)
	case string:
		return v
	}
	return fmt.Sprint(arg)
}

// Number is a number with its thousands apart.
func Number[N int | int32 | int64](n N) string {
	text := strconv.FormatInt(int64(n), 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// crowd is an audience as it is said: in 만 and 억 in Korean.
func (l *Language) crowd(n int64) string {
	const tenThousand, hundredMillion = 10_000, 100_000_000
	switch {
	case l.Code != Korean || n < tenThousand:
		return Number(n)
	case n >= hundredMillion:
		return strconv.FormatFloat(float64(n)/hundredMillion, 'f', 1, 64) + "억"
	}
	return Number(n/tenThousand) + "만"
}

// Size is a number of bytes.
func Size(n int64) string {
	const step = 1024
	value, unit := float64(n), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for value >= step && unit < len(units)-1 {
		value, unit = value/step, unit+1
	}
	if unit == 0 || value >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64) + " " + units[unit]
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + units[unit]
}

// Clock is a time in Seoul: of the same day its hour, of another its date too.
func Clock(at, now time.Time) string {
	at, now = at.In(Seoul), now.In(Seoul)
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("01-02 15:04")
	}
	return at.Format("2006-01-02 15:04")
}

const (
	hoursOfADay = 24
	twoDays     = 2 * hoursOfADay * time.Hour
)

// Span is a duration as it is said, in its two largest units at most.
func (l *Language) Span(d time.Duration) string {
	d = max(0, d)
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case d < time.Minute:
		return l.T("span.seconds", int(d.Seconds()))
	case d < time.Hour:
		return l.T("span.minutes", minutes)
	case d < twoDays:
		return l.T("span.hours", minutes/60, minutes%60)
	default:
		return l.T("span.days", int(d.Hours())/hoursOfADay)
	}
}
