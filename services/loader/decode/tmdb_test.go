package decode

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

func tmdb(kind messages.Kind, key, body string) messages.Payload {
	return messages.Payload{
		Name: messages.Name{Source: messages.TMDB, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, Body: []byte(body),
	}
}

func TestTmdbMovie(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, tmdb(messages.KindMovieDetail, "496243", `{"adult":false,"backdrop_path":null,"belongs_to_collection":null,"budget":0,
		"genres":[{"id":35,"name":"코미디"}],"homepage":"","id":496243,"imdb_id":"","origin_country":["KR"],"original_language":"ko","original_title":"기생충","overview":"",
		"popularity":60,"poster_path":"/p.jpg","production_companies":[{"id":7036,"logo_path":"/cj.png","name":"CJ Entertainment","origin_country":""}],
		"production_countries":[{"iso_3166_1":"KR","name":"South Korea"}],"release_date":"2019-05-30","runtime":0,"status":"Released","tagline":" 한 줄\n","title":"기생충","video":false,
		"vote_average":8,"vote_count":19000,"watch/providers":{"results":{}},
		"translations":{"translations":[{"iso_3166_1":"GB","iso_639_1":"en","data":{"title":"Parasite (UK)","overview":""}},{"iso_3166_1":"US","iso_639_1":"en","data":{"title":"Parasite","overview":""}},
			{"iso_3166_1":"KR","iso_639_1":"ko","data":{"title":"","overview":""}}]},
		"alternative_titles":{"titles":[{"iso_3166_1":"US","title":"Gisaengchung","type":"romanization"}]},"keywords":{"keywords":[{"id":1,"name":"dark comedy"}]},
		"external_ids":{"imdb_id":"tt6751668","wikidata_id":"Q61448040","facebook_id":"","instagram_id":null,"twitter_id":"ParasiteMovie"},
		"images":{"backdrops":[{"aspect_ratio":1.778,"height":2160,"iso_639_1":null,"file_path":"/b1.jpg","vote_average":5.4,"vote_count":12,"width":3840},{"file_path":null}],
			"logos":[{"height":0,"iso_639_1":"ko","file_path":"/l.png","vote_average":0,"vote_count":0,"width":0}],"posters":[{"height":3000,"iso_639_1":"ko","file_path":"/p1.jpg","vote_average":5,"vote_count":3,"width":2000}]},
		"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"certification":"15","release_date":"2019-05-30T00:00:00.000Z","type":3},{"certification":"","release_date":"","type":4}]}]},
		"credits":{"cast":[{"id":20738,"name":"송강호","original_name":"Song Kang-ho","profile_path":"/song.jpg","character":"Ki-taek","order":0,"credit_id":"a"},{"id":0,"name":"누구"},{"id":5,"name":""}],
			"crew":[{"id":21684,"name":"봉준호","original_name":"봉준호","department":"Directing","job":"Director","credit_id":"c"}]}}`))
	movie := facts.TmdbMovies[0]
	require.Equal(t, record.TmdbMovie{
		TmdbWork: record.TmdbWork{
			TmdbID: 496243, Title: "기생충", TitleEn: "Parasite", TitleOriginal: "기생충", OriginalLanguage: "ko", Status: "Released", ImdbID: "tt6751668", PosterPath: "/p.jpg",
			Adult: new(false), Popularity: new(60.0), VoteAverage: new(8.0), VoteCount: new(int32(19000)), OriginCountries: []string{"KR"},
			Genres: []record.TmdbGenre{{ID: 35, Name: "코미디"}}, Companies: []record.TmdbCompany{{ID: 7036, Name: "CJ Entertainment", Logo: "/cj.png"}},
			AlternativeTitles: []record.TmdbAlternativeTitle{{Country: "US", Title: "Gisaengchung", Type: "romanization"}},
			Translations:      []record.TmdbTranslation{{Language: "en", Country: "GB", Title: "Parasite (UK)"}, {Language: "en", Country: "US", Title: "Parasite"}},
			Keywords:          []string{"dark comedy"},
			Images: []record.TmdbImage{
				{Kind: record.Poster, Path: "/p1.jpg", Language: "ko", Width: new(int32(2000)), Height: new(int32(3000)), VoteAverage: new(5.0), VoteCount: new(int32(3))},
				{Kind: record.Backdrop, Path: "/b1.jpg", Width: new(int32(3840)), Height: new(int32(2160)), VoteAverage: new(5.4), VoteCount: new(int32(12))},
				{Kind: record.Logo, Path: "/l.png", Language: "ko", VoteAverage: new(0.0), VoteCount: new(int32(0))},
			},
			ExternalIDs: []record.TmdbExternalID{{Site: "imdb", ID: "tt6751668"}, {Site: "wikidata", ID: "Q61448040"}, {Site: "twitter", ID: "ParasiteMovie"}},
			Cast:        []record.TmdbCast{{TmdbPerson: record.TmdbPerson{ID: 20738, Name: "송강호", NameOriginal: "Song Kang-ho", Profile: "/song.jpg"}, Character: "Ki-taek", CreditID: "a"}, {TmdbPerson: record.TmdbPerson{Name: "누구"}}},
			Crew:        []record.TmdbCrew{{TmdbPerson: record.TmdbPerson{ID: 21684, Name: "봉준호", NameOriginal: "봉준호"}, Department: "Directing", Job: "Director", CreditID: "c"}},
			Found:       true,
		},
		Tagline: "한 줄", ReleaseDate: date(2019, 5, 30), ProductionCountries: []string{"KR"},
		ReleaseDates: []record.TmdbRelease{{Country: "KR", Date: "2019-05-30", Type: 3, Certification: "15"}, {Country: "KR", Type: 4}},
	}, movie)
	require.Equal(t, map[Note]int{{"cast.id", MissingKey}: 1}, notes)
	require.Len(t, facts.TmdbPeople, 2)
	require.Len(t, facts.TmdbCompanies, 1)
}

func TestTmdbMovieWithBlocksOfTheWrongShape(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, tmdb(messages.KindMovieDetail, "1", `{"id":1,"title":"t","credits":[],"release_dates":null,"keywords":"none","genres":{},"runtime":"98"}`))
	require.Equal(t, int32(98), *facts.TmdbMovies[0].RuntimeMinutes)
	require.Empty(t, facts.TmdbMovies[0].Cast)
	require.Equal(t, map[Note]int{{"credits", WrongShape}: 1, {"genres", WrongShape}: 1, {"keywords", WrongShape}: 1}, notes)
}

func TestTmdbSeries(t *testing.T) {
	t.Parallel()
	facts, _ := decoded(t, tmdb(messages.KindSeriesDetail, "93405", `{"id":93405,"name":"오징어 게임","original_name":"오징어 게임","original_language":"ko","first_air_date":"2021-09-17","last_air_date":null,
		"episode_run_time":[],"in_production":false,"number_of_seasons":3,"number_of_episodes":22,"type":"Scripted","networks":[{"id":213,"name":"Netflix","logo_path":"/n.png","origin_country":""}],
		"created_by":[{"id":1,"name":"황동혁"}],"seasons":[{"air_date":null,"episode_count":0,"name":"스페셜","season_number":0},{"air_date":"2021-09-17","episode_count":9,"name":"시즌 1","poster_path":"/s1.jpg","season_number":1}],
		"keywords":{"results":[{"id":2,"name":"survival"}]},"alternative_titles":{"results":[{"iso_3166_1":"US","title":"Round Six","type":""}]},
		"content_ratings":{"results":[{"iso_3166_1":"KR","rating":"19"}]},"external_ids":{"imdb_id":"tt10919420","tvdb_id":383275,"tvrage_id":0},"credits":{"cast":[{"id":9,"name":"latest season alone"}]},
		"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","roles":[{"credit_id":"r1","character":"Gi-hun","episode_count":20},{"credit_id":"r2","character":"456","episode_count":2}],"order":0}],
			"crew":[{"id":1,"name":"황동혁","department":"Writing","jobs":[{"credit_id":"j1","job":"Writer","episode_count":22}]}]}}`))
	series := facts.TmdbSeries[0]
	require.Equal(t, []record.TmdbSeason{{Name: "스페셜"}, {Number: 1, Name: "시즌 1", EpisodeCount: 9, AirDate: "2021-09-17", Poster: "/s1.jpg"}}, series.Seasons)
	require.Equal(t, []string{"Gi-hun", "456"}, []string{series.Cast[0].Character, series.Cast[1].Character})
	require.Equal(t, "Writer", series.Crew[0].Job)
	require.Equal(t, "tt10919420", series.ImdbID)
	require.Equal(t, []string{"survival"}, series.Keywords)
	require.Equal(t, []record.TmdbExternalID{{Site: "imdb", ID: "tt10919420"}, {Site: "tvdb", ID: "383275"}}, series.ExternalIDs)
	require.Equal(t, "Round Six", series.AlternativeTitles[0].Title)
	require.Nil(t, series.EpisodeRunMinutes)
	require.Nil(t, series.LastAirDate)
	require.Len(t, facts.TmdbPeople, 4, "each mention")
	require.Equal(t, []record.TmdbCompany{{ID: 213, Name: "Netflix", Logo: "/n.png"}}, series.Networks)
	require.Empty(t, facts.TmdbCompanies, "a network is not a company: their numbers have nothing to do with each other")
}

func TestTmdbSeason(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, tmdb(messages.KindSeasonDetail, "93405.2", `{"id":5,"season_number":2,"name":" 시즌 2","air_date":"2024-12-26","episodes":[{"episode_number":1,"show_id":93405},{"episode_number":2,"show_id":93405}],
		"credits":{"cast":[{"id":73249,"name":"이정재","credit_id":"r1","character":"Gi-hun","order":0}],"crew":[]},
		"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","roles":[{"credit_id":"r1","character":"Gi-hun","episode_count":2}],"order":0},
			{"id":5,"name":"손님","roles":[{"credit_id":"g","character":"Guest","episode_count":1}],"order":500}],
			"crew":[{"id":1,"name":"황동혁","department":"Writing","jobs":[{"credit_id":"j1","job":"Writer","episode_count":2}]}]}}`))
	require.Empty(t, notes)
	season := facts.TmdbSeasons[0]
	require.Equal(t, []any{int32(93405), int32(2), "시즌 2", date(2024, 12, 26), int32(2), true}, []any{season.TmdbID, season.Number, season.Name, season.AirDate, *season.EpisodeCount, season.Found})
	require.Equal(t, []bool{true, false}, []bool{season.Cast[0].Regular, season.Cast[1].Regular})
	require.Equal(t, []int32{2, 1, 2}, []int32{season.Cast[0].Episodes, season.Cast[1].Episodes, season.Crew[0].Episodes})
	require.Len(t, facts.TmdbPeople, 3)

	// Guests and crew of episodes whom the aggregate leaves out, each once with the
	// episodes that name them: Khal Drogo is in nine of ten.
	drogo, known := `{"id":117642,"name":"Jason Momoa","credit_id":"d","character":"Khal Drogo","order":2}`, `{"id":5,"name":"손님","credit_id":"g2","character":"Guest"}`
	facts, notes = decoded(t, tmdb(messages.KindSeasonDetail, "1399.1", `{"id":3624,"season_number":1,"name":"s","episodes":[
		{"episode_number":1,"show_id":1399,"guest_stars":[`+drogo+`,`+drogo+`,`+known+`],"crew":[{"id":1,"name":"황동혁","credit_id":"j1","department":"Writing","job":"Writer"}]},
		{"episode_number":2,"show_id":1399,"guest_stars":[`+drogo+`],"crew":[{"id":8,"name":"편집자","credit_id":"e","department":"Editing","job":"Editor"}]}],
		"credits":{"cast":[{"id":9,"name":"주연","credit_id":"r","character":"Lead","order":0}],"crew":[]},
		"aggregate_credits":{"cast":[{"id":9,"name":"주연","roles":[{"credit_id":"r","character":"Lead","episode_count":2}],"order":0},
			{"id":5,"name":"손님","roles":[{"credit_id":"g","character":"Guest","episode_count":1}],"order":500}],
			"crew":[{"id":1,"name":"황동혁","department":"Writing","jobs":[{"credit_id":"j1","job":"Writer","episode_count":2}]}]}}`))
	require.Empty(t, notes)
	season = facts.TmdbSeasons[0]
	require.Len(t, season.Cast, 3)
	require.Equal(t, record.TmdbCast{
		TmdbPerson: record.TmdbPerson{ID: 117642, Name: "Jason Momoa"}, Character: "Khal Drogo", Order: 2, CreditID: "d", Episodes: 2,
	}, season.Cast[2])
	require.Len(t, season.Crew, 2)
	require.Equal(t, []any{"Editor", int32(1)}, []any{season.Crew[1].Job, season.Crew[1].Episodes})
	require.Len(t, facts.TmdbPeople, 5)

	gone := tmdb(messages.KindSeasonDetail, "93405.3", `{"success":false,"status_code":34}`)
	gone.Outcome = messages.OutcomeNotFound
	facts, _ = decoded(t, gone)
	require.Equal(t, []record.TmdbSeasonDetail{{TmdbID: 93405, Number: 3}}, facts.TmdbSeasons)
	for _, key := range []string{"x.1", "1.x", "1.5000000000"} {
		gone.Key = key
		_, _, err := Payload(gone)
		require.ErrorIs(t, err, ErrUnreadable, key)
	}
}

func TestTmdbSearch(t *testing.T) {
	t.Parallel()
	p := tmdb(messages.KindMovieSearch, "20183782.ko-year", `{"page":1,"results":[
		{"adult":false,"id":496243,"original_language":"ko","original_title":"기생충","popularity":60.5,"release_date":"2019-05-30","title":"기생충"},
		{"id":7,"original_language":"en","original_title":"P","popularity":1,"release_date":"","title":"기생충"},{"title":"no id"}],"total_pages":1,"total_results":3}`)
	p.Request = map[string]string{"query": " 기생충", "primary_release_year": "2019", "language": "ko-KR"}
	facts, notes := decoded(t, p)
	require.Equal(t, []record.TmdbSearch{{
		MovieCd: "20183782", Variant: "ko-year", Query: "기생충", Year: new(int32(2019)), TotalResults: 3,
		Candidates: []record.TmdbCandidate{
			{TmdbID: 496243, Title: "기생충", TitleOriginal: "기생충", OriginalLanguage: "ko", ReleaseDate: "2019-05-30", Popularity: 60.5},
			{TmdbID: 7, Title: "기생충", TitleOriginal: "P", OriginalLanguage: "en", Popularity: 1},
		},
	}}, facts.TmdbSearches)
	require.Equal(t, map[Note]int{{"results.id", MissingKey}: 1}, notes)
}

func TestTmdbDiscover(t *testing.T) {
	t.Parallel()
	facts, _ := decoded(t, tmdb(messages.KindSeriesDiscover, "2021-07-01_2021-12-31.2", `{"page":2,"results":[{"id":93405},{"id":5}],"total_pages":7414,"total_results":148270}`))
	require.Equal(t, []record.TmdbDiscoverPage{{
		From: date(2021, 7, 1), To: date(2021, 12, 31), Page: 2, TotalPages: 7414, TotalResults: 148270, SeriesIDs: []int32{93405, 5},
	}}, facts.TmdbDiscoverPages)
}

func TestChangeListsHaveNoTable(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, tmdb(messages.KindMovieChanges, "2026-11-21.1", `{"page":1,"results":[{"id":1,"adult":null},{"id":5000000000},{"id":"x"},{"id":" 7 "}]}`))
	require.Equal(t, Facts{}, facts)
	require.Equal(t, map[Note]int{{"results.id", OutOfRange}: 1, {"results.id", NotANumber}: 1, {"results.id", MissingKey}: 2}, notes)
}
