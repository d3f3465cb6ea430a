package credits

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/phonetic"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// What shows that two credits of one title and department are one person's.
const (
	byName      = "name"           // written alike
	bySound     = "romanisation"   // one in Hangul, the other a spelling of it in Latin letters
	bySpelling  = "transliterated" // two spellings of a foreign name in Hangul
	byDirector  = "director"       // the directors of a match, in two scripts
	byCharacter = "character"      // a stage name, in the same part
	byPerson    = "person"         // known from another department of the title
)

// rules in order of strength. A weaker one sees only whom no stronger one took.
var rules = []struct {
	name string
	same func(k, t *person) bool
}{
	{byName, sameName},
	{bySound, sameSound},
	{bySpelling, sameSpelling},
	{byDirector, sameDirector},
	{byDirector, onlyDirector},
	{byCharacter, samePart},
}

// person is somebody in one department of a title, with all credits there and the
// name in the forms that compare.
type person struct {
	credits   []int // places in the list
	taken     bool
	name      string   // in Hangul or a third script
	length    int      // of name, in letters
	latin     string   // letters alone, in the order of writing
	words     string   // of the name in Latin letters, sorted
	parts     [][]rune // the letters of each word of the name, where it may be a foreign one in Hangul
	whole     []rune   // the parts in one
	korean    *phonetic.Spelling
	spellings []phonetic.Spelling
	figures   []figure // of the credits, in their order
	directs   bool
	alone     bool     // the only director whom the source names
	third     bool     // in a third script alone
	short     bool     // in Hangul, and no longer than a Korean name
	names     []string // of a director, in any script
}

func newPerson(i int, c *Credit) *person {
	ko, en := first(cmp.Or(c.NameKo, c.NameOriginal)), first(c.NameEn)
	p := &person{credits: []int{i}, name: compact(ko), figures: []figure{figureOf(c)}, directs: c.Job == jobDirector}
	p.length = len([]rune(p.name))
	if p.directs {
		p.short = spelling.HasHangul(p.name) && p.length <= transliteratedLength && !strings.Contains(strings.TrimSpace(ko), " ")
		p.third = c.NameKo == "" && c.NameEn == "" && c.NameOriginal != ""
		p.names = slices.DeleteFunc([]string{c.NameKo, c.NameEn, c.NameOriginal}, func(n string) bool { return n == "" })
	}
	words := wordsOf(en)
	p.latin = strings.Join(words, "")
	slices.Sort(words)
	p.words = strings.Join(words, " ")
	if s, ok := phonetic.OfHangul(p.name); ok {
		p.korean = &s
	}
	if p.name == "" {
		p.spellings = phonetic.OfLatin(en)
	}
	if p.length >= transliteratedLength && spelling.HasHangul(p.name) {
		for word := range strings.FieldsSeq(ko) {
			left := longestSpelling - len(p.whole)
			if left == 0 {
				break
			}
			part := letters(compact(word))
			part = part[:min(len(part), left)]
			p.parts, p.whole = append(p.parts, part), append(p.whole, part...)
		}
	}
	return p
}

// merge makes one credit of two that are the same person's in the same job. They
// are the same person's when a rule says so and no other pair of that department
// forbids it by the same rule: never for a name alone that two people
// share. KOBIS's row stays, with TMDB's person, part and word for the role; TMDB's
// row goes.
func merge(list []Credit) []Credit {
	gone := make([]bool, len(list))
	for _, d := range departments(list) {
		for _, rule := range rules {
			for _, pair := range unique(d, rule.same) {
				join(list, gone, pair, rule.name)
			}
		}
	}
	spread(list, gone)
	kept := list[:0]
	for i, c := range list {
		if !gone[i] {
			kept = append(kept, c)
		}
	}
	return kept
}

// department is who is in it at each source.
type department struct{ kobis, tmdb []*person }

// departments lists those in which both sources have somebody, in order.
func departments(list []Credit) []department {
	var order []string
	found := make(map[string]*department)
	known := make(map[identified]*person)
	listed := make(map[entry]bool)
	for i, c := range list {
		d := found[c.Department]
		if d == nil {
			d = &department{}
			found[c.Department], order = d, append(order, c.Department)
		}
		who := whose(i, &c)
		if again := (entry{who, c.Role}); c.Source == kobis && c.NameEn == "" && listed[again] {
			who = identified{source: kobis, department: c.Department, place: i + 1}
		} else {
			listed[again] = true
		}
		if p := known[who]; p != nil {
			p.credits, p.figures = append(p.credits, i), append(p.figures, figureOf(&c))
			p.directs = p.directs || c.Job == jobDirector
			continue
		}
		p := newPerson(i, &c)
		known[who] = p
		if c.Source == kobis {
			d.kobis = append(d.kobis, p)
		} else {
			d.tmdb = append(d.tmdb, p)
		}
	}
	var both []department
	for _, name := range order {
		if d := found[name]; len(d.kobis) > 0 && len(d.tmdb) > 0 {
			single(d.kobis)
			single(d.tmdb)
			both = append(both, *d)
		}
	}
	return both
}

// single notes who is the only director among people.
func single(people []*person) {
	var directors []*person
	for _, p := range people {
		if p.directs {
			directors = append(directors, p)
		}
	}
	if len(directors) == 1 {
		directors[0].alone = true
	}
}

// identified is what makes credits of a source one person's without doubt: one
// number of TMDB, or in a crew one name with several jobs. Two actors of one name
// are two people, and so are all whom TMDB gives no number; they are told apart by
// their place. So are two of one name in one job of a crew, such as two artists of
// a large team; where KOBIS has the name in Latin letters too, it has somebody twice
// whom it knows.
type identified struct {
	source, department string
	id                 uuid.UUID
	nameKo, nameEn     string
	place              int
}

// entry is somebody in one job of a list.
type entry struct {
	who  identified
	role string
}

func whose(i int, c *Credit) identified {
	who := identified{source: c.Source, department: c.Department}
	switch {
	case c.PersonID != uuid.Nil:
		who.id = c.PersonID
	case c.Source == kobis && c.Department != Acting:
		who.nameKo, who.nameEn = c.NameKo, c.NameEn
	default:
		who.place = i + 1
	}
	return who
}

type pair struct{ kobis, tmdb *person }

// Comparing each with each takes the product of their numbers, which a source's
// answer does not bound. No department of a film has as much as this; of what has
// more, the first are compared.
const (
	mostCompared = 300 // people of either source; more of one where the other has fewer
	// crowd is how many of the other source may be the same as somebody for parts to
	// decide between them.
	crowd = 32
	// longestName is of a person or a part, in letters; longestSpelling is of a
	// foreign one, in parts of syllables.
	longestName, longestSpelling = 200, 64
)

// unique lists the pairs that a rule finds and of which neither side has another.
// Where actors have, an equal part decides.
func unique(d department, same func(k, t *person) bool) []pair {
	kobis, tmdb := open(d)
	var found []pair
	of := make(map[*person]int)
	for _, k := range kobis {
		for _, t := range tmdb {
			if !same(k, t) {
				continue
			}
			of[k]++
			of[t]++
			if of[k] <= crowd {
				found = append(found, pair{k, t})
			}
		}
	}
	var sure, inPart []pair
	for _, p := range found {
		switch k, t := of[p.kobis], of[p.tmdb]; {
		case k == 1 && t == 1:
			sure = append(sure, p)
		case k <= crowd && t <= crowd && figuresAgree(p):
			inPart = append(inPart, p)
		}
	}
	clear(of)
	for _, p := range inPart {
		of[p.kobis]++
		of[p.tmdb]++
	}
	return append(sure, slices.DeleteFunc(inPart, func(p pair) bool { return of[p.kobis] > 1 || of[p.tmdb] > 1 })...)
}

// open are those who were not taken by a stronger rule, no more than may be compared.
func open(d department) (kobis, tmdb []*person) {
	taken := func(p *person) bool { return p.taken }
	kobis = slices.DeleteFunc(slices.Clone(d.kobis), taken)
	tmdb = slices.DeleteFunc(slices.Clone(d.tmdb), taken)
	if len(kobis)*len(tmdb) <= mostCompared*mostCompared {
		return kobis, tmdb
	}
	most := func(others []*person) int { return mostCompared * mostCompared / min(len(others), mostCompared) }
	return kobis[:min(len(kobis), most(tmdb))], tmdb[:min(len(tmdb), most(kobis))]
}

// join merges the credits of one person that are for the same job. KOBIS's others
// get the person's id alone.
func join(list []Credit, gone []bool, p pair, rule string) {
	p.kobis.taken, p.tmdb.taken = true, true
	left := make(map[string][]int) // TMDB's credits by job, in order
	for _, j := range p.tmdb.credits {
		if !gone[j] {
			left[list[j].Job] = append(left[list[j].Job], j)
		}
	}
	for _, exact := range []bool{true, false} {
		for _, i := range p.kobis.credits {
			k := &list[i]
			k.PersonID = list[p.tmdb.credits[0]].PersonID
			job := k.Job
			if !exact {
				job = wider[job]
			}
			same := left[job]
			if k.MergedBy != "" || len(same) == 0 {
				continue
			}
			left[job] = same[1:]
			gone[same[0]] = true
			k.take(&list[same[0]], rule)
		}
	}
}

// wider is the job of TMDB's that takes in a job of KOBIS's.
var wider = map[string]string{jobProjectProducer: jobProducer}

// take makes a credit of KOBIS one of both sources.
func (c *Credit) take(t *Credit, rule string) {
	c.RoleTmdb, c.MergedBy, c.Episodes, c.BillingTmdb = t.Role, rule, t.Episodes, t.BillingTmdb
	c.CharacterKo, c.CharacterEn = cmp.Or(c.CharacterKo, t.CharacterKo), cmp.Or(t.CharacterEn, c.CharacterEn)
	c.Remarks = both(c.Remarks, t.Remarks)
	c.NameKo, c.NameEn, c.NameOriginal = cmp.Or(c.NameKo, t.NameKo), cmp.Or(c.NameEn, t.NameEn), cmp.Or(c.NameOriginal, t.NameOriginal)
}

// sameName compares what both sources write in one script. Different names in
// Hangul are different people, whatever their spellings in Latin letters.
func sameName(k, t *person) bool {
	if k.name != "" && t.name != "" {
		return k.name == t.name
	}
	return len(k.latin) > 1 && (k.latin == t.latin || k.words == t.words)
}

// sameSound compares Hangul with Latin letters, where one source has one of them
// alone.
func sameSound(k, t *person) bool {
	return k.korean != nil && slices.ContainsFunc(t.spellings, k.korean.Matches) ||
		t.korean != nil && slices.ContainsFunc(k.spellings, t.korean.Matches)
}

const (
	// A foreign name in Hangul has at least this many syllables.
	transliteratedLength = 4
	// Two spellings of one name share at least this much of their letters, and of
	// those of each word: 스티븐 스필버그 is not 스티븐 소더버그.
	spellingSimilarity, wordSimilarity = 0.75, 0.6
)

// sameSpelling compares foreign names in Hangul, which every translator writes in
// another way (데이빗, 데이비드).
func sameSpelling(k, t *person) bool {
	if len(k.parts) < 2 || len(k.parts) != len(t.parts) {
		return false
	}
	for i := range k.parts {
		if spelling.Similarity(k.parts[i], t.parts[i]) < wordSimilarity {
			return false
		}
	}
	return spelling.Similarity(k.whole, t.whole) >= spellingSimilarity
}

// sameDirector compares the directors of a match across scripts, word for word: a
// foreign name has several. Korean names are told apart by how they sound.
func sameDirector(k, t *person) bool {
	if !k.directs || !t.directs || k.short || t.short {
		return false
	}
	return match.SamePerson(k.names, t.names)
}

// onlyDirector takes the one director whom each source names for one person, where one
// of them writes the name in a third script, which tells nothing. Between Hangul
// and Latin letters it would take a co-director for the director.
func onlyDirector(k, t *person) bool {
	return k.alone && t.alone && (k.third != t.third) && (k.latin == "" || t.latin == "")
}

// samePart recognises a stage name, a part of the full one, by the part played.
func samePart(k, t *person) bool {
	if k.length < 2 || t.length < 2 {
		return false
	}
	return (strings.HasSuffix(k.name, t.name) || strings.HasSuffix(t.name, k.name)) && k.figures[0].agrees(&t.figures[0])
}

// wordsOf are the words of a name in Latin letters, without accents.
func wordsOf(s string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if w = phonetic.Letters(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// letters takes Hangul syllables apart: half of the difference between two
// spellings is within a syllable.
func letters(s string) []rune { return []rune(norm.NFD.String(s)) }

// first is as much of a name as is compared.
func first(name string) string { return match.First(name, longestName) }

// compact is a name without spaces and signs, in the form that compares.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}
