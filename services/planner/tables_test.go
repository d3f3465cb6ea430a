package planner

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
)

// load brings what is in RAW to the tables, as the loader does.
func (w *world) load() {
	consumer, err := w.js.Consumer(w.t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(w.t, err)
	batch, err := consumer.FetchNoWait(10_000)
	require.NoError(w.t, err)
	var msgs []jetstream.Msg
	statements := &pgx.Batch{}
	for msg := range batch.Messages() {
		msgs = append(msgs, msg)
		p, err := messages.DecodePayload(msg.Subject(), msg.Headers(), msg.Data())
		require.NoError(w.t, err)
		require.NoError(w.t, w.store(statements, p), "%s", p.Name)
	}
	require.NoError(w.t, batch.Error())
	require.NoError(w.t, pgx.BeginFunc(w.t.Context(), w.db, func(tx pgx.Tx) error {
		return tx.SendBatch(w.t.Context(), statements).Close()
	}))
	w.acknowledge(msgs)
}

// acknowledge returns when the server has taken all acknowledgements: it takes those of
// a connection one after another.
func (w *world) acknowledge(msgs []jetstream.Msg) {
	for i, msg := range msgs {
		if i < len(msgs)-1 {
			require.NoError(w.t, msg.Ack())
			continue
		}
		require.NoError(w.t, msg.DoubleAck(w.t.Context()))
	}
}

const insertPayload = `INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request,
	first_fetched_at, last_fetched_at, stream_seq, job_id, run_id)
VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $7, 1, $8, $9)
ON CONFLICT (subject, sha256) DO UPDATE SET last_fetched_at = excluded.last_fetched_at, job_id = excluded.job_id, run_id = excluded.run_id`

func (w *world) store(statements *pgx.Batch, p messages.Payload) error {
	sum := sha256.Sum256(p.Body)
	statements.Queue(insertPayload, p.String(), p.Kind, p.Key, p.Outcome, sum[:], string(p.Body), p.FetchedAt, p.JobID, p.RunID)
	var body said
	if err := json.Unmarshal(p.Body, &body); err != nil {
		return err
	}
	scope, rest := p.Scope()
	exec := func(sql string, args ...any) error {
		statements.Queue(sql, args...)
		return nil
	}
	expires := p.FetchedAt.Add(180 * 24 * time.Hour)
	switch {
	case p.Kind == messages.KindMovieList:
		return w.storeList(exec, scope, rest, body, p.FetchedAt)
	case p.Kind == messages.KindPeopleList:
		return w.storePeople(exec, rest, body, p.FetchedAt)
	case p.Kind == messages.KindPeopleDetail:
		return exec(`INSERT INTO staging.kobis_people_details (people_cd, filmography, found_at, fetched_at, raw_id, updated_at) VALUES ($1, '[]', $2, $2, 1, $2)
			ON CONFLICT (people_cd) DO UPDATE SET found_at = excluded.found_at, fetched_at = excluded.fetched_at`, p.Key, p.FetchedAt)
	case p.Kind == messages.KindDailyBoxOffice:
		return exec(`INSERT INTO staging.kobis_box_office_days (date, row_count, fetched_at, raw_id, updated_at) VALUES ($1::text::date, $2, $3, 1, $3)
			ON CONFLICT (date) DO UPDATE SET row_count = excluded.row_count, fetched_at = excluded.fetched_at`, p.Key, body.Rows, p.FetchedAt)
	case p.Kind == messages.KindMovieSearch:
		return w.storeSearch(exec, scope, rest, body, p)
	case p.Kind == messages.KindSeriesDiscover:
		from, to, _ := strings.Cut(scope, "_")
		return exec(`INSERT INTO staging.tmdb_discover_pages (window_from, window_to, page, total_pages, total_results, series_ids, fetched_at, expires_at, raw_id, updated_at)
			VALUES ($1::text::date, $2::text::date, $3::text::int, 1, $4, $5, $6, $7, 1, $6)
			ON CONFLICT (window_from, window_to, page) DO UPDATE SET series_ids = excluded.series_ids, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`,
			from, to, rest, body.Total, asJSON(body.IDs), p.FetchedAt, expires)
	case p.Kind == messages.KindSeriesDetail:
		return exec(`INSERT INTO staging.tmdb_series (tmdb_id, seasons, fetched_at, expires_at, raw_id, updated_at)
			VALUES ($1::text::int, CASE $1::text WHEN '72' THEN '[{"number":0,"episode_count":1},{"number":1,"episode_count":8},{"number":2,"episode_count":8},{"number":"x"}]'::jsonb END, $2, $3, 1, $2)
			ON CONFLICT (tmdb_id) DO UPDATE SET fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`, p.Key, p.FetchedAt, expires)
	case p.Kind == messages.KindSeasonDetail:
		return exec(`INSERT INTO staging.tmdb_seasons (tmdb_id, season_number, episode_count, found_at, fetched_at, expires_at, raw_id, updated_at)
			VALUES ($1::text::int, $2::text::int, 8, $3, $3, $4, 1, $3)
			ON CONFLICT (tmdb_id, season_number) DO UPDATE SET found_at = excluded.found_at, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`, scope, rest, p.FetchedAt, expires)
	case p.Kind == messages.KindMovieChanges, p.Kind == messages.KindSeriesChanges:
		return nil // kept in raw.payloads alone
	case p.Source == messages.TMDB && p.Outcome == messages.OutcomeNotFound:
		return exec(`INSERT INTO staging.tmdb_movies AS t (tmdb_id, missing_at, fetched_at, expires_at, raw_id, updated_at) VALUES ($1::text::int, ARRAY[$2::timestamptz], $2, $3, 1, $2)
			ON CONFLICT (tmdb_id) DO UPDATE SET missing_at = t.missing_at || excluded.missing_at, fetched_at = excluded.fetched_at`, p.Key, p.FetchedAt, expires)
	case p.Source == messages.TMDB:
		return exec(`INSERT INTO staging.tmdb_movies (tmdb_id, found_at, fetched_at, expires_at, raw_id, updated_at) VALUES ($1::text::int, $2, $2, $3, 1, $2)
			ON CONFLICT (tmdb_id) DO UPDATE SET found_at = excluded.found_at, missing_at = '{}', fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`, p.Key, p.FetchedAt, expires)
	}
	return w.storeDetail(exec, body, p)
}

func (w *world) storeList(exec func(string, ...any) error, scope, page string, body said, at time.Time) error {
	err := exec(`INSERT INTO staging.kobis_list_pages (scope, page, total_count, movie_cds, fetched_at, raw_id, updated_at) VALUES ($1, $2::text::int, $3, $4, $5, 1, $5)
		ON CONFLICT (scope, page) DO UPDATE SET total_count = excluded.total_count, movie_cds = excluded.movie_cds, fetched_at = excluded.fetched_at`,
		scope, page, body.Total, asJSON(body.Codes), at)
	for _, code := range body.Codes {
		f := w.films[w.find(code)]
		err = errors.Join(err, exec(`INSERT INTO staging.kobis_movies (movie_cd, title, production_year, open_date, nations, genres, directors, companies, fetched_at, raw_id, updated_at)
			VALUES ($1, $2, nullif($3, 0), nullif($4::text, '')::date, '[]', '[]', '[]', '[]', $5, 1, $5)
			ON CONFLICT (movie_cd) DO UPDATE SET title = excluded.title, fetched_at = excluded.fetched_at`, code, f.Title, f.Made, f.Opened, at))
	}
	return err
}

func (w *world) storePeople(exec func(string, ...any) error, page string, body said, at time.Time) error {
	err := exec(`INSERT INTO staging.kobis_people_pages (page, total_count, people_cds, fetched_at, raw_id, updated_at) VALUES ($1::text::int, $2, $3, $4, 1, $4)
		ON CONFLICT (page) DO UPDATE SET total_count = excluded.total_count, people_cds = excluded.people_cds, fetched_at = excluded.fetched_at`,
		page, body.Total, asJSON(body.Codes), at)
	return errors.Join(err, exec(`INSERT INTO staging.kobis_people (people_cd, name, titles, fetched_at, raw_id, updated_at)
		SELECT code, '이름', '[]', $2, 1, $2 FROM jsonb_array_elements_text($1) AS code ON CONFLICT (people_cd) DO UPDATE SET fetched_at = excluded.fetched_at`,
		asJSON(body.Codes), at))
}

func (w *world) storeSearch(exec func(string, ...any) error, code, variant string, body said, p messages.Payload) error {
	candidates := []map[string]int{}
	status, id := "none", any(nil)
	for _, one := range body.IDs {
		candidates = append(candidates, map[string]int{"tmdb_id": one})
		status, id = "matched", one
	}
	return errors.Join(
		exec(`INSERT INTO staging.tmdb_searches (movie_cd, variant, query, year, total_results, candidates, fetched_at, expires_at, raw_id, updated_at)
			VALUES ($1, $2, $3, nullif($4::text, '')::int, $5, $6, $7, $8, 1, $7)
			ON CONFLICT (movie_cd, variant) DO UPDATE SET query = excluded.query, year = excluded.year, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`,
			code, variant, p.Request["query"], p.Request["year"], body.Total, asJSON(candidates), p.FetchedAt, p.FetchedAt.Add(180*24*time.Hour)),
		exec(`INSERT INTO production.matches (movie_cd, tmdb_id, status, score, evidence, rule_version, decided_at) VALUES ($1, $2, $3, 1, '{}', 1, $4)
			ON CONFLICT (movie_cd) DO UPDATE SET tmdb_id = excluded.tmdb_id, status = excluded.status WHERE production.matches.status = 'none'`,
			code, id, status, p.FetchedAt))
}

func (w *world) storeDetail(exec func(string, ...any) error, body said, p messages.Payload) error {
	f := *body.Film
	missing := []time.Time{}
	if p.Outcome == messages.OutcomeNotFound {
		missing = []time.Time{p.FetchedAt}
		f = film{}
	}
	return exec(`INSERT INTO staging.kobis_movie_details (movie_cd, title, production_year, missing_at, fetched_at, raw_id, updated_at, runtime_minutes)
		VALUES ($1, nullif($2, ''), nullif($3, 0), $4, $5, 1, $5, $6)
		ON CONFLICT (movie_cd) DO UPDATE SET title = excluded.title, production_year = excluded.production_year, runtime_minutes = excluded.runtime_minutes, missing_at = excluded.missing_at, fetched_at = excluded.fetched_at`,
		p.Key, f.Title, f.Made, missing, p.FetchedAt, f.Edits)
}

func asJSON[T any](list []T) string {
	data, err := json.Marshal(append([]T{}, list...))
	if err != nil {
		panic(err)
	}
	return string(data)
}
