package people

import "slices"

// Verdict is what somebody decided about a credit of a film, above every rule: that it is
// a person, or is not.
type Verdict struct {
	Name, Part string
	Character  string // of the one credit that is meant; empty: of all with name and part
	Code       string // of the person
	Ban        bool   // the credit is not the person's
}

func (v *Verdict) speaksOf(c Credit) bool {
	return v.Name == c.Name && v.Part == c.Part && (v.Character == "" || v.Character == c.Character)
}

// pinned is the code of whom somebody said a credit is, empty where nobody did. What is
// said of one character stands above what is said of all.
func (f *Film) pinned(c Credit) (code string) {
	for i := range f.Verdicts {
		v := &f.Verdicts[i]
		if v.Ban || !v.speaksOf(c) {
			continue
		}
		if v.Character != "" {
			return v.Code
		}
		code = v.Code
	}
	return code
}

// allowed are those of whom nobody said that the credit is not theirs.
func (f *Film) allowed(c Credit, candidates []*Person) []*Person {
	if !slices.ContainsFunc(f.Verdicts, func(v Verdict) bool { return v.Ban && v.speaksOf(c) }) {
		return candidates
	}
	return slices.DeleteFunc(slices.Clone(candidates), func(p *Person) bool {
		return slices.ContainsFunc(f.Verdicts, func(v Verdict) bool { return v.Ban && v.Code == p.Code && v.speaksOf(c) })
	})
}
