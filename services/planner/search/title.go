package search

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

var (
	// bracketed is a remark in brackets that does not begin the title:
	// 해무(海霧), 주먹이 운다(Crying Fist), but not (500)일의 썸머.
	bracketed = regexp.MustCompile(`(\S)\s*(?:\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）|<[^<>]*>)`)
	// edition is what marks another edition of the same film.
	edition = regexp.MustCompile(
		`(?i)[\s:,_-]*(?:재개봉|특별판|확장판|감독판|무삭제감독판|무삭제판|무삭제|완전판|디지털\s*리마스터링|리마스터링|리마스터|아이맥스|IMAX|4DX|3D|4K|더빙판|자막판|더빙|자막)$`,
	)
)

// longest is in letters. Brackets in brackets are taken away from within, which
// takes the square of the length.
const longest = 500

// Title is the title as one would type it into a search: without remarks
// in brackets, without the name of an edition, with single spaces. A title that
// consists of nothing else stays as it is. No film's title is longer than longest:
// of what is, its beginning is searched for.
func Title(title string) string {
	whole := strings.Join(strings.Fields(norm.NFC.String(title)), " ")
	if letters := []rune(whole); len(letters) > longest {
		whole = strings.TrimSpace(string(letters[:longest]))
	}
	short := whole
	for {
		cut := edition.ReplaceAllString(bracketed.ReplaceAllString(short, "$1"), "")
		cut = strings.Join(strings.Fields(cut), " ")
		if cut == short || cut == "" {
			return short
		}
		short = cut
	}
}
