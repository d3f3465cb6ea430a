package credits

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
)

func TestFilm(t *testing.T) {
	t.Parallel()
	id := identity.Of("kobis:movie:20183782")
	list := &record.KobisMovie{Directors: []string{"봉준호"}}
	detail := &record.KobisMovieDetail{
		Found: true, Directors: []record.KobisDirector{{Name: "봉준호", NameEn: "BONG Joon-ho"}},
		Actors: []record.KobisActor{{Name: "송강호", Character: "기택"}, {Name: "이선균", CharacterEn: "Dong-ik"}},
		Staff:  []record.KobisStaff{{Name: "한진원", Role: "시나리오(각본)"}, {Name: "홍경표", Role: "촬영"}, {Name: "누구", Role: "없는 역할"}},
	}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{
		Cast: []record.TmdbCast{{TmdbPerson: record.TmdbPerson{ID: 20738, Name: "송강호"}, Character: "Ki-taek"}, {TmdbPerson: record.TmdbPerson{Name: "누구"}}},
		Crew: []record.TmdbCrew{
			{TmdbPerson: record.TmdbPerson{ID: 21684, Name: "봉준호", NameOriginal: "Bong Joon-ho"}, Department: "Directing", Job: "Director"},
			{TmdbPerson: record.TmdbPerson{ID: 21684, Name: "봉준호", NameOriginal: "Bong Joon-ho"}, Department: "Costume & Make-Up", Job: "Costumer"},
		},
	}}
	person := func(id int32) uuid.UUID { return identity.OfNumber(identity.TmdbPerson, id) }
	require.Equal(t, []Credit{
		{
			TitleID: id, Source: "kobis", Department: Directing, Job: "director", Role: "감독", RoleTmdb: "Director", NameKo: "봉준호", NameEn: "BONG Joon-ho",
			PersonID: person(21684), MergedBy: "name",
		},
		{
			TitleID: id, Source: "kobis", Department: Acting, Job: "actor", Role: "출연", RoleTmdb: "Actor", NameKo: "송강호",
			Character: "Ki-taek", CharacterKobis: "기택", PersonID: person(20738), MergedBy: "name",
		},
		{TitleID: id, Source: "kobis", Department: Acting, Position: 1, Job: "actor", Role: "출연", NameKo: "이선균", Character: "Dong-ik"},
		{TitleID: id, Source: "kobis", Department: Writing, Job: "screenplay", Role: "시나리오(각본)", NameKo: "한진원"},
		{TitleID: id, Source: "kobis", Department: Camera, Job: "cinematography", Role: "촬영", NameKo: "홍경표"},
		{TitleID: id, Source: "kobis", Department: Crew, Role: "없는 역할", NameKo: "누구"},
		{TitleID: id, Source: "tmdb", Department: Acting, Job: "actor", Role: "Actor", NameKo: "누구"},
		{TitleID: id, Source: "tmdb", Department: Costume, Job: "costume team", Role: "Costumer", NameKo: "봉준호", NameEn: "Bong Joon-ho", PersonID: person(21684)},
	}, Film(id, list, detail, movie))
	require.Equal(t, []Credit{{TitleID: id, Source: "kobis", Department: Directing, Job: "director", Role: "감독", NameKo: "봉준호"}}, Film(id, list, nil, nil))
	require.Empty(t, Film(id, nil, &record.KobisMovieDetail{}, nil))
}

func TestSeriesNamesItsCreatorsFirst(t *testing.T) {
	t.Parallel()
	id := identity.Of("tmdb:series:93405")
	person := record.TmdbPerson{ID: 1, Name: "황동혁"}
	list := Series(id, &record.TmdbSeries{CreatedBy: []record.TmdbPerson{person}, TmdbWork: record.TmdbWork{
		Crew: []record.TmdbCrew{{TmdbPerson: person, Department: "Writing", Job: "Writer"}},
	}})
	require.Equal(t, []string{Creation, Writing}, []string{list[0].Department, list[1].Department})
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"송강호", "Song Kang-ho", "송강호", "Song Kang-ho"},
		{"Song Kang-ho", "송강호", "송강호", "Song Kang-ho"},
		{"송강호", "송강호", "송강호", ""},
		{"Edward Norton", "Edward Norton", "", "Edward Norton"},
		{"매기 강", "Maggie Kang", "매기 강", "Maggie Kang"},
		{"張藝謀", "Zhang Yimou", "張藝謀", "Zhang Yimou"},
		{"張藝謀", "장이머우", "장이머우", ""},
		{"José García", "", "", "José García"},
		{"1987", "", "1987", ""},
		{"", "", "", ""},
	} {
		ko, en := Names(c[0], c[1])
		require.Equal(t, [2]string{c[2], c[3]}, [2]string{ko, en}, c)
	}
}

func TestCompaniesComeOncePerRole(t *testing.T) {
	t.Parallel()
	id := identity.Of("kobis:movie:20183782")
	detail := &record.KobisMovieDetail{Found: true, Companies: []record.KobisCompany{
		{Code: "1", Role: "제작사"}, {Code: "1", Role: "배급사"}, {Code: "", Name: "without a code", Role: "제공"}, {Code: "2", Role: "새 역할"},
	}}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Companies: []record.TmdbCompany{{ID: 7, Name: "x"}, {Name: "without an id"}}}}
	c := FilmCompanies(id, &record.KobisMovie{Companies: []record.KobisListCompany{{Code: "9"}}}, detail, movie)
	require.Equal(t, []TitleCompany{
		{id, identity.Of("kobis:company:1"), "production"},
		{id, identity.Of("kobis:company:1"), "distribution"},
		{id, identity.Of("kobis:company:2"), "새 역할"},
		{id, identity.Of("tmdb:company:7"), "production"},
	}, c.List)
	require.Equal(t, []string{"1", "1", "2"}, c.Kobis)
	require.Equal(t, []int32{7}, c.Tmdb)
}

func TestGenresOfBothSources(t *testing.T) {
	t.Parallel()
	list, detail := &record.KobisMovie{Genres: []string{"드라마"}}, &record.KobisMovieDetail{Genres: []string{"코미디"}}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Genres: []record.TmdbGenre{{ID: 18, Name: "드라마"}}}}
	require.Equal(t, []Genre{{"kobis", "드라마"}, {"tmdb", "드라마"}}, FilmGenres(list, detail, movie))
	require.Equal(t, []Genre{{"kobis", "코미디"}}, FilmGenres(nil, detail, nil))
}
