package recorded_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/recorded"
	"github.com/cledit/pipeline/sim/tmdb"
)

func load(t *testing.T, dir, catalogue string) (*kobis.Catalogue, *tmdb.Catalogue) {
	t.Helper()
	films, movies := kobis.NewCatalogue(), tmdb.NewCatalogue(nil)
	require.NoError(t, recorded.Load(dir, catalogue, films, movies))
	return films, movies
}

func TestCataloguesOfAFolder(t *testing.T) {
	t.Parallel()
	dir := simtest.Folder(t)
	recent, movies := load(t, dir, recorded.Recent)
	whole, _ := load(t, dir, recorded.Whole2018)
	all, _ := load(t, dir, recorded.All)
	recentCodes, wholeCodes, allCodes := recent.Codes(), whole.Codes(), all.Codes()
	require.Equal(t, recentCodes, allCodes[:len(recentCodes)], "what is recorded later stands before")
	require.Subset(t, allCodes, wholeCodes[:100])
	for _, f := range recent.Films() {
		require.True(t, f.OpenDate >= "20210101" && f.OpenDate <= "20241231", f.OpenDate)
	}
	_, withDetail, unlisted := recent.Counts()
	_, wholeDetail, wholeUnlisted := whole.Counts()
	require.Equal(t, withDetail+unlisted, wholeDetail+wholeUnlisted, "the details are the same")
	require.Positive(t, unlisted)
	require.Len(t, recent.BoxOfficeDays(), 7)
	require.Equal(t, []string{"20120101"}, recent.Weeks())
	require.Greater(t, movies.MovieCount(), 1000)
	if os.Getenv("CLEDIT_DATA") == "" {
		return
	}
	require.Equal(t, []int{6603, 63069, 5868, 303}, []int{len(recentCodes), len(wholeCodes), withDetail, unlisted})
}

// TestBodiesAreTheirOwnBytes: what was recorded is answered as it was, and what
// is built from facts has the same form.
func TestBodiesAreTheirOwnBytes(t *testing.T) {
	t.Parallel()
	dir := simtest.Folder(t)
	s, err := sim.Open(sim.Options{Data: dir})
	require.NoError(t, err)
	again, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	checked := 0
	for _, code := range s.Codes() {
		d, found := s.KOBIS.Catalogue().Detail(code)
		if !found {
			continue
		}
		_, body := simtest.Get(t, s, "/movie/searchMovieInfo.json", "key", "k", "movieCd", code)
		again.KOBIS.Catalogue().SetDetail(d)
		_, built := simtest.Get(t, again, "/movie/searchMovieInfo.json", "key", "k", "movieCd", code)
		require.Equal(t, string(body), string(built))
		checked++
	}
	require.Equal(t, s.Truth().WithDetail, checked)
	for _, day := range s.Truth().BoxOfficeDays {
		file, err := os.ReadFile(filepath.Join(dir, "kobis", "searchDailyBoxOfficeList_"+day+".json"))
		require.NoError(t, err)
		_, body := simtest.Get(t, s, "/boxoffice/searchDailyBoxOfficeList.json", "key", "k", "targetDt", day)
		require.Equal(t, string(file), string(body))
	}
}

func TestMoviesAreMergedFromTheirTables(t *testing.T) {
	t.Parallel()
	_, movies := load(t, simtest.Folder(t), "")
	parasite, found := movies.Movie(496243)
	require.True(t, found)
	require.Equal(t, []string{"기생충", "", "ko", "2019-05-30"},
		[]string{parasite.Original, parasite.TitleKO, parasite.Language, parasite.Released}, "a title that is not a translation")
	recordedMovie, found := movies.Movie(550)
	require.True(t, found)
	require.NotNil(t, recordedMovie.Recorded)
	require.True(t, json.Valid(recordedMovie.Recorded.Blocks["credits"]))
	lovers, found := movies.Serial(206693)
	require.True(t, found)
	require.Equal(t, []string{"KR"}, lovers.Origin)
	require.Equal(t, []string{"Wavve ONLY", "MBC"}, lovers.Networks)
	require.NotEmpty(t, lovers.Shelf)
}

// copied gives a folder like dir of which the test may damage a file.
func copied(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir()
	require.NoError(t, os.CopyFS(out, os.DirFS(dir)))
	require.NoError(t, filepath.WalkDir(out, func(path string, _ fs.DirEntry, err error) error {
		require.NoError(t, err)
		return os.Chmod(path, 0o700)
	}))
	return out
}

func TestDamagedFolders(t *testing.T) {
	t.Parallel()
	dir := simtest.Folder(t)
	films, movies := kobis.NewCatalogue(), tmdb.NewCatalogue(nil)
	require.ErrorIs(t, recorded.Load(dir, "1999", films, movies), recorded.ErrCatalogue)
	for file, content := range map[string]string{
		"kobis/searchMovieList_opened_2023_merged.json.gz": "not gzip",
		"kobis/searchDailyBoxOfficeList_20250825.json":     `{"faultInfo":{"message":"","errorCode":"320010"}}`,
		"tmdb/ko/tmdb_top_rated_ko-KR_dev.jsonl":           "{}\nnot JSON\n",
		"tmdb/ko/korean_series_dev.jsonl":                  "[]",
		"tmdb/recorded_2025/movie_348_details.json":        "[]",
		"tmdb/ko/tmdb_korean_movies_dev.csv":               "tmdb_id,title\nx,y\n",
	} {
		broken := copied(t, dir)
		require.NoError(t, os.WriteFile(filepath.Join(broken, filepath.FromSlash(file)), []byte(content), 0o600))
		err := recorded.Load(broken, "", kobis.NewCatalogue(), tmdb.NewCatalogue(nil))
		require.ErrorContains(t, err, filepath.Base(file))
	}
	empty := copied(t, dir)
	require.NoError(t, os.RemoveAll(filepath.Join(empty, "tmdb", "ko")))
	require.ErrorIs(t, recorded.Load(empty, "", kobis.NewCatalogue(), tmdb.NewCatalogue(nil)), fs.ErrNotExist)
}
