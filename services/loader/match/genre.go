package match

import "slices"

// TMDB's numbers of the genres that decide what kind of film this is.
const (
	animation   = 16
	documentary = 99
	drama       = 18
)

// genreNumbers are TMDB's for KOBIS's words. What has no counterpart says nothing.
var genreNumbers = map[string]int32{
	"드라마": drama, "애니메이션": animation, "다큐멘터리": documentary, "코미디": 35, "액션": 28, "스릴러": 53, "멜로/로맨스": 10749, "공포(호러)": 27,
	"SF": 878, "범죄": 80, "가족": 10751, "판타지": 14, "어드벤처": 12, "미스터리": 9648, "전쟁": 10752, "뮤지컬": 10402, "서부극(웨스턴)": 37, "사극": 36,
}

// genres is what the genres of a film and a candidate have in common.
type genres int

const (
	genresUnknown genres = iota
	ofOneKind            // both are animated, or documentaries
	manyGenres           // several in common, not counting drama, which half of all films are
	oneGenre             // one
	dramaAlone
	noGenre
	animatedThere // for TMDB alone: of a film with animated parts KOBIS may not say so
	ofOtherKind   // for KOBIS alone it is animated, or a documentary
)

// compareGenres counts what both sides know. Sources disagree on a film's genres,
// but hardly ever on whether it is animated.
func compareGenres(ours []int32, named bool, theirs []int32) genres {
	if !named || len(theirs) == 0 {
		return genresUnknown
	}
	shared := 0
	for _, g := range ours {
		if g != drama && slices.Contains(theirs, g) {
			shared++
		}
	}
	for _, kind := range []int32{animation, documentary} {
		switch here, there := slices.Contains(ours, kind), slices.Contains(theirs, kind); {
		case here && there:
			return ofOneKind
		case here:
			return ofOtherKind
		case there:
			return animatedThere
		}
	}
	switch {
	case len(ours) == 0:
		return genresUnknown
	case shared > 1:
		return manyGenres
	case shared == 1:
		return oneGenre
	case slices.Contains(ours, drama) && slices.Contains(theirs, drama):
		return dramaAlone
	}
	return noGenre
}

// genresOf are those of a film in TMDB's numbers.
func genresOf(film *Film) []int32 {
	numbers := make([]int32, 0, len(film.Genres))
	for _, word := range film.Genres {
		if n := genreNumbers[word]; n != 0 && !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
