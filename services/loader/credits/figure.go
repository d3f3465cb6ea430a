package credits

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/phonetic"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// CharactersAgree compares the names of parts: equal, or one in Hangul and the
// other a spelling of it, of its given name or with a family name before it.
func CharactersAgree(a, b string) bool {
	x, y := readFigure(a), readFigure(b)
	return x.agrees(&y)
}

// figure is the name of a part in the forms that compare.
type figure struct {
	compact       string
	hangul        bool
	sounds, given string    // of Hangul, whole and without the first of three syllables
	spellings     [3]string // of Latin letters: all words, without the first, without the last
}

// figureOf is a credit's part, in the source's own script.
func figureOf(c *Credit) figure { return readFigure(cmp.Or(c.CharacterKo, c.CharacterEn)) }

func readFigure(name string) figure {
	name = first(name)
	f := figure{compact: compact(name), hangul: spelling.HasHangul(name)}
	if f.hangul {
		if sounds := phonetic.Syllables(name); len(sounds) >= 2 {
			f.sounds = strings.Join(sounds, "")
			if len(sounds) > 2 {
				f.given = strings.Join(sounds[1:], "")
			}
		}
		return f
	}
	if words := wordsOf(name); len(words) > 0 {
		for i, part := range [][]string{words, words[1:], words[:len(words)-1]} {
			for _, w := range part {
				f.spellings[i] += phonetic.Word(w)
			}
		}
	}
	return f
}

func (f *figure) agrees(o *figure) bool {
	switch {
	case f.compact == "" || o.compact == "":
		return false
	case f.compact == o.compact:
		return true
	case f.hangul == o.hangul:
		return false
	case o.hangul:
		f, o = o, f
	}
	return slices.ContainsFunc(o.spellings[:], func(s string) bool { return s != "" && (s == f.sounds || s == f.given) })
}

func figuresAgree(p pair) bool {
	for i := range p.kobis.figures {
		if p.kobis.figures[i].compact == "" {
			continue // a crew plays none
		}
		for j := range p.tmdb.figures {
			if p.kobis.figures[i].agrees(&p.tmdb.figures[j]) {
				return true
			}
		}
	}
	return false
}
