package match

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func day(y, m, d int) *time.Time { return new(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)) }

func parasite() Film {
	return Film{
		MovieCd: "20183782", Titles: []string{"기생충", "PARASITE"}, ProductionYear: new(int32(2019)), OpenDate: day(2019, 5, 30),
		Nations: []string{"한국"}, Directors: []string{"봉준호"}, Form: "장편",
	}
}

func korean(id int32, title string, released *time.Time) Candidate {
	return Candidate{TmdbID: id, Titles: []string{title, title}, OriginalLanguage: "ko", ReleaseDate: released}
}

func foreign(id int32, title, original string, released *time.Time) Candidate {
	return Candidate{TmdbID: id, Titles: []string{title, original}, OriginalLanguage: "en", ReleaseDate: released}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	aladdin := Film{MovieCd: "20190001", Titles: []string{"알라딘", "Aladdin"}, ProductionYear: new(int32(2018)), OpenDate: day(2019, 5, 23), Nations: []string{"미국"}, Form: "장편"}
	maid := Film{MovieCd: "20100001", Titles: []string{"하녀"}, ProductionYear: new(int32(2010)), OpenDate: day(2010, 5, 13), Nations: []string{"한국"}, Form: "장편"}
	short := Film{MovieCd: "20130001", Titles: []string{"감기"}, ProductionYear: new(int32(2013)), Nations: []string{"한국"}, Form: "단편"}
	undated := Film{MovieCd: "20150001", Titles: []string{"섬"}, Nations: []string{"한국"}}
	for name, c := range map[string]struct {
		film       Film
		candidates []Candidate
		status     Status
		id         int32
	}{
		"nothing found":                     {parasite(), nil, None, 0},
		"title and opening":                 {parasite(), []Candidate{korean(496243, "기생충", day(2019, 5, 30))}, Matched, 496243},
		"the opening a week apart":          {parasite(), []Candidate{korean(496243, "기생충", day(2019, 5, 22))}, Matched, 496243},
		"another decade":                    {parasite(), []Candidate{korean(1, "기생충", day(2010, 5, 30))}, None, 0},
		"two years before":                  {parasite(), []Candidate{korean(1, "기생충", day(2017, 5, 30))}, Review, 0},
		"another title":                     {parasite(), []Candidate{korean(1, "기생수", day(2019, 5, 30))}, None, 0},
		"containment is not a match":        {parasite(), []Candidate{korean(1, "기생충 비하인드", day(2019, 5, 30))}, None, 0},
		"the title of a foreign film":       {parasite(), []Candidate{foreign(1, "기생충", "Parasite", day(2019, 1, 1))}, None, 0},
		"a remake beside the original":      {maid, []Candidate{korean(10, "하녀", day(1960, 11, 3)), korean(11, "하녀", day(2010, 5, 13))}, Matched, 11},
		"two of that title in that year":    {parasite(), []Candidate{korean(1, "기생충", day(2019, 1, 1)), korean(2, "기생충", day(2019, 12, 1))}, Review, 0},
		"the day outweighs the year":        {parasite(), []Candidate{korean(1, "기생충", day(2019, 1, 1)), korean(2, "기생충", day(2019, 5, 30))}, Matched, 2},
		"a foreign film by its production":  {aladdin, []Candidate{foreign(420817, "알라딘", "Aladdin", day(2019, 5, 22))}, Matched, 420817},
		"a foreign film of another decade":  {aladdin, []Candidate{foreign(812, "알라딘", "Aladdin", day(1992, 11, 25))}, None, 0},
		"by its English title":              {aladdin, []Candidate{foreign(420817, "Aladdin", "Aladdin", day(2019, 5, 22))}, Matched, 420817},
		"a short that shares a title":       {short, []Candidate{korean(1, "감기", day(2013, 8, 14))}, Review, 0},
		"a film without a date":             {undated, []Candidate{korean(1, "섬", day(2000, 4, 22))}, Review, 0},
		"a candidate without a date":        {parasite(), []Candidate{korean(1, "기생충", nil)}, Review, 0},
		"a record that TMDB no longer has":  {parasite(), []Candidate{{TmdbID: 1, Titles: []string{"기생충"}, OriginalLanguage: "ko", ReleaseDate: day(2019, 5, 30), HasDetail: true, Gone: true}}, None, 0},
		"decoration and case do not matter": {Film{Titles: []string{"Oldboy!"}, OpenDate: day(2003, 11, 21), Nations: []string{"한국"}}, []Candidate{korean(670, "OLD BOY", day(2003, 11, 21))}, Matched, 670},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := Decide(c.film, c.candidates, Verdicts{})
			require.Equal(t, c.status, v.Status, v.Evidence)
			if c.id == 0 {
				require.Nil(t, v.TmdbID)
				return
			}
			require.Equal(t, c.id, *v.TmdbID)
			require.GreaterOrEqual(t, len(v.Evidence.Candidates[0].Facts), 2, "two facts")
		})
	}
}

func TestTheDetailDecidesAgain(t *testing.T) {
	t.Parallel()
	reissue := Film{Titles: []string{"시네마 천국"}, ProductionYear: new(int32(1988)), OpenDate: day(1990, 7, 7), Nations: []string{"이탈리아"}}
	fromSearch := Candidate{TmdbID: 11216, Titles: []string{"Nuovo Cinema Paradiso"}, OriginalLanguage: "it", ReleaseDate: day(1988, 11, 17)}
	require.Equal(t, None, Decide(reissue, []Candidate{fromSearch}, Verdicts{}).Status)
	detail := Candidate{TmdbID: 11216, Titles: []string{"시네마 천국"}, HasDetail: true, KoreanReleases: []time.Time{*day(1990, 7, 7)}}
	v := Decide(reissue, []Candidate{fromSearch, detail}, Verdicts{})
	require.Equal(t, Matched, v.Status)
	require.Contains(t, v.Evidence.Candidates[0].Facts, whenFacts[openedHere])
}

func TestADirectorDecidesBetweenEquals(t *testing.T) {
	t.Parallel()
	one, other := korean(1, "기생충", day(2019, 5, 29)), korean(2, "기생충", day(2019, 5, 30))
	other.Directors = []string{"봉준호"}
	v := Decide(parasite(), []Candidate{one, other}, Verdicts{})
	require.Equal(t, Matched, v.Status)
	require.Equal(t, int32(2), *v.TmdbID)
}

func TestPeopleStandAboveTheRules(t *testing.T) {
	t.Parallel()
	right := korean(496243, "기생충", day(2019, 5, 30))
	pin := Decide(parasite(), []Candidate{right}, Verdicts{Pin: &Decision{TmdbID: 7, By: "editor", Why: "seen it"}})
	require.Equal(t, Pinned, pin.Status)
	require.Equal(t, int32(7), *pin.TmdbID)
	require.Equal(t, "seen it", pin.Evidence.Reason)
	require.Len(t, pin.Evidence.Candidates, 1, "the losing candidates stay")

	ban := Decide(parasite(), []Candidate{right}, Verdicts{Banned: []int32{496243}})
	require.Equal(t, Banned, ban.Status)
	require.Nil(t, ban.TmdbID)
	require.True(t, ban.Evidence.Candidates[0].Banned)

	gone := right
	gone.Gone = true
	require.Equal(t, Pinned, Decide(parasite(), []Candidate{gone}, Verdicts{Pin: &Decision{TmdbID: 496243}}).Status, "a pin outlives the record")

	other := korean(9, "기생충", day(2019, 5, 21))
	second := Decide(parasite(), []Candidate{right, other}, Verdicts{Banned: []int32{496243}})
	require.Equal(t, Matched, second.Status)
	require.Equal(t, int32(9), *second.TmdbID)
}

// drawFilm is a film with as much known about it as may be.
func drawFilm(t *rapid.T) Film {
	f := parasite()
	f.Nations = rapid.SampledFrom([][]string{nil, {"한국"}, {"일본"}}).Draw(t, "nations")
	f.Genres = rapid.SampledFrom([][]string{nil, {"드라마"}, {"코미디", "스릴러"}, {"애니메이션"}}).Draw(t, "genres")
	f.Namesakes = rapid.SampledFrom([]*int32{nil, new(int32(0)), new(int32(2))}).Draw(t, "namesakes")
	f.RuntimeMinutes = rapid.SampledFrom([]*int32{nil, new(int32(131))}).Draw(t, "length")
	f.Form = rapid.SampledFrom([]string{"", "장편", "단편"}).Draw(t, "form")
	return f
}

func drawCandidates(t *rapid.T) []Candidate {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Candidate {
		c := Candidate{
			TmdbID:           rapid.Int32Range(1, 5).Draw(t, "id"),
			Titles:           []string{rapid.SampledFrom([]string{"기생충", "Parasite", "기생수", ""}).Draw(t, "title")},
			OriginalLanguage: rapid.SampledFrom([]string{"ko", "en", ""}).Draw(t, "language"),
			HasDetail:        rapid.Bool().Draw(t, "detail"),
			Directors:        rapid.SampledFrom([][]string{nil, {"봉준호"}, {"누구"}}).Draw(t, "directors"),
			Genres:           rapid.SampledFrom([][]int32{nil, {35, 53}, {drama}, {animation}}).Draw(t, "genres"),
			Countries:        rapid.SampledFrom([][]string{nil, {"KR"}, {"JP"}, {"JP", "KR"}}).Draw(t, "countries"),
			RuntimeMinutes:   rapid.SampledFrom([]*int32{nil, new(int32(132)), new(int32(14))}).Draw(t, "length"),
		}
		if rapid.Bool().Draw(t, "dated") {
			c.ReleaseDate = day(rapid.IntRange(2018, 2020).Draw(t, "year"), 5, rapid.IntRange(1, 31).Draw(t, "day"))
		}
		return c
	}), 0, 8).Draw(t, "candidates")
}

func TestTheOrderOfCandidatesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		film, candidates := drawFilm(t), drawCandidates(t)
		want := Decide(film, candidates, Verdicts{})
		require.Equal(t, want, Decide(film, rapid.Permutation(candidates).Draw(t, "order"), Verdicts{}))
		require.Equal(t, want, Decide(film, append(candidates, candidates...), Verdicts{}))
	})
}

func TestAnUnrelatedCandidateNeverMakesAnotherWinner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		film, candidates := drawFilm(t), drawCandidates(t)
		before := Decide(film, candidates, Verdicts{})
		unrelated := korean(99, rapid.SampledFrom([]string{"섬", "기생충 비하인드", "1987", ""}).Draw(t, "unrelated"), day(2019, 5, 30))
		unrelated.Directors = rapid.SampledFrom([][]string{nil, {"봉준호"}}).Draw(t, "by")
		after := Decide(film, append(candidates, unrelated), Verdicts{})
		if before.Status == Matched && after.Status != Matched && unrelated.Directors != nil {
			require.Equal(t, Review, after.Status, "the same director in the same weeks may cast doubt")
			return
		}
		require.Equal(t, before.Status, after.Status)
		require.Equal(t, before.TmdbID, after.TmdbID)
	})
}

func TestAnyOtherCandidateTakesAWinnerAwayAtMost(t *testing.T) {
	t.Parallel()
	type contest struct {
		film          Film
		winners, rest []Candidate
	}
	contests := rapid.Custom(func(t *rapid.T) contest {
		return contest{drawFilm(t), drawCandidates(t), drawCandidates(t)}
	}).Filter(func(c contest) bool {
		return Decide(c.film, c.winners, Verdicts{}).Status == Matched && Decide(c.film, c.rest, Verdicts{}).Status != Matched
	})
	rapid.Check(t, func(t *rapid.T) {
		c := contests.Draw(t, "winners against losers")
		before := Decide(c.film, c.winners, Verdicts{})
		for i := range c.winners {
			c.winners[i].TmdbID += 10
		}
		after := Decide(c.film, append(c.winners, c.rest...), Verdicts{})
		if after.Status == Matched {
			require.Equal(t, *before.TmdbID+10, *after.TmdbID)
		}
	})
}

func TestScoresAreProbabilities(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sum := float32(0)
		for _, c := range Decide(drawFilm(t), drawCandidates(t), Verdicts{}).Evidence.Candidates {
			sum += c.Score
		}
		require.LessOrEqual(t, sum, float32(1.0001))
	})
}
