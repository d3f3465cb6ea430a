package match

import "strings"

// several is what names an edition of more than one film.
const several = "통합판"

// PlainTitle is what a title has in common with the other editions of its film: its
// letters and numbers without what names an edition, and whether it names one. What is in
// brackets belongs to it otherwise, as does 극장판.
func PlainTitle(text string) (plain string, edition bool) {
	if film := strings.ReplaceAll(text, theatrical, " "); film != text && strings.TrimSpace(film) != "" {
		plain, edition = PlainTitle(film)
		return theatrical + plain, edition
	}
	t := readTitle(text)
	if strings.Contains(t.text, several) {
		return t.whole, false
	}
	t.apart()
	plain = strings.Join(t.words, "")
	for _, remark := range t.remarks {
		plain += "(" + remark + ")"
	}
	return First(plain, longestCompared), t.edition || gluedTo(t.text) != ""
}

// gluedTo is what is written behind the last word without a space, and names an edition.
func gluedTo(text string) string {
	plain, _ := unbracket(text)
	all := strings.Join(split(plain), "")
	for _, suffix := range glued {
		if strings.HasSuffix(all, suffix) {
			return suffix
		}
	}
	return ""
}
