package planner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Values as a source, an older program or a person could have brought them into the
// tables, each beside good ones.
var (
	oddTexts  = rapid.SampledFrom([]string{"", " ", "2019 0324", "a.b", "２０１９", `\u0000`, "\x1b[31m", "x>", "*", "기생충", strings.Repeat("y", 300), strings.Repeat("z", 5000), letters(1500), "20190324"})
	oddNumber = rapid.SampledFrom([]int{-2147483648, -1, 0, 1, 2, 99, 100, 101, 1_000_000, 2147483647})
	oddDates  = rapid.SampledFrom([]string{"4713-01-01 BC", "0001-01-01", "1919-03-04", "2019-05-30", "9999-12-31", "294275-01-01", "infinity", "-infinity"})
	oddJSON   = rapid.SampledFrom([]string{
		`null`, `[]`, `{}`, `1`, `"x"`, `[null]`, `[1,"2",3.5,5000000000,-1,1e300]`, `["20190324",1,null,{"a":[]},"2019 0324"]`, `{"a":{"b":[1]}}`, `[[[[1]]]]`, `true`,
	})
	oddBody = rapid.SampledFrom([]string{
		`null`, `[]`, `{}`, `{"total_pages":2.5,"results":[{"id":1}]}`, `{"total_pages":-3,"results":[{"id":5000000000}]}`, `{"results":{"id":1}}`,
		`{"total_pages":"x","results":[{"id":"x"},{"id":null},7]}`, `{"a":"\u0000","total_pages":1e999,"results":[{"id":1e999}]}`, `"\ud800"`,
		`{"results":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`, `{"total_pages":2147483648,"results":[]}`,
	})
)

// hostile puts one row into a table, no matter who may have written it: triggers that
// would refuse it have not seen it.
func (w *world) hostile(t *rapid.T, b *pgx.Batch) {
	at := w.now()
	switch rapid.IntRange(0, 10).Draw(t, "table") {
	case 0:
		b.Queue(`INSERT INTO staging.kobis_movies (movie_cd, title, production_year, open_date, nations, genres, directors, companies, fetched_at, raw_id, updated_at)
			VALUES ($1, $2, $3, $4::text::date, '[]', '[]', '[]', '[]', $5, 1, $5) ON CONFLICT DO NOTHING`,
			oddTexts.Draw(t, "code"), oddTexts.Draw(t, "title"), oddNumber.Draw(t, "made"), oddDates.Draw(t, "opened"), at)
	case 1:
		scope := rapid.SampledFrom([]string{"all", "made-" + w.year(0), "open-" + w.year(-1), "made-x", "", "2019 0324"}).Draw(t, "scope")
		b.Queue(`INSERT INTO staging.kobis_list_pages (scope, page, total_count, movie_cds, fetched_at, raw_id, updated_at) VALUES ($1, $2, $3, $4, $5::text::timestamptz, 1, $6)
			ON CONFLICT (scope, page) DO UPDATE SET total_count = excluded.total_count, movie_cds = excluded.movie_cds, fetched_at = excluded.fetched_at`,
			scope, max(1, oddNumber.Draw(t, "page")), oddNumber.Draw(t, "total"), oddJSON.Draw(t, "codes"), oddDates.Draw(t, "fetched"), at)
	case 2:
		b.Queue(`INSERT INTO staging.tmdb_discover_pages (window_from, window_to, page, total_pages, total_results, series_ids, fetched_at, expires_at, raw_id, updated_at)
			VALUES ($1::text::date, $2::text::date, $3, $4, $5, $6, $7, $7, 1, $7) ON CONFLICT (window_from, window_to, page) DO UPDATE SET series_ids = excluded.series_ids, total_pages = excluded.total_pages`,
			rapid.SampledFrom([]string{w.year(0) + "-01-01", "infinity"}).Draw(t, "from"), rapid.SampledFrom([]string{w.year(0) + "-06-30", "-infinity"}).Draw(t, "to"),
			max(1, oddNumber.Draw(t, "page")), oddNumber.Draw(t, "pages"), oddNumber.Draw(t, "results"), oddJSON.Draw(t, "ids"), at)
	case 3:
		b.Queue(`INSERT INTO production.matches (movie_cd, tmdb_id, status, score, evidence, rule_version, decided_at) VALUES ($1, $2, 'review', 1, $3, 1, $4) ON CONFLICT (movie_cd) DO UPDATE SET evidence = excluded.evidence`,
			w.films[0].Code, oddNumber.Draw(t, "id"), `{"wanted":`+oddJSON.Draw(t, "wanted")+`}`, at)
	case 4:
		b.Queue(`INSERT INTO staging.tmdb_searches (movie_cd, variant, query, year, total_results, candidates, fetched_at, expires_at, raw_id, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, $7) ON CONFLICT DO NOTHING`,
			rapid.SampledFrom([]string{w.films[0].Code, "2019 0324"}).Draw(t, "code"), oddTexts.Draw(t, "variant"), oddTexts.Draw(t, "query"), oddNumber.Draw(t, "year"), oddNumber.Draw(t, "hits"), oddJSON.Draw(t, "candidates"), at)
	case 5, 6:
		kind := rapid.SampledFrom(policy.ChangeKinds).Draw(t, "kind")
		b.Queue(`INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request, first_fetched_at, last_fetched_at, stream_seq, job_id, run_id)
			VALUES ($1, $2, '', 'ok', sha256($3::text::bytea), $4, '{}', $5, $5, 1, 1, '') ON CONFLICT DO NOTHING`,
			policy.ChangesName(kind, policy.Date(at, time.UTC).AddDate(0, 0, -rapid.IntRange(1, 13).Draw(t, "day")), rapid.IntRange(1, 3).Draw(t, "page")).String(), kind, rapid.StringMatching(`[a-z]{8}`).Draw(t, "hash"), oddBody.Draw(t, "body"), at)
	case 7:
		workload := rapid.SampledFrom(policy.Workloads).Draw(t, "stage").ID
		b.Queue(`INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready) VALUES ($1, $2, $3, -1, $4, $5, true) ON CONFLICT DO NOTHING`,
			cutTo("kobis:movie:"+strings.ToValidUTF8(oddTexts.Draw(t, "owner"), ""), 1000), oddTexts.Draw(t, "subject"), workload, rapid.SampledFrom([]string{"", "{", `{"a":1}`, `[]`, "null"}).Draw(t, "params"), at)
	case 8:
		b.Queue(`UPDATE ops.windows SET head = $1, total = $2, known = $3 WHERE scope = 'all'`, oddJSON.Draw(t, "head"), oddNumber.Draw(t, "total"), oddNumber.Draw(t, "known"))
	case 9:
		b.Queue(`INSERT INTO ops.change_pages (subject, total_pages) VALUES ($1, $2) ON CONFLICT DO NOTHING`, oddTexts.Draw(t, "page"), oddNumber.Draw(t, "pages"))
		b.Queue(`INSERT INTO ops.plan_marks (entity) VALUES ($1), ('*')`, rapid.SampledFrom([]string{"", "kobis:movie:2019 0324", "tmdb:movie:99999999999", "tmdb:series:x", "x"}).Draw(t, "mark"))
	case 10:
		b.Queue(`INSERT INTO ops.dead_letters (stream_seq, subject, reason, error, headers, body_size, failed_at, deaths, retry_at) VALUES ($1, $2, $3, '', $4, 0, $5, 1, $5) ON CONFLICT DO NOTHING`,
			1_000_000+rapid.IntRange(0, 1000).Draw(t, "letter"), "jobs.kobis.movie-list.all."+rapid.SampledFrom([]string{"1", "0", "-1", "x", "99999999999999999999", "2147483647", "1.1"}).Draw(t, "page"), oddTexts.Draw(t, "reason"), oddJSON.Draw(t, "headers"), at)
	}
}

// Whatever is in raw, staging, production.matches and the planner's own tables,
// no tick fails for it, and what is good beside it is planned.
func TestWhateverStandsInTheTablesNoTickFails(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.settle()
	w.with(func(c *Config) { c.HighWater = 10 })
	w.pass(13 * 24 * time.Hour)
	jobs, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		good := fmt.Sprintf("tmdb.movie-search.good%d.ko", round)
		batch := &pgx.Batch{}
		batch.Queue("SET session_replication_role = replica")
		for range rapid.IntRange(1, 8).Draw(rt, "rows") {
			w.hostile(rt, batch)
		}
		batch.Queue("SET session_replication_role = origin")
		batch.Queue("DELETE FROM ops.due WHERE owner = 'good'")
		batch.Queue("INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready) VALUES ('good', $1, 'search-opening', -2, '', $2, true)", good, w.now())
		require.NoError(rt, w.db.SendBatch(t.Context(), batch).Close())
		w.pass(time.Hour)
		_, err := w.planner.Tick(t.Context())
		require.NoError(rt, err)
		require.Contains(rt, w.jobs(), good)
		require.NoError(rt, jobs.Purge(t.Context()))
		w.exec("TRUNCATE ops.jobs")
		require.Equal(rt, nats.CONNECTED, w.nc.Status())
	})
}
