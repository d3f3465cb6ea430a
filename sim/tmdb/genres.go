package tmdb

// genreNames are TMDB's movie genres, in Korean and in English.
var genreNames = map[int][2]string{
	28: {"액션", "Action"}, 12: {"모험", "Adventure"}, 16: {"애니메이션", "Animation"}, 35: {"코미디", "Comedy"},
	80: {"범죄", "Crime"}, 99: {"다큐멘터리", "Documentary"}, 18: {"드라마", "Drama"}, 10751: {"가족", "Family"},
	14: {"판타지", "Fantasy"}, 36: {"역사", "History"}, 27: {"공포", "Horror"}, 10402: {"음악", "Music"},
	9648: {"미스터리", "Mystery"}, 10749: {"로맨스", "Romance"}, 878: {"SF", "Science Fiction"},
	10770: {"TV 영화", "TV Movie"}, 53: {"스릴러", "Thriller"}, 10752: {"전쟁", "War"}, 37: {"서부", "Western"},
}

func genres(ids []int, language string) []Genre {
	column := 1
	if language == "ko" {
		column = 0
	}
	return each(ids, func(id int) Genre { return Genre{ID: id, Name: genreNames[id][column]} })
}

type spoken struct {
	EnglishName string `json:"english_name"`
	ISO         string `json:"iso_639_1"`
	Name        string `json:"name"`
}

// languageCodes are the ISO 639-1 codes of TMDB's English language names.
var languageCodes = map[string]string{
	"Korean": "ko", "English": "en", "Japanese": "ja", "Mandarin": "zh", "Cantonese": "cn", "French": "fr",
	"Spanish": "es", "German": "de", "Italian": "it", "Russian": "ru", "Hindi": "hi", "Thai": "th",
	"Vietnamese": "vi", "Arabic": "ar", "Portuguese": "pt", "Latin": "la",
}

var configuration = map[string]any{
	"images": map[string]any{
		"base_url": "http://image.tmdb.org/t/p/", "secure_base_url": "https://image.tmdb.org/t/p/",
		"backdrop_sizes": []string{"w300", "w780", "w1280", "original"},
		"logo_sizes":     []string{"w45", "w92", "w154", "w185", "w300", "w500", "original"},
		"poster_sizes":   []string{"w92", "w154", "w185", "w342", "w500", "w780", "original"},
		"profile_sizes":  []string{"w45", "w185", "h632", "original"},
		"still_sizes":    []string{"w92", "w185", "w300", "original"},
	},
	"change_keys": []string{"title", "translations", "runtime", "release_date", "overview", "cast", "crew"},
}
