package match_test

import (
	"fmt"
	"time"

	"github.com/cledit/pipeline/services/loader/match"
)

// A film of KOBIS is compared with records of TMDB that a search found: a title and a second
// fact must agree, and no other record may agree in as much.
func ExampleDecide() {
	opened := time.Date(2010, time.May, 13, 0, 0, 0, 0, time.UTC)
	film := match.Film{
		MovieCd: "20100001", Titles: []string{"하녀", "The Housemaid"}, OpenDate: &opened,
		Nations: []string{"한국"}, Form: "장편",
	}
	classic := time.Date(1960, time.November, 3, 0, 0, 0, 0, time.UTC)
	candidates := []match.Candidate{
		{TmdbID: 10, Titles: []string{"하녀"}, OriginalLanguage: "ko", ReleaseDate: &classic},
		{TmdbID: 11, Titles: []string{"하녀"}, OriginalLanguage: "ko", ReleaseDate: &opened},
	}
	verdict := match.Decide(film, candidates, match.Verdicts{})
	fmt.Println(verdict.Status, *verdict.TmdbID)
	// Output: matched 11
}

// A person's word stands above the rules: here that a candidate is another film.
func ExampleDecide_banned() {
	opened := time.Date(2010, time.May, 13, 0, 0, 0, 0, time.UTC)
	film := match.Film{MovieCd: "20100001", Titles: []string{"하녀"}, OpenDate: &opened, Nations: []string{"한국"}}
	candidates := []match.Candidate{{TmdbID: 11, Titles: []string{"하녀"}, OriginalLanguage: "ko", ReleaseDate: &opened}}
	verdict := match.Decide(film, candidates, match.Verdicts{Banned: []int32{11}})
	fmt.Println(verdict.Status)
	// Output: banned
}
