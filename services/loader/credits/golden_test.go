package credits

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

var update = flag.Bool("update", false, "write the pages again; read them line by line before they are kept")

// facts are those of a title in testdata/pages: who is named by whom, shortened to a few
// people of each job.
type facts struct {
	list   record.KobisMovie
	detail record.KobisMovieDetail
	work   record.TmdbWork
	by     []record.TmdbPerson
}

func readFacts(t *testing.T, path string) (f facts) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		c := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "", "", "", "", "", "")
		number := func(i int) int32 {
			n, _ := strconv.Atoi(c[i]) // nothing is 0
			return int32(n)
		}
		person := record.TmdbPerson{ID: number(1), Name: c[2], NameOriginal: c[3]}
		switch c[0] {
		case "title":
		case "kobis-list":
			f.list.Directors = append(f.list.Directors, c[1])
		case "kobis-director":
			f.detail.Found, f.detail.Directors = true, append(f.detail.Directors, record.KobisDirector{Name: c[1], NameEn: c[2]})
		case "kobis-actor":
			f.detail.Found, f.detail.Actors = true, append(f.detail.Actors, record.KobisActor{Name: c[1], NameEn: c[2], Character: c[3], CharacterEn: c[4]})
		case "kobis-staff":
			f.detail.Found, f.detail.Staff = true, append(f.detail.Staff, record.KobisStaff{Name: c[1], NameEn: c[2], Role: c[3]})
		case "kobis-company":
			f.detail.Companies = append(f.detail.Companies, record.KobisCompany{Code: c[1], Name: c[2], NameEn: c[3], Role: c[4]})
		case "tmdb-creator":
			f.by = append(f.by, person)
		case "tmdb-cast":
			f.work.Cast = append(f.work.Cast, record.TmdbCast{TmdbPerson: person, Character: c[4], Order: number(5), Episodes: number(6)})
		case "tmdb-crew":
			f.work.Crew = append(f.work.Crew, record.TmdbCrew{TmdbPerson: person, Department: c[4], Job: c[5], Episodes: number(6)})
		case "tmdb-company":
			f.work.Companies = append(f.work.Companies, record.TmdbCompany{ID: number(1), Name: c[2]})
		default:
			t.Fatalf("%s: %q", path, line)
		}
	}
	return f
}

// The pages of films and series that a person would look up first.
func TestPagesOfWellKnownTitles(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/pages/*.tsv")
	require.NoError(t, err)
	require.Len(t, paths, 40)
	for _, path := range paths {
		f := readFacts(t, path)
		var list []Credit
		var companies Companies
		if strings.Contains(path, "series-") {
			series := &record.TmdbSeries{TmdbWork: f.work, CreatedBy: f.by}
			list, companies = Series(uuid.Nil, series, nil), SeriesCompanies(uuid.Nil, series)
		} else {
			movie := &record.TmdbMovie{TmdbWork: f.work}
			list = Film(uuid.Nil, &f.list, &f.detail, movie)
			f.detail.Found = true
			companies = FilmCompanies(uuid.Nil, []Edition{{MovieCd: "main", Detail: &f.detail}}, movie)
		}
		golden := strings.TrimSuffix(path, ".tsv") + ".golden"
		page := printed(list, &companies)
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(page), 0o600))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), page, path)
	}
}

func printed(list []Credit, companies *Companies) string {
	var b strings.Builder
	job := ""
	for i := range list {
		c := &list[i]
		if now := c.Department + ": " + c.Job; now != job {
			job = now
			fmt.Fprintln(&b, job)
		}
		fmt.Fprintf(&b, "  %s", strings.TrimSpace(c.NameKo+" "+c.NameOriginal+" "+c.NameDisplay))
		for _, part := range []string{c.CharacterKo, c.CharacterEn, c.Remarks, c.NameSent} {
			fmt.Fprintf(&b, " | %s", part)
		}
		if c.Episodes > 0 {
			fmt.Fprintf(&b, " | %d episodes", c.Episodes)
		}
		by := c.Source
		if c.MergedBy != "" {
			by = "both by " + c.MergedBy
		}
		if c.PersonID != uuid.Nil {
			by += ", a person"
		}
		fmt.Fprintf(&b, " [%s]\n", by)
	}
	for _, c := range companies.List {
		fmt.Fprintf(&b, "company: %s [%s]\n", c.Role, c.Sources)
	}
	return b.String()
}
