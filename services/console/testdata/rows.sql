-- A row or two of everything that pages show, hostile texts among them. Times are about
-- noon in Seoul on 2026-11-30.
INSERT INTO ops.status (at, body) VALUES ('2026-11-30 02:59:58Z', '{
  "at": "2026-11-30T02:59:58Z",
  "sources": [
    {"source": "kobis", "why": {"code": "kept-back", "source": "kobis", "kept": 60, "calls": 2290, "until": "2026-11-30T15:00:00Z"}, "left": 1240, "reset_at": "2026-11-30T15:00:00Z", "outstanding": 1, "due": 2290},
    {"source": "tmdb", "why": {"code": "working", "source": "tmdb", "calls": 41, "out": 1}, "left": null, "outstanding": 1, "due": 41}],
  "datasets": [
    {"dataset": "box-office", "word": "on time", "overdue_seconds": 0, "landed_at": "2026-11-30T01:04:00Z"},
    {"dataset": "list-head", "word": "running", "overdue_seconds": 0, "deadline": "2026-11-30T21:15:00Z"},
    {"dataset": "openings", "word": "waiting", "overdue_seconds": 0, "until": "2026-11-30T15:00:00Z"},
    {"dataset": "tmdb-changes", "word": "late", "overdue_seconds": 7200},
    {"dataset": "series", "word": "failed", "overdue_seconds": 0}],
  "workloads": [
    {"stage": "detail-back", "source": "kobis", "due": 2290, "outstanding": 1, "done_at": "2026-12-03T05:00:00Z"},
    {"stage": "tmdb-matched", "source": "tmdb", "due": 41, "outstanding": 1, "done_at": null}],
  "problems": [
    {"code": "key-invalid", "source": "kobis", "count": 1, "runbook": "docs/operations/troubleshoot.md#cleditkeyinvalid"},
    {"code": "data-late", "count": 1, "detail": "tmdb-changes", "runbook": "docs/operations/troubleshoot.md#cleditdatalate"}],
  "backlog": 3, "of-a-newer-planner": true}');

INSERT INTO ops.history (at, source, budget, outstanding, due, backlog, done_at, reason)
SELECT '2026-11-30 03:00Z'::timestamptz - n * interval '10 minutes', source, 1000 + n, n, 10 * n, 0, '2026-12-03 05:00Z'::timestamptz + n * interval '1 hour', 'working'
FROM generate_series(1, 60) AS n, unnest(ARRAY['kobis', 'tmdb']) AS source;
INSERT INTO ops.daily_calls (day, stage, planned)
SELECT '2026-11-30'::date - n, stage, 100 * n FROM generate_series(0, 9) AS n, unnest(ARRAY['box-office', 'detail-back', 'tmdb-matched']) AS stage;
INSERT INTO ops.windows (scope, phase, due_at, total, known, evidence) VALUES
    ('all', 'complete', '2026-12-01Z', 2050, 2050, 'read whole'), ('made-2024', 'reading', '2026-12-01Z', 310, 300, ''), ('open-2024', 'checking', '2026-12-01Z', 0, 0, '');
INSERT INTO ops.runs (run_id, reason, started_at, ended_at, planned, answered, failed) VALUES
    ('daily-2026-11-30', 'the work of 2026-11-30', '2026-11-29 15:00Z', NULL, 120, 118, 1), ('first-load', 'the first load', '2026-11-20Z', NULL, 54000, 53000, 2);
INSERT INTO staging.kobis_box_office_days (date, row_count, fetched_at, raw_id, updated_at) VALUES ('2026-11-29', 10, '2026-11-30 01:04Z', 1, '2026-11-30 01:04Z');

INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request, first_fetched_at, last_fetched_at, stream_seq, job_id, run_id) VALUES
    ('kobis.movie-detail.20190324', 'movie-detail', '20190324', 'ok', '\x01', '{"movieNm": "기생충", "showTm": "131"}', '{"movieCd": "20190324"}', '2026-11-01Z', '2026-11-01Z', 1, 1, 'first-load'),
    ('kobis.movie-detail.20190324', 'movie-detail', '20190324', 'ok', '\x02', '{"movieNm": "기생충", "showTm": "132", "memo": "</pre><script>alert(1)</script>"}', '{"movieCd": "20190324"}', '2026-11-20Z', '2026-11-29Z', 2, 2, 'daily-2026-11-29');
INSERT INTO raw.field_notes (raw_id, field, problem, times) SELECT id, 'showTm', 'not a number', 1 FROM raw.payloads LIMIT 1;

INSERT INTO staging.kobis_movies (movie_cd, title, title_en, production_year, open_date, nations, genres, directors, companies, fetched_at, raw_id, updated_at) VALUES
    ('20190324', '기생충', 'PARASITE', 2019, '2019-05-30', '[]', '[]', '[]', '[]', '2026-11-01Z', 1, '2026-11-01Z'),
    ('20990001', '<script>alert("title")</script>', NULL, 2099, NULL, '[]', '[]', '[]', '[]', '2026-11-01Z', 1, '2026-11-01Z');
INSERT INTO staging.kobis_movie_details (movie_cd, title, title_en, title_original, runtime_minutes, production_year, open_date, watch_grade, status_name, found_at, fetched_at, raw_id, updated_at)
VALUES ('20190324', '기생충', 'PARASITE', NULL, 131, 2019, '2019-05-30', '15세이상관람가', '기타', '2026-11-29Z', '2026-11-29Z', 2, '2026-11-29Z');
INSERT INTO staging.tmdb_movies (tmdb_id, title, title_en, title_original, original_language, overview_ko, release_date, runtime_minutes, imdb_id, poster_path, found_at, fetched_at, expires_at, raw_id, updated_at)
VALUES (496243, '기생충', 'Parasite', '기생충', 'ko', '전원백수로 살 길 막막하지만', '2019-05-30', 133, 'tt6751668', '/7IiTTgloJzvGI1TAYymCfbfl3vT.jpg', '2026-11-29Z', '2026-11-29Z', '2027-05-28Z', 2, '2026-11-29Z');

INSERT INTO production.titles (id, kind, kobis_movie_cd, tmdb_id, imdb_id, title_ko, title_en, title_original, production_year, release_date, runtime_minutes, watch_grade, overview, poster_path, countries, sources, contradictions, updated_at) VALUES
    ('0bb3a5a0-0000-5000-8000-000000000001', 'movie', '20190324', 496243, 'tt6751668', '기생충', 'Parasite', '기생충', 2019, '2019-05-30', 133, '15세이상관람가', '전원백수로 살 길 막막하지만', '/7IiTTgloJzvGI1TAYymCfbfl3vT.jpg', '{KR}', '{"title_ko": "kobis", "title_en": "tmdb", "runtime_minutes": "tmdb", "watch_grade": "kobis", "release_date": "kobis"}', '{"runtime_minutes": {"20190324": 131}}', '2026-11-30 02:30Z'),
    ('5bb3a5a0-0000-5000-8000-000000000002', 'movie', '20990001', NULL, NULL, '<script>alert("title")</script>', '"onmouseover="alert(1)', NULL, 2099, NULL, NULL, NULL, NULL, NULL, '{}', '{"title_ko": "kobis"}', NULL, '2026-11-30 02:20Z'),
    ('9bb3a5a0-0000-5000-8000-000000000003', 'series', NULL, 93405, NULL, '오징어 게임', 'Squid Game', '오징어 게임', NULL, '2021-09-17', NULL, NULL, NULL, NULL, '{KR}', '{"title_ko": "tmdb"}', NULL, '2026-11-30 02:10Z'),
    ('fbb3a5a0-0000-5000-8000-000000000004', 'movie', '20990002', NULL, NULL, U&'\202E' || 'drowkcab' || U&'\FFFE', repeat('긴', 10000), NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', '{}', NULL, '2026-11-30 02:00Z');
INSERT INTO production.editions (movie_cd, title_id, is_main, title_ko, production_year, release_date, runtime_minutes, watch_grade, form, updated_at) VALUES
    ('20190324', '0bb3a5a0-0000-5000-8000-000000000001', true, '기생충', 2019, '2019-05-30', 131, '15세이상관람가', '장편', '2026-11-30Z'),
    ('20990001', '5bb3a5a0-0000-5000-8000-000000000002', true, '<script>alert("title")</script>', 2099, NULL, NULL, NULL, NULL, '2026-11-30Z');
INSERT INTO production.people (id, tmdb_id, name_ko, name_en, name_display, updated_at) VALUES
    ('1aa3a5a0-0000-5000-8000-000000000001', 21684, '봉준호', 'BONG Joon-ho', 'Bong Joon-ho', '2026-11-30Z'),
    ('1aa3a5a0-0000-5000-8000-000000000002', 20738, '송강호', 'SONG Kang-ho', 'Song Kang-ho', '2026-11-30Z');
INSERT INTO production.credits (title_id, source, department, role, job, name_ko, name_en, character_ko, position, person_id, merged_by, remarks) VALUES
    ('0bb3a5a0-0000-5000-8000-000000000001', 'kobis', 'directing', '감독', 'director', '봉준호', 'BONG Joon-ho', NULL, 0, '1aa3a5a0-0000-5000-8000-000000000001', 'name', '{}'),
    ('0bb3a5a0-0000-5000-8000-000000000001', 'kobis', 'acting', '배우', 'actor', '송강호', 'SONG Kang-ho', '기택', 1, '1aa3a5a0-0000-5000-8000-000000000002', NULL, '{특별출연}'),
    ('0bb3a5a0-0000-5000-8000-000000000001', 'kobis', 'acting', '배우', 'actor', '<img src=x onerror=alert(1)>', NULL, '<b>굵게</b>', 2, NULL, NULL, '{}');
INSERT INTO production.external_ids (title_id, site, external_id) VALUES ('0bb3a5a0-0000-5000-8000-000000000001', 'imdb', 'tt6751668');
INSERT INTO production.matches (movie_cd, tmdb_id, status, score, evidence, rule_version, decided_at) VALUES
    ('20190324', 496243, 'matched', 0.98, '{"facts": {"title": "equal", "year": "equal"}}', 12, '2026-11-30Z'),
    ('20990001', NULL, 'review', 0.62, '{"candidates": [{"tmdb_id": 1, "title": "<svg onload=alert(1)>"}]}', 12, '2026-11-30Z');
INSERT INTO curation.decisions (movie_cd, tmdb_id, decision, decided_by, why, decided_at) VALUES ('20190324', 496243, 'pin', 'somebody', 'the <i>same</i> director', '2026-11-28Z');

-- What waits and what died; marks last, for what is written above marks titles itself.
DELETE FROM ops.stale_titles;
INSERT INTO ops.stale_titles (key, marked_at, blocked_until, problem) VALUES
    ('kobis:movie:20190324', '2026-11-30 02:58Z', NULL, NULL), ('kobis:movie:20990001', '2026-11-30 02:00Z', '2026-11-30 04:00Z', 'value too long: "<script>"');
DELETE FROM ops.due;
INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, not_before, ready, since) VALUES
    ('kobis:movie:20990001', 'kobis.movie-detail.20990001', 'detail-back', 1, '', '2026-11-29Z', NULL, true, '2026-11-29Z'),
    ('kobis:movie:20190324', 'kobis.movie-detail.20190324', 'detail-refresh', 1, '', '2027-01-29Z', NULL, false, '2026-11-29Z');
INSERT INTO ops.jobs (subject, source, job_id, run_id, planned_at, stage) VALUES
    ('kobis.movie-detail.20990003', 'kobis', 7, 'first-load', '2026-11-30 02:59Z', 'detail-back'), ('tmdb.movie-detail.7', 'tmdb', 8, 'daily-2026-11-30', '2026-11-30 02:59Z', 'tmdb-matched');
INSERT INTO ops.dead_letters (stream_seq, subject, reason, error, headers, body_size, failed_at, deaths, retry_at, resolved_at) VALUES
    (1, 'raw.kobis.movie-detail.20990001', 'unknown shape <b>', 'decoding: …', '{}', 12, '2026-11-29Z', 2, '2026-12-01Z', NULL),
    (2, 'raw.kobis.movie-detail.20190324', 'unknown shape <b>', 'decoding: …', '{}', 12, '2026-11-28Z', 1, '2026-11-29Z', '2026-11-29Z');
INSERT INTO ops.drift (source, kind, path, what, raw_id, payloads, noticed_at, last_seen_at) VALUES ('tmdb', 'movie-detail', 'genres.id', 'string', 1, 59, '2026-11-29Z', '2026-11-30Z');
