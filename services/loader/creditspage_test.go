package loader

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/command/audit"
	"github.com/cledit/pipeline/services/loader/command/title"
)

func TestTheCreditsOfATitleArePrinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	page := w.succeed("title", "credits", "20183782")
	require.Contains(t, page, "기생충 (Parasite)\nmovie, ")
	require.Contains(t, page, "\ndirecting\n  director\n    봉준호")
	require.Contains(t, page, "\nacting\n  actor\n    송강호 Song Kang-ho")
	var pages []title.Page
	require.NoError(t, json.Unmarshal([]byte(w.succeed("title", "credits", "tmdb:movie:496243", "--json")), &pages))
	require.Equal(t, "director", pages[0].Credits[0].Job)
	require.NotZero(t, pages[0].Credits[0].People[0].TmdbID)
	require.Contains(t, w.succeed("title", "credits", "tmdb:series:93405"), "오징어 게임")
	code, _, errs := w.command("title", "credits", "20990001")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no such title is known")

	// What an audit finds is nothing, until rows of each kind are there.
	require.NotContains(t, w.succeed("audit"), "two credits in one place")
	w.exec(`ALTER TABLE production.credits DROP CONSTRAINT credits_pkey; UPDATE production.credits SET position = 0, character = 'X', character_ko = 'Y', job = '', name_ko = '정현우8', name_display = NULL, name_en = 'X';
		UPDATE production.titles SET countries = '{기타}', grade_code = NULL, title_ko = '인랑(가제)'; UPDATE production.box_office SET title_id = NULL, title = NULL;
		UPDATE production.people SET name_ko = 'X'; UPDATE production.title_companies SET position = NULL`)
	var findings []audit.Finding
	require.NoError(t, json.Unmarshal([]byte(w.succeed("audit", "--json")), &findings))
	found := make(map[string]int64)
	for _, f := range findings {
		found[f.Kind] = f.Found
		require.NotEmpty(t, f.Example, f.Kind)
	}
	for _, kind := range []string{
		"two credits in one place", "another part than the Korean one that is known", "credits without a job", "marks inside names",
		"names in Latin letters that are not shown in one style", "words among the countries", "gradings without a code",
		"matched works called by an edition or a working title", "box office without a name", "Korean names that are not in Hangul", "companies without a place",
	} {
		require.Positive(t, found[kind], kind)
	}
}
