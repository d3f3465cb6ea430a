package merge

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Codes of gradings. A film's 18 is 19 for a series.
var (
	filmGrades = map[string]string{
		"전체관람가": "ALL", "연소자관람가": "ALL", "모든관람객이관람할수있는등급": "ALL", "ALL": "ALL",
		"12세이상관람가": "12", "12세관람가": "12", "국민학생관람불가": "12", "중학생이상관람가": "12", "12": "12",
		"15세이상관람가": "15", "15세관람가": "15", "고등학생이상관람가": "15", "중학생관람불가": "15", "15": "15",
		"청소년관람불가": "18", "18세관람가": "18", "18세이상관람가": "18", "연소자관람불가": "18", "미성년자관람불가": "18", "고등학생관람불가": "18", "18": "18", "19": "18",
		"제한상영가": "restricted", "제한관람가": "restricted", "RESTRICTED": "restricted", "RESTRICTEDSCREENING": "restricted",
	}
	seriesGrades = map[string]string{"ALL": "ALL", "7": "7", "12": "12", "15": "15", "18": "19", "19": "19"}
)

// grade is the code of a grading in a source's words: empty for those that are none,
// such as Exempt.
func grade(codes map[string]string, word string) string {
	return codes[strings.ToUpper(strings.Join(strings.Fields(word), ""))]
}

var statuses = map[string]string{
	"개봉": "released", "개봉예정": "upcoming", "개봉준비": "upcoming", "후반작업": "post-production", "촬영진행": "in production",
	"촬영준비": "planned", "기획": "planned",
	"제작중단": "cancelled", "Released": "released", "Post Production": "post-production", "In Production": "in production",
	"Planned": "planned", "Rumored": "planned",
	"Canceled": "cancelled", "Cancelled": "cancelled", "Pilot": "planned", "Returning Series": "returning", "Ended": "ended",
}

const (
	adultGenre = "성인물(에로)"
	uncut      = "무삭제"
)

// adult tells who calls a film one for adults alone: KOBIS by its genre, or by a title
// that says uncut together with the highest grading, of any edition where TMDB has none of
// them, and TMDB by its flag. It is empty where nobody does.
func (f FilmRecord) adult(gradeCode string) string {
	list, detail, tmdb := f.parts()
	title := list.Title + detail.Title
	switch {
	case slices.Contains(list.Genres, adultGenre), slices.Contains(detail.Genres, adultGenre), list.MainGenre == adultGenre,
		strings.Contains(title, uncut) && (gradeCode == "18" || gradeCode == "restricted"), f.OtherAdult:
		return fromKobis
	case tmdb.Adult != nil && *tmdb.Adult:
		return fromTmdb
	}
	return ""
}

// discCode is what stands for an English title of discs: a Japanese title in Latin
// letters without spaces, and the disc's number.
var discCode = regexp.MustCompile(`^[A-Z]{4,}(?: [A-Z]+)?-\d{1,2}$`)

// displayTitle writes a title that is all in capitals as titles are written, and
// leaves any other alone. A word without a vowel, of three letters at most or with a
// figure stays: BTS, MI6, NCT.
func displayTitle(title string) string {
	if strings.ToUpper(title) != title || strings.ToLower(title) == title {
		return title
	}
	words := strings.Split(title, " ")
	if len(words) == 1 && utf8.RuneCountInString(title) <= shortest {
		return title
	}
	for i, w := range words {
		words[i] = displayWord(w, i == 0 || strings.HasSuffix(words[i-1], ":") || words[i-1] == "-")
	}
	return strings.Join(words, " ")
}

// shortest is how long a title of one word in capitals is that may be an
// abbreviation.
const shortest = 3

// small are the words that a title does not begin with a capital.
var small = map[string]bool{
	"a": true, "an": true, "and": true, "as": true, "at": true, "but": true, "by": true, "for": true, "from": true,
	"in": true, "of": true, "on": true,
	"or": true, "the": true, "to": true, "with": true,
}

func displayWord(w string, begins bool) string {
	lower := strings.ToLower(w)
	switch {
	case small[lower] && !begins:
		return lower
	case strings.ContainsFunc(w, unicode.IsDigit) && strings.ContainsFunc(w, unicode.IsLetter),
		isNumeral(w), !strings.ContainsAny(lower, "aeiouy"):
		return w
	}
	capital := true
	return strings.Map(func(r rune) rune {
		is := capital
		capital = r == '-' || r == '(' || r == '&' || r == '/' || capital && !unicode.IsLetter(r)
		if is {
			return r
		}
		return unicode.ToLower(r)
	}, w)
}

func isNumeral(w string) bool {
	return w != "" && strings.Trim(strings.Trim(w, ":.,!"), "IVX") == "" && strings.Trim(w, "IVX:.,!") == ""
}
