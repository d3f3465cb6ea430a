package credits

// genres is one vocabulary for what the sources call genres. KOBIS's are those of
// its catalogue of 63,069 films, TMDB's those of its lists for ko-KR; a name that
// both have means the same in both.
var genres = map[string]string{
	"드라마": "drama", "코미디": "comedy", "액션": "action", "스릴러": "thriller", "범죄": "crime", "미스터리": "mystery",
	"멜로/로맨스": "romance", "로맨스": "romance", "공포(호러)": "horror", "공포": "horror", "판타지": "fantasy", "SF": "science fiction",
	"어드벤처": "adventure", "모험": "adventure", "애니메이션": "animation", "다큐멘터리": "documentary", "가족": "family",
	"전쟁": "war", "사극": "history", "역사": "history", "뮤지컬": "musical", "음악": "music", "공연": "performance",
	"서부극(웨스턴)": "western", "서부": "western", "성인물(에로)": "adult", "TV 영화": "television film",
	"Action & Adventure": "action and adventure", "Sci-Fi & Fantasy": "science fiction and fantasy", "War & Politics": "war and politics",
	"Kids": "children", "키즈": "children", "News": "news", "뉴스": "news", "Reality": "reality", "예능": "reality", "Soap": "soap", "Talk": "talk",
}

// GenreOf is a source's genre in the vocabulary, empty where it is in none.
func GenreOf(name string) string { return genres[name] }
