package decode

import (
	"fmt"

	"github.com/cledit/pipeline/pkg/contract"
)

// movieCd is the code of a row's film; "" for a row that is left out, since it has
// none or what stands there is none.
func (r *reader) movieCd(s scalar) string {
	text := r.identity("movieCd", s)
	code, ok := contract.MovieCd(text)
	switch {
	case ok:
		return code
	case code == "":
		r.note("movieCd", MissingKey)
	default:
		r.note("movieCd", NotACode)
	}
	return ""
}

// companyCd is the code of a company, "" where there is none.
func (r *reader) companyCd(s scalar) string {
	text := r.identity("companys.companyCd", s)
	code, ok := contract.CompanyCd(text)
	if ok {
		return code
	}
	if code != "" {
		r.note("companys.companyCd", NotACode)
	}
	return ""
}

// identity is the text of a code. One that came as a number is its digits.
func (r *reader) identity(field string, s scalar) string {
	text := r.raw(field, s, longestText)
	if s.kind == number {
		if n, err := contract.Int(text); err == nil {
			return fmt.Sprint(n)
		}
	}
	return text
}

// twice refuses a body in which a name stands twice, in capitals and small letters,
// so that readers disagree about which one counts.
func twice(name string) error {
	return fmt.Errorf("%w: its %s is another one for each reader", ErrUnreadable, name)
}
