package credits

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/services/loader/record"
)

type role struct{ name, other, character string }

// cast is the cast of a film at both sources; TMDB's people are numbered from 1.
func cast(kobis, tmdb []role) []Credit {
	detail := &record.KobisMovieDetail{Found: true}
	for _, r := range kobis {
		detail.Actors = append(detail.Actors, record.KobisActor{Name: r.name, NameEn: r.other, Character: r.character})
	}
	movie := &record.TmdbMovie{}
	for i, r := range tmdb {
		movie.Cast = append(movie.Cast, record.TmdbCast{
			TmdbPerson: record.TmdbPerson{ID: int32(i + 1), Name: r.name, NameOriginal: r.other}, Character: r.character,
		})
	}
	return Film(uuid.Nil, nil, detail, movie)
}

func TestWhoIsOnePersonAtBothSources(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kobis, tmdb role
		rule        string
	}{
		"one name":                          {role{"송강호", "", "기택"}, role{"송강호", "Song Kang-ho", "Kim Ki-taek"}, "name"},
		"spaced otherwise":                  {role{"매기 강", "", ""}, role{"매기강", "", ""}, "name"},
		"an English name in another order":  {role{"브루스 칸", "Bruce KHAN", ""}, role{"Khan Bruce", "", ""}, "name"},
		"a stage name in Latin letters":     {role{"이지은", "IU", "소영"}, role{"IU", "", "So-young"}, "name"},
		"a spelling of a Korean name":       {role{"최기섭", "", "점박이"}, role{"Choi Ki-seob", "", "Birthmark"}, "romanisation"},
		"the family name last":              {role{"최기섭", "", ""}, role{"Ki-seob Choi", "", ""}, "romanisation"},
		"another family name":               {role{"최기섭", "", ""}, role{"Kim Ki-seob", "", ""}, ""},
		"two spellings of a foreign name":   {role{"데이빗 핀처", "", ""}, role{"데이비드 핀처", "", ""}, "transliterated"},
		"half of a foreign name":            {role{"스티븐 스필버그", "", ""}, role{"스티븐 소더버그", "", ""}, ""},
		"a stage name in the same part":     {role{"오세훈", "", "한궁"}, role{"세훈", "", "Han-Goong"}, "character"},
		"a stage name in another part":      {role{"오세훈", "", "한궁"}, role{"세훈", "", "Mak-yi"}, ""},
		"other people in the same part":     {role{"김민수", "", "한궁"}, role{"오세훈", "", "Han-Goong"}, ""},
		"one spelling of two Korean names":  {role{"김민수", "KIM Min-su", ""}, role{"김민서", "Kim Min-su", ""}, ""},
		"Hangul against a third script":     {role{"장이머우", "", ""}, role{"張藝謀", "", ""}, ""},
		"a name of one letter tells nobody": {role{"V", "", ""}, role{"V", "", ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := cast([]role{c.kobis}, []role{c.tmdb})
			require.Equal(t, c.rule, list[0].MergedBy)
			require.Len(t, list, map[bool]int{true: 2, false: 1}[c.rule == ""])
			require.Equal(t, c.rule != "", list[0].PersonID != uuid.Nil)
		})
	}
}

func TestTwoOfOneNameAreKeptApart(t *testing.T) {
	t.Parallel()
	two := []role{{"김민수", "", "형사"}, {"김민수", "", "학생"}}
	list := cast(two, []role{{"김민수", "", "Detective"}})
	require.Len(t, list, 3)
	require.Empty(t, list[0].MergedBy+list[1].MergedBy)

	list = cast([]role{{"김민수", "", "동수"}, {"김민수", "", "상현"}}, []role{{"김민수", "", "Sang-hyun"}})
	require.Len(t, list, 2, "the part tells which")
	require.Equal(t, []string{"", "name"}, []string{list[0].MergedBy, list[1].MergedBy})
	require.Equal(t, []string{"Sang-hyun", "상현"}, []string{list[1].CharacterEn, list[1].Character})
}

func TestTwoOfOneNameInACrewAreKeptApart(t *testing.T) {
	t.Parallel()
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Crew: []record.TmdbCrew{
		{TmdbPerson: record.TmdbPerson{ID: 1, Name: "김지연"}, Department: "Visual Effects", Job: "VFX Artist"},
		{TmdbPerson: record.TmdbPerson{ID: 2, Name: "김태성"}, Department: "Sound", Job: "Original Music Composer"},
	}}}
	detail := &record.KobisMovieDetail{Found: true, Staff: []record.KobisStaff{
		{Name: "김지연", Role: "VFX 아티스트"},
		{Name: "김지연", Role: "VFX 아티스트"},
		{Name: "김지연", Role: "조명팀"},
		{Name: "김태성", NameEn: "KIM Tae-seong", Role: "음악"},
		{Name: "김태성", NameEn: "KIM Tae-seong", Role: "음악"},
	}}
	small := Film(uuid.Nil, nil, detail, movie)
	require.Equal(t, []string{"김지연", "김태성", "김지연"}, names(small), "in a small team nobody has a namesake")
	require.Equal(t, []string{"", "name", "name"}, column(small, func(c *Credit) string { return c.MergedBy }))
	for i := range fewNames {
		detail.Staff = append(detail.Staff, record.KobisStaff{Name: "이름" + string(rune('가'+i)), Role: "VFX 아티스트"})
	}
	all := Film(uuid.Nil, nil, detail, movie)
	list := slices.DeleteFunc(all, func(c Credit) bool { return strings.HasPrefix(c.NameKo, "이름") })
	require.Len(t, list, 5)
	for _, i := range []int{0, 2, 3} {
		require.Empty(t, list[i].MergedBy, "nothing tells which of the two she is, and the third is in another department")
		require.Zero(t, list[i].PersonID)
	}
	require.Equal(t, []string{"김태성", "name"}, []string{list[1].NameKo, list[1].MergedBy}, "listed twice")
	require.Equal(t, "VFX Artist", list[4].Role)
}

// 자산어보: two of KOBIS's words are one job.
func TestSomebodyHasAJobOnceWhateverItsWords(t *testing.T) {
	t.Parallel()
	list := Film(uuid.Nil, nil, staff("세트", "김남호", "세트팀", "박상수", "세트팀", "김남호", "소품", "김남호"), nil)
	require.Equal(t, []string{"김남호", "박상수", "김남호"}, names(list))
	require.Equal(t, []string{"세트, 세트팀", "세트팀", "소품"}, column(list, func(c *Credit) string { return c.Role }))
	other := staff("세트", "김남호", "세트팀", "김남호")
	other.Staff[0].NameEn = "KIM Nam-ho"
	require.Len(t, Film(uuid.Nil, nil, other, nil), 2, "KOBIS has the name in Latin letters of one of them alone")
}

func TestACrewMemberWithSeveralJobs(t *testing.T) {
	t.Parallel()
	detail := &record.KobisMovieDetail{Found: true, Staff: []record.KobisStaff{
		{Name: "봉준호", Role: "시나리오(각본)"}, {Name: "봉준호", Role: "윤색"}, {Name: "정재일", Role: "음악"},
	}}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Crew: []record.TmdbCrew{
		{TmdbPerson: record.TmdbPerson{ID: 1, Name: "봉준호"}, Department: "Writing", Job: "Story"},
		{TmdbPerson: record.TmdbPerson{ID: 1, Name: "봉준호"}, Department: "Writing", Job: "Screenplay"},
		{TmdbPerson: record.TmdbPerson{ID: 2, Name: "정재일"}, Department: "Sound", Job: "Original Music Composer"},
	}}}
	list := Film(uuid.Nil, nil, detail, movie)
	require.Len(t, list, 4)
	require.Equal(t, []string{"screenplay", "story", "script revision", "music"}, []string{list[0].Job, list[1].Job, list[2].Job, list[3].Job})
	require.Equal(t, []string{"Screenplay", "", "", "Original Music Composer"}, []string{list[0].RoleTmdb, list[1].RoleTmdb, list[2].RoleTmdb, list[3].RoleTmdb})
	require.Equal(t, list[0].PersonID, list[2].PersonID, "another job of the same person")
	require.Empty(t, list[2].MergedBy, "which KOBIS alone has")
}

// Whatever the sources say: every credit is there once, and who is merged is so
// whatever the order of the lists.
func TestMergingLosesNobody(t *testing.T) {
	t.Parallel()
	names := rapid.SampledFrom([]string{"김민수", "Kim Min-su", "김민서", "데이빗 핀처", "데이비드 핀처", "세훈", "오세훈", "V", ""})
	parts := rapid.SampledFrom([]string{"", "상현", "Sang-hyun", "형사"})
	roles := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) role {
		return role{names.Draw(t, "name"), names.Draw(t, "other"), parts.Draw(t, "character")}
	}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		kobis, tmdb := roles.Draw(t, "kobis"), roles.Draw(t, "tmdb")
		list := cast(kobis, tmdb)
		merged := func(list []Credit) (texts []string) {
			for _, c := range list {
				if c.MergedBy != "" {
					texts = append(texts, fmt.Sprint(c.NameKo, c.NameEn, c.CharacterKo, c.Character, c.MergedBy))
				}
			}
			slices.Sort(texts)
			return texts
		}
		require.Len(t, list, len(cast(kobis, nil))+len(tmdb)-len(merged(list)))
		for i, c := range list {
			require.Equal(t, int32(i), c.Position)
		}
		slices.Reverse(kobis)
		slices.Reverse(tmdb)
		require.Equal(t, merged(list), merged(cast(kobis, tmdb)))
	})
}

func TestOneVocabulary(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, line := range vocabulary {
		require.NotEmpty(t, line.job)
		lines += len(line.kobis) + len(line.tmdb)
	}
	require.Len(t, kobisWords, lines-len(tmdbWords), "no word is in two lines")
	for _, c := range []struct{ department, job, ours, ourJob string }{
		{"Sound", "Original Music Composer", Music, "music"},
		{"Crew", "Stunt Coordinator", Stunts, "stunt coordination"},
		{"Camera", "Something new", Camera, "Something new"},
		{"Nobody knows", "What", Crew, "What"},
	} {
		ours, ourJob := tmdbJob(c.department, c.job)
		require.Equal(t, c.ours, ours)
		require.Equal(t, c.ourJob, ourJob)
	}
	department, job := kobisJob("새 역할")
	require.Equal(t, []string{Crew, "새 역할"}, []string{department, job})
}

// Rows of one job are one credit of whom one of them is sure to be, and never of two.
func TestRowsOfOneJobKeepTheirPerson(t *testing.T) {
	t.Parallel()
	row := func(word, person string) Credit {
		return Credit{Source: kobis, Department: Art, Job: "set", Role: word, NameKo: "김정민", KobisPerson: person}
	}
	merged := once([]Credit{row("세트", ""), row("세트팀", "20001")})
	require.Len(t, merged, 1)
	require.Equal(t, "20001", merged[0].KobisPerson)
	require.Len(t, once([]Credit{row("세트", "20001"), row("세트팀", "20002")}), 2)
}
