package loader

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/command/rematch"
)

// candidates give every film of the catalogue five hits of a search, those that stand
// beside it in the order of titles and, for two in three, its own record; all hits
// but a third's have their details. The records are made of what KOBIS says.
const candidates = `
WITH film AS (
	SELECT m.movie_cd, m.title, m.production_year, coalesce(m.open_date, make_date(coalesce(m.production_year, 2000), 6, 1)) AS day,
		CASE WHEN m.nations ? '한국' THEN 'ko' ELSE 'en' END AS language, coalesce(nullif(m.title_en, ''), m.title) AS title_en, m.directors ->> 0 AS director,
		(row_number() OVER (ORDER BY m.title, m.movie_cd))::int AS n
	FROM staging.kobis_movies AS m
), hit AS (
	SELECT f.movie_cd, f.title, f.title_en, f.production_year, f.day, f.language, f.director, f.n, jsonb_build_object('tmdb_id', f.n, 'title', f.title, 'title_original', CASE f.language WHEN 'ko' THEN f.title ELSE f.title_en END,
		'original_language', f.language, 'release_date', f.day::text, 'popularity', 1) AS hit FROM film AS f
), movies AS (
	INSERT INTO staging.tmdb_movies (tmdb_id, title, title_original, title_en, original_language, release_date, runtime_minutes, alternative_titles, translations, release_dates,
		cast_members, crew_members, origin_countries, production_countries, genres, companies, found_at, fetched_at, expires_at, raw_id, updated_at)
	SELECT n, title, hit ->> 'title_original', title_en, language, day, 100, '[]',
		jsonb_build_array(jsonb_build_object('language', 'ko', 'country', 'KR', 'title', title, 'overview', repeat('내용 ', 100)), jsonb_build_object('language', 'en', 'country', 'US', 'title', title_en)),
		jsonb_build_array(jsonb_build_object('country', 'KR', 'date', day::text, 'type', 3)),
		(SELECT jsonb_agg(jsonb_build_object('id', 10 * n + i, 'name', 'Actor ' || i, 'name_original', 'Actor ' || i, 'character', 'Part ' || i, 'order', i)) FROM generate_series(0, 9) AS i),
		jsonb_build_array(jsonb_build_object('id', 10000000 + n, 'name', coalesce(director, 'Nobody'), 'department', 'Directing', 'job', 'Director')),
		'["KR"]', '["KR"]', '[]', '[]', now(), now(), now() + interval '100 days', 0, now()
	FROM hit WHERE n % 3 <> 0
)
INSERT INTO staging.tmdb_searches (movie_cd, variant, query, year, total_results, candidates, fetched_at, expires_at, raw_id, updated_at)
SELECT h.movie_cd, 'ko-year', h.title, h.production_year, 5, jsonb_agg(near.hit ORDER BY near.n), now(), now() + interval '100 days', 0, now()
FROM hit AS h CROSS JOIN generate_series(-2, 2) AS apart JOIN hit AS near ON near.n = h.n + apart AND (apart <> 0 OR h.n % 3 <> 0)
GROUP BY h.movie_cd, h.title, h.production_year`

// BenchmarkRematch decides again on a whole catalogue whose films have stored
// candidates.
func BenchmarkRematch(b *testing.B) {
	pages, films := catalogue(b)
	w := newWorld(b)
	w.publish(pages...)
	w.runUntilSettled()
	w.exec(candidates)
	w.exec("ANALYZE")
	cpu, started := cpuTime(b), time.Now()
	var r rematch.Result
	for b.Loop() {
		require.NoError(b, json.Unmarshal([]byte(w.succeed("rematch", "--dry-run", "--json")), &r))
		require.Equal(b, films, r.Films)
	}
	b.ReportMetric(time.Since(started).Seconds()/float64(b.N), "s")
	b.ReportMetric((cpuTime(b)-cpu).Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(float64(films), "films")
	b.ReportMetric(float64(len(r.New)), "films-matched")
	b.ReportMetric(0, "ns/op")
}
