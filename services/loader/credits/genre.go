package credits

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
)

// Genre is a row of production.genres. Empty texts and the number 0 are NULL.
type Genre struct {
	ID     uuid.UUID
	Source string // of what is in no vocabulary, else empty
	Name   string // Korean
	Genre  string // of the vocabulary
	TmdbID int32
}

// TitleGenre is a genre of a title, once, no matter who names it.
type TitleGenre struct {
	Genre
	Position int32  // from 0, KOBIS's before TMDB's
	Sources  string // with a comma between
}

// genreVocabulary is one for both sources: the genre, TMDB's number, the Korean name,
// and other words for it. KOBIS's are those of its catalogue of 63,069 films, TMDB's
// those of its lists for ko-KR; a name that both have means the same in both.
var genreVocabulary = []struct {
	genre  string
	tmdbID int32
	name   string
	others []string
}{
	{"drama", 18, "드라마", nil},
	{"comedy", 35, "코미디", nil},
	{"action", 28, "액션", nil},
	{"thriller", 53, "스릴러", nil},
	{"crime", 80, "범죄", nil},
	{"mystery", 9648, "미스터리", nil},
	{"romance", 10749, "로맨스", []string{"멜로/로맨스"}},
	{"horror", 27, "공포", []string{"공포(호러)"}},
	{"fantasy", 14, "판타지", nil},
	{"science fiction", 878, "SF", nil},
	{"adventure", 12, "모험", []string{"어드벤처"}},
	{"animation", 16, "애니메이션", nil},
	{"documentary", 99, "다큐멘터리", nil},
	{"family", 10751, "가족", nil},
	{"war", 10752, "전쟁", nil},
	{"history", 36, "역사", []string{"사극"}},
	{"musical", 0, "뮤지컬", nil},
	{"music", 10402, "음악", nil},
	{"performance", 0, "공연", nil},
	{"western", 37, "서부", []string{"서부극(웨스턴)"}},
	{"adult", 0, "성인물(에로)", nil},
	{"television film", 10770, "TV 영화", nil},
	{"action and adventure", 10759, "Action & Adventure", nil},
	{"science fiction and fantasy", 10765, "Sci-Fi & Fantasy", nil},
	{"war and politics", 10768, "War & Politics", nil},
	{"children", 10762, "키즈", []string{"Kids"}},
	{"news", 10763, "뉴스", []string{"News"}},
	{"reality", 10764, "예능", []string{"Reality"}},
	{"soap", 10766, "Soap", nil},
	{"talk", 10767, "Talk", nil},
	{"current affairs", 0, "시사교양", nil},
}

var genresByName, genresByNumber = knownGenres()

func knownGenres() (names map[string]Genre, numbers map[int32]Genre) {
	names, numbers = make(map[string]Genre), make(map[int32]Genre)
	for _, v := range genreVocabulary {
		g := Genre{ID: identity.OfGenre("", v.genre), Name: v.name, Genre: v.genre, TmdbID: v.tmdbID}
		for _, name := range append([]string{v.name}, v.others...) {
			names[name] = g
		}
		if v.tmdbID != 0 {
			numbers[v.tmdbID] = g
		}
	}
	return names, numbers
}

// genreOf is a source's genre in the vocabulary, empty where it is in none.
func genreOf(name string) string { return genresByName[name].Genre }

// genreList lists the genres of a title, each once.
type genreList []TitleGenre

func (l *genreList) add(source, name string, number int32) {
	g, known := genresByNumber[number]
	if !known {
		g, known = genresByName[name]
	}
	if !known {
		g = Genre{ID: identity.OfGenre(source, name), Source: source, Name: name, TmdbID: number}
	}
	for i := range *l {
		if old := &(*l)[i]; old.ID == g.ID {
			if !slices.Contains(strings.Split(old.Sources, ","), source) {
				old.Sources += "," + source
			}
			return
		}
	}
	*l = append(*l, TitleGenre{Genre: g, Position: int32(len(*l)), Sources: source})
}

// FilmGenres lists the genres of a film.
func FilmGenres(list *record.KobisMovie, detail *record.KobisMovieDetail, movie *record.TmdbMovie) []TitleGenre {
	var genres genreList
	var names []string
	if list != nil {
		names = list.Genres
	}
	if len(names) == 0 && detail != nil {
		names = detail.Genres
	}
	for _, name := range names {
		genres.add(kobis, name, 0)
	}
	if movie != nil {
		genres.work(&movie.TmdbWork)
	}
	return genres
}

// TmdbGenres lists the genres that TMDB gives a work.
func TmdbGenres(w *record.TmdbWork) []TitleGenre {
	var genres genreList
	genres.work(w)
	return genres
}

func (l *genreList) work(w *record.TmdbWork) {
	for _, g := range w.Genres {
		l.add(tmdb, g.Name, g.ID)
	}
}
