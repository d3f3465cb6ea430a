package recorded

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/cledit/pipeline/sim/tmdb"
)

// part is a recorded body: a detail with the blocks that were appended to it, or,
// where block is set, that block alone.
type part struct {
	id          int
	file, block string
}

// movieParts are read in this order; a block that is known already stays.
var movieParts = []part{
	{550, "recorded_2025/movie_550_append_credits_release_dates_external_ids_keywords_images.json", ""},
	{550, "recorded_2022/movie_translations.json", "translations"},
	{550, "recorded_2022/movie_alternative_titles.json", "alternative_titles"},
	{550, "official_examples/movie-watch-providers.json", "watch/providers"},
	{550, "official_examples/movie-videos.json", "videos"},
	{348, "recorded_2025/movie_348_details.json", ""},
	{11, "official_examples/movie-details.json", ""},
}

var seriesParts = []part{
	{1399, "recorded_2025/tv_1399_append_aggregate_credits_content_ratings_credits_external_ids_keywords.json", ""},
	{1399, "official_examples/tv-series-translations.json", "translations"},
	{1399, "official_examples/tv-series-alternative-titles.json", "alternative_titles"},
	{1399, "official_examples/tv-series-watch-providers.json", "watch/providers"},
	{1399, "official_examples/tv-series-videos.json", "videos"},
	{1396, "recorded_2022/tv_detail.json", ""},
}

// blockNames tell a block from a member of the detail itself.
var blockNames = []string{
	"credits", "aggregate_credits", "release_dates", "content_ratings", "external_ids", "keywords", "images",
	"translations", "alternative_titles", "videos", "watch/providers",
}

// readBodies puts the parts of each id together.
func readBodies(dir string, all []part) (map[int]*tmdb.Recorded, error) {
	bodies := map[int]*tmdb.Recorded{}
	for _, p := range all {
		path := filepath.Join(dir, filepath.FromSlash(p.file))
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		members, err := tmdb.ParseMembers(text)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		if bodies[p.id] == nil {
			bodies[p.id] = &tmdb.Recorded{Blocks: map[string]json.RawMessage{}}
		}
		merge(bodies[p.id], p, members)
	}
	return bodies, nil
}

func merge(r *tmdb.Recorded, p part, members []tmdb.Member) {
	if p.block != "" {
		members = slices.DeleteFunc(members, func(m tmdb.Member) bool { return m.Name == "id" })
		r.Blocks[p.block] = tmdb.Object(members)
		return
	}
	for _, m := range members {
		if slices.Contains(blockNames, m.Name) {
			r.Blocks[m.Name] = m.Value
		} else {
			r.Detail = append(r.Detail, m)
		}
	}
}

func readMovieBodies(dir string, movies map[int]*tmdb.Movie) error {
	bodies, err := readBodies(dir, movieParts)
	if err != nil {
		return err
	}
	for id, body := range bodies {
		var facts struct {
			row
			OriginCountry []string `json:"origin_country"`
			IMDBID        string   `json:"imdb_id"`
			Status        string   `json:"status"`
		}
		if err := json.Unmarshal(tmdb.Object(body.Detail), &facts); err != nil {
			return fmt.Errorf("reading the recorded movie %d: %w", id, err)
		}
		m := at(movies, id)
		korean := *m
		facts.into(m)
		// The body is English: its texts are not Korean ones.
		m.TitleKO, m.Overview, m.TitleEN = korean.TitleKO, korean.Overview, facts.Title
		m.Origin, m.IMDBID, m.Status, m.Recorded = facts.OriginCountry, facts.IMDBID, facts.Status, body
	}
	return nil
}

func readSeriesBodies(dir string) ([]tmdb.Series, error) {
	bodies, err := readBodies(dir, seriesParts)
	if err != nil {
		return nil, err
	}
	var all []tmdb.Series
	for _, id := range []int{1396, 1399} {
		var facts struct {
			Name             string   `json:"name"`
			OriginalName     string   `json:"original_name"`
			OriginalLanguage string   `json:"original_language"`
			FirstAirDate     string   `json:"first_air_date"`
			OriginCountry    []string `json:"origin_country"`
			Popularity       float64  `json:"popularity"`
		}
		if err := json.Unmarshal(tmdb.Object(bodies[id].Detail), &facts); err != nil {
			return nil, fmt.Errorf("reading the recorded series %d: %w", id, err)
		}
		if err := readSeasons(dir, bodies[id], id); err != nil {
			return nil, err
		}
		all = append(all, tmdb.Series{
			ID: id, NameEN: facts.Name, Original: facts.OriginalName, Language: facts.OriginalLanguage,
			FirstAired: facts.FirstAirDate, Origin: facts.OriginCountry, Popularity: facts.Popularity, Recorded: bodies[id],
		})
	}
	return all, nil
}

// seasonFiles are the recorded seasons, by series.
var seasonFiles = map[int]map[int]string{1399: {1: "recorded_2025/tv_1399_season_1_append.json"}}

func readSeasons(dir string, r *tmdb.Recorded, id int) error {
	for number, file := range seasonFiles[id] {
		text, err := readFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			return err
		}
		members, err := tmdb.ParseMembers(text)
		if err != nil {
			return fmt.Errorf("reading season %d of the recorded series %d: %w", number, id, err)
		}
		if r.Seasons == nil {
			r.Seasons = map[int][]tmdb.Member{}
		}
		r.Seasons[number] = members
	}
	return nil
}
