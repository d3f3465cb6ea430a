package decode

import (
	"fmt"

	"github.com/cledit/pipeline/pkg/contract"
)

// identity is the code of a row's film or person; "" for a row that is left out, since
// it has none or what is there is none.
func (r kobisReader) identity(field string, read func(string) (string, bool), s scalar) string {
	text := r.raw(field, s, longestText)
	code, ok := read(text)
	switch {
	case ok:
		return code
	case code == "":
		r.note(field, MissingKey)
	default:
		r.note(field, NotACode)
	}
	return ""
}

// movieCds are the codes of so many films, "" for those that are left out.
func (r kobisReader) movieCds(n int, code func(i int) scalar) []string {
	return r.codes("movieCd", contract.MovieCd, n, code)
}

// codes are those of so many rows, "" for those that are left out.
func (r kobisReader) codes(field string, read func(string) (string, bool), n int, code func(i int) scalar) []string {
	codes := make([]string, n)
	for i := range codes {
		codes[i] = r.identity(field, read, code(i))
	}
	return codes
}

// once leaves out all rows of a code but the best one, or of equal ones the first.
func (r kobisReader) once(field string, codes []string, better func(i, j int) bool) {
	seen := make(map[string]int, len(codes))
	for i, code := range codes {
		if code == "" {
			continue
		}
		first, twice := seen[code]
		switch {
		case !twice:
			seen[code] = i
			continue
		case better(i, first):
			codes[first], seen[code] = "", i
		default:
			codes[i] = ""
		}
		r.add(Note{field, Twice}, 1)
	}
}

// companyCd is the code of a company, "" where there is none.
func (r kobisReader) companyCd(s scalar) string {
	text := r.raw("companys.companyCd", s, longestText)
	code, ok := contract.CompanyCd(text)
	if ok {
		return code
	}
	if code != "" {
		r.note("companys.companyCd", NotACode)
	}
	return ""
}

// twice refuses a body in which a name stands twice, in capitals and small letters,
// so that readers disagree about which one counts.
func twice(name string) error {
	return fmt.Errorf("%w: its %s is another one for each reader", ErrUnreadable, name)
}
