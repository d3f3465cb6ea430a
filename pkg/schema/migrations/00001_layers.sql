-- +goose Up
-- The three layers of the data and what stands beside them. A list of the
-- source that is only ever read as a whole is a jsonb column: it is written in
-- one array parameter per column and chunk.

CREATE SCHEMA raw;
CREATE SCHEMA staging;
CREATE SCHEMA production;
CREATE SCHEMA curation;
CREATE SCHEMA ops;

-- raw: API answers as they came -------------------------------------------------

CREATE TABLE raw.payloads (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject          text        NOT NULL,
    kind             text        NOT NULL,
    entity_key       text        NOT NULL,
    outcome          text        NOT NULL CHECK (outcome IN ('ok', 'not-found')),
    sha256           bytea       NOT NULL,
    content_type     text        NOT NULL DEFAULT '',
    body             json        NOT NULL,
    request          jsonb       NOT NULL,
    first_fetched_at timestamptz NOT NULL,
    last_fetched_at  timestamptz NOT NULL,
    expires_at       timestamptz,
    stream_seq       bigint      NOT NULL,
    job_id           bigint      NOT NULL,
    run_id           text        NOT NULL,
    UNIQUE (subject, sha256)
);
COMMENT ON TABLE raw.payloads IS 'API answers as they came, one row per subject and different body; the current one has the latest last_fetched_at';
COMMENT ON COLUMN raw.payloads.sha256 IS 'SHA-256 of the body''s bytes';
COMMENT ON COLUMN raw.payloads.job_id IS 'sequence in JOBS of the job that was answered last; 0 where unknown';
CREATE INDEX payloads_current ON raw.payloads (subject, last_fetched_at DESC);
CREATE INDEX payloads_expiry ON raw.payloads (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE raw.floors (
    source  text        PRIMARY KEY,
    floor   timestamptz NOT NULL,
    set_at  timestamptz NOT NULL
);
COMMENT ON TABLE raw.floors IS 'what a purge left behind: payloads of the source that were fetched before the floor are never loaded again';

-- staging: typed and cleaned, one table per entity of a source --------------------
-- fetched_at and raw_id say which answer a row stands on and always advance;
-- updated_at moves only when a value does. missing_since marks a tombstone: the
-- source said "not found", and the values are those that it last had. Answers may
-- arrive in any order, so values and tombstone each have a clock of their own:
-- found_at is when the answer that the values stand on was fetched, missing_at
-- lists the not-found answers after it.

CREATE FUNCTION staging.times_after(times timestamptz[], after timestamptz) RETURNS timestamptz[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(DISTINCT t ORDER BY t), '{}') FROM unnest(times) AS t WHERE after IS NULL OR t > after $$;

CREATE TABLE staging.kobis_list_pages (
    scope       text        NOT NULL,
    page        int         NOT NULL CHECK (page > 0),
    total_count int         NOT NULL,
    movie_cds   jsonb       NOT NULL,
    fetched_at  timestamptz NOT NULL,
    raw_id      bigint      NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (scope, page)
);
COMMENT ON TABLE staging.kobis_list_pages IS 'which films stood on which page of searchMovieList, and the total that the page claimed';

CREATE TABLE staging.kobis_movies (
    movie_cd        text        PRIMARY KEY,
    title           text        NOT NULL,
    title_en        text,
    production_year int,
    open_date       date,
    type_name       text,
    status_name     text,
    nations         jsonb       NOT NULL,
    genres          jsonb       NOT NULL,
    main_nation     text,
    main_genre      text,
    directors       jsonb       NOT NULL,
    companies       jsonb       NOT NULL,
    missing_since   timestamptz,
    fetched_at      timestamptz NOT NULL,
    raw_id          bigint      NOT NULL,
    updated_at      timestamptz NOT NULL
);
COMMENT ON COLUMN staging.kobis_movies.directors IS 'array of names as listed';
COMMENT ON COLUMN staging.kobis_movies.companies IS 'array of {code, name}';
CREATE INDEX kobis_movies_open_date ON staging.kobis_movies (open_date);
CREATE INDEX kobis_movies_updated ON staging.kobis_movies (updated_at);

CREATE TABLE staging.kobis_movie_details (
    movie_cd        text        PRIMARY KEY,
    title           text,
    title_en        text,
    title_original  text,
    runtime_minutes int,
    production_year int,
    open_date       date,
    type_name       text,
    status_name     text,
    nations         jsonb,
    genres          jsonb,
    directors       jsonb,
    actors          jsonb,
    staff           jsonb,
    companies       jsonb,
    show_types      jsonb,
    audits          jsonb,
    watch_grade     text,
    found_at        timestamptz,
    missing_at      timestamptz[] NOT NULL DEFAULT '{}',
    missing_since   timestamptz GENERATED ALWAYS AS (missing_at[1]) STORED,
    fetched_at      timestamptz NOT NULL,
    raw_id          bigint      NOT NULL,
    updated_at      timestamptz NOT NULL
);
COMMENT ON COLUMN staging.kobis_movie_details.directors IS 'array of {name, name_en}';
COMMENT ON COLUMN staging.kobis_movie_details.actors IS 'array of {name, name_en, character, character_en}';
COMMENT ON COLUMN staging.kobis_movie_details.staff IS 'array of {name, name_en, role}';
COMMENT ON COLUMN staging.kobis_movie_details.companies IS 'array of {code, name, name_en, role}';
COMMENT ON COLUMN staging.kobis_movie_details.show_types IS 'array of {group, name}';
COMMENT ON COLUMN staging.kobis_movie_details.audits IS 'array of {number, watch_grade}, as listed';
COMMENT ON COLUMN staging.kobis_movie_details.watch_grade IS 'the grade of the last audit that has one';

CREATE TABLE staging.kobis_box_office_days (
    date       date        PRIMARY KEY,
    row_count  int         NOT NULL,
    fetched_at timestamptz NOT NULL,
    raw_id     bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE staging.kobis_box_office_days IS 'the days that were answered, also one without a row';

CREATE TABLE staging.kobis_box_office (
    date                date          NOT NULL,
    movie_cd            text          NOT NULL,
    rank                int           NOT NULL,
    rank_change         int,
    is_new              boolean       NOT NULL,
    title               text          NOT NULL,
    open_date           date,
    sales_amount        bigint,
    sales_share         numeric(6, 2),
    sales_change        bigint,
    sales_change_rate   numeric(12, 2),
    sales_total         bigint,
    audience            bigint,
    audience_change     bigint,
    audience_change_rate numeric(12, 2),
    audience_total      bigint,
    screens             int,
    shows               int,
    fetched_at          timestamptz   NOT NULL,
    raw_id              bigint        NOT NULL,
    updated_at          timestamptz   NOT NULL,
    PRIMARY KEY (date, movie_cd)
);
COMMENT ON COLUMN staging.kobis_box_office.date IS 'a day in Asia/Seoul; sales are KRW, shares and rates are percent';
CREATE INDEX kobis_box_office_movie ON staging.kobis_box_office (movie_cd);

CREATE TABLE staging.kobis_companies (
    company_cd  text        PRIMARY KEY,
    name        text        NOT NULL,
    name_en     text,
    from_detail boolean     NOT NULL,
    fetched_at  timestamptz NOT NULL,
    raw_id      bigint      NOT NULL,
    updated_at  timestamptz NOT NULL
);
COMMENT ON TABLE staging.kobis_companies IS 'companies as films name them: the newest detail, else the newest list row, which has no English name';

CREATE TABLE staging.tmdb_searches (
    movie_cd      text        NOT NULL,
    variant       text        NOT NULL,
    query         text        NOT NULL,
    year          int,
    total_results int         NOT NULL,
    candidates    jsonb       NOT NULL,
    fetched_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    raw_id        bigint      NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (movie_cd, variant)
);
COMMENT ON COLUMN staging.tmdb_searches.candidates IS 'array, best first, of {tmdb_id, title, title_original, original_language, release_date, popularity}';
CREATE INDEX tmdb_searches_candidates ON staging.tmdb_searches USING gin (candidates jsonb_path_ops);

CREATE TABLE staging.tmdb_movies (
    tmdb_id              int         PRIMARY KEY,
    title                text,
    title_en             text,
    title_original       text,
    original_language    text,
    overview_ko          text,
    overview_en          text,
    release_date         date,
    runtime_minutes      int,
    imdb_id              text,
    poster_path          text,
    backdrop_path        text,
    status               text,
    adult                boolean,
    popularity           double precision,
    vote_average         double precision,
    vote_count           int,
    origin_countries     jsonb,
    production_countries jsonb,
    genres               jsonb,
    companies            jsonb,
    alternative_titles   jsonb,
    translations         jsonb,
    release_dates        jsonb,
    keywords             jsonb,
    cast_members         jsonb,
    crew_members         jsonb,
    found_at             timestamptz,
    missing_at           timestamptz[] NOT NULL DEFAULT '{}',
    missing_since        timestamptz GENERATED ALWAYS AS (missing_at[1]) STORED,
    fetched_at           timestamptz NOT NULL,
    expires_at           timestamptz NOT NULL,
    raw_id               bigint      NOT NULL,
    updated_at           timestamptz NOT NULL
);
COMMENT ON TABLE staging.tmdb_movies IS 'This product uses the TMDB API but is not endorsed or certified by TMDB. Rows are purged at expires_at, at most 180 days after they were fetched.';
COMMENT ON COLUMN staging.tmdb_movies.title IS 'the Korean title; where TMDB has none it answers the original one';
COMMENT ON COLUMN staging.tmdb_movies.companies IS 'array of {id, name, country}';
COMMENT ON COLUMN staging.tmdb_movies.genres IS 'array of {id, name}';
COMMENT ON COLUMN staging.tmdb_movies.alternative_titles IS 'array of {country, title, type}';
COMMENT ON COLUMN staging.tmdb_movies.translations IS 'array of {language, country, title, overview}';
COMMENT ON COLUMN staging.tmdb_movies.release_dates IS 'array of {country, date, type, certification}; type 3 is theatrical';
COMMENT ON COLUMN staging.tmdb_movies.cast_members IS 'array of {id, name, name_original, character, order, credit_id}';
COMMENT ON COLUMN staging.tmdb_movies.crew_members IS 'array of {id, name, name_original, department, job, credit_id}';
CREATE INDEX tmdb_movies_expiry ON staging.tmdb_movies (expires_at);

CREATE TABLE staging.tmdb_discover_pages (
    window_from   date        NOT NULL,
    window_to     date        NOT NULL,
    page          int         NOT NULL CHECK (page > 0),
    total_pages   int         NOT NULL,
    total_results int         NOT NULL,
    series_ids    jsonb       NOT NULL,
    fetched_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    raw_id        bigint      NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (window_from, window_to, page)
);
COMMENT ON TABLE staging.tmdb_discover_pages IS 'series of Korean origin by first air date, as discovered';

CREATE TABLE staging.tmdb_series (
    tmdb_id              int         PRIMARY KEY,
    name                 text,
    name_en              text,
    name_original        text,
    original_language    text,
    overview_ko          text,
    overview_en          text,
    first_air_date       date,
    last_air_date        date,
    status               text,
    type                 text,
    in_production        boolean,
    season_count         int,
    episode_count        int,
    episode_run_minutes  int,
    imdb_id              text,
    poster_path          text,
    backdrop_path        text,
    adult                boolean,
    popularity           double precision,
    vote_average         double precision,
    vote_count           int,
    origin_countries     jsonb,
    genres               jsonb,
    companies            jsonb,
    networks             jsonb,
    created_by           jsonb,
    seasons              jsonb,
    alternative_titles   jsonb,
    translations         jsonb,
    content_ratings      jsonb,
    keywords             jsonb,
    cast_members         jsonb,
    crew_members         jsonb,
    found_at             timestamptz,
    missing_at           timestamptz[] NOT NULL DEFAULT '{}',
    missing_since        timestamptz GENERATED ALWAYS AS (missing_at[1]) STORED,
    fetched_at           timestamptz NOT NULL,
    expires_at           timestamptz NOT NULL,
    raw_id               bigint      NOT NULL,
    updated_at           timestamptz NOT NULL
);
COMMENT ON TABLE staging.tmdb_series IS 'This product uses the TMDB API but is not endorsed or certified by TMDB. Rows are purged at expires_at, at most 180 days after they were fetched.';
COMMENT ON COLUMN staging.tmdb_series.seasons IS 'array of {number, name, episode_count, air_date}; number 0 is specials';
CREATE INDEX tmdb_series_expiry ON staging.tmdb_series (expires_at);

CREATE TABLE staging.tmdb_people (
    tmdb_id    int         PRIMARY KEY,
    name       text        NOT NULL,
    name_original text,
    fetched_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    raw_id     bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE staging.tmdb_people IS 'people as the newest film or series that credits them names them';
CREATE INDEX tmdb_people_expiry ON staging.tmdb_people (expires_at);

CREATE TABLE staging.tmdb_companies (
    tmdb_id    int         PRIMARY KEY,
    name       text        NOT NULL,
    country    text,
    fetched_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    raw_id     bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE staging.tmdb_companies IS 'companies as the newest film or series that they made names them';
CREATE INDEX tmdb_companies_expiry ON staging.tmdb_companies (expires_at);

-- curation: what people decided; never derived -------------------------------------

CREATE TABLE curation.verdicts (
    movie_cd   text        NOT NULL,
    tmdb_id    int         NOT NULL,
    verdict    text        NOT NULL CHECK (verdict IN ('pin', 'ban')),
    decided_by text        NOT NULL,
    why        text        NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (movie_cd, tmdb_id)
);
CREATE UNIQUE INDEX verdicts_one_pin ON curation.verdicts (movie_cd) WHERE verdict = 'pin';

-- production: one title per work ----------------------------------------------------

CREATE TABLE production.matches (
    movie_cd     text        PRIMARY KEY,
    tmdb_id      int,
    status       text        NOT NULL CHECK (status IN ('matched', 'review', 'none', 'pinned', 'banned')),
    score        real        NOT NULL,
    evidence     jsonb       NOT NULL,
    rule_version int         NOT NULL,
    decided_at   timestamptz NOT NULL
);
COMMENT ON TABLE production.matches IS 'the verdict on every KOBIS film, also none, with its evidence and the losing candidates';
CREATE INDEX matches_tmdb ON production.matches (tmdb_id) WHERE tmdb_id IS NOT NULL;
CREATE INDEX matches_status ON production.matches (status);

CREATE TABLE production.titles (
    id                uuid        PRIMARY KEY,
    kind              text        NOT NULL CHECK (kind IN ('movie', 'series')),
    kobis_movie_cd    text        UNIQUE,
    tmdb_id           int,
    imdb_id           text,
    title_ko          text,
    title_en          text,
    title_original    text,
    original_language text,
    production_year   int,
    release_date      date,
    last_air_date     date,
    runtime_minutes   int,
    season_count      int,
    episode_count     int,
    watch_grade       text,
    form              text,
    status            text,
    overview          text,
    poster_path       text,
    backdrop_path     text,
    countries         text[]      NOT NULL DEFAULT '{}',
    sources           jsonb       NOT NULL,
    missing_since     timestamptz,
    updated_at        timestamptz NOT NULL
);
COMMENT ON TABLE production.titles IS 'One row per work. This product uses the TMDB API but is not endorsed or certified by TMDB.';
COMMENT ON COLUMN production.titles.id IS 'UUIDv5 of the source identity, kobis:movie:<movieCd> or tmdb:series:<id>';
COMMENT ON COLUMN production.titles.sources IS 'for each merged field the source that it came from';
CREATE INDEX titles_tmdb ON production.titles (kind, tmdb_id) WHERE tmdb_id IS NOT NULL;
CREATE INDEX titles_release ON production.titles (release_date);

CREATE TABLE production.people (
    id         uuid PRIMARY KEY,
    tmdb_id    int  UNIQUE,
    name_ko    text,
    name_en    text,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE production.people IS 'people that a source identifies; a KOBIS name without a code is no identity and stands in credits alone';

CREATE TABLE production.credits (
    title_id   uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    source     text NOT NULL CHECK (source IN ('kobis', 'tmdb')),
    department text NOT NULL,
    role       text NOT NULL,
    name_ko    text,
    name_en    text,
    character  text,
    position   int  NOT NULL,
    person_id  uuid REFERENCES production.people,
    PRIMARY KEY (title_id, source, department, position)
);
COMMENT ON COLUMN production.credits.department IS 'directing, acting, writing, …: one vocabulary for both sources';
COMMENT ON COLUMN production.credits.role IS 'the source''s own word for it';
CREATE INDEX credits_person ON production.credits (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE production.companies (
    id               uuid PRIMARY KEY,
    kobis_company_cd text UNIQUE,
    tmdb_id          int  UNIQUE,
    name_ko          text,
    name_en          text,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE production.title_companies (
    title_id   uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    company_id uuid NOT NULL REFERENCES production.companies,
    role       text NOT NULL,
    PRIMARY KEY (title_id, company_id, role)
);

CREATE TABLE production.genres (
    id     uuid PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('kobis', 'tmdb')),
    name   text NOT NULL,
    UNIQUE (source, name)
);

CREATE TABLE production.title_genres (
    title_id uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    genre_id uuid NOT NULL REFERENCES production.genres,
    PRIMARY KEY (title_id, genre_id)
);

CREATE TABLE production.box_office (
    date           date   NOT NULL,
    movie_cd       text   NOT NULL,
    title_id       uuid   REFERENCES production.titles ON DELETE SET NULL,
    rank           int    NOT NULL,
    audience       bigint,
    audience_total bigint,
    sales_amount   bigint,
    sales_total    bigint,
    screens        int,
    shows          int,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (date, movie_cd)
);
COMMENT ON COLUMN production.box_office.date IS 'a day in Asia/Seoul; sales are KRW';
CREATE INDEX box_office_title ON production.box_office (title_id);

-- ops: what the pipeline knows about its own work -----------------------------------

CREATE TABLE ops.stale_titles (
    key           text        COLLATE "C" PRIMARY KEY,
    marked_at     timestamptz NOT NULL DEFAULT now(),
    blocked_until timestamptz,
    problem       text
);
COMMENT ON TABLE ops.stale_titles IS 'the loader''s marks: kobis:movie:<movieCd> or tmdb:series:<id>, whose production rows are to be derived again, and tmdb:movie:<id>, whose films are to be marked';
COMMENT ON COLUMN ops.stale_titles.blocked_until IS 'a title that could not be derived is not tried again before; problem says why. A new mark clears both';

CREATE TABLE ops.runs (
    run_id     text        PRIMARY KEY,
    reason     text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    planned    bigint      NOT NULL DEFAULT 0,
    answered   bigint      NOT NULL DEFAULT 0,
    failed     bigint      NOT NULL DEFAULT 0
);

CREATE TABLE ops.jobs (
    subject      text        PRIMARY KEY,
    source       text        NOT NULL,
    job_id       bigint      NOT NULL,
    run_id       text        NOT NULL,
    planned_at   timestamptz NOT NULL,
    gone_raw_seq bigint
);
COMMENT ON TABLE ops.jobs IS 'jobs that are planned and not yet answered in the tables';
COMMENT ON COLUMN ops.jobs.subject IS 'source.kind.key, what the job''s and the answer''s subject share';
COMMENT ON COLUMN ops.jobs.gone_raw_seq IS 'the last sequence of RAW when the job was found gone from JOBS; once the loader is past it without an answer, the job is lost';

CREATE TABLE ops.dead_letters (
    stream_seq    bigint      PRIMARY KEY,
    subject       text        NOT NULL,
    reason        text        NOT NULL,
    error         text        NOT NULL,
    headers       jsonb       NOT NULL,
    body_size     int         NOT NULL,
    failed_at     timestamptz NOT NULL,
    deaths        int         NOT NULL,
    retry_at      timestamptz NOT NULL,
    resolved_at   timestamptz
);
COMMENT ON COLUMN ops.dead_letters.subject IS 'the subject that the message had, jobs.… or raw.…';
COMMENT ON COLUMN ops.dead_letters.retry_at IS 'not planned again before';
CREATE INDEX dead_letters_open ON ops.dead_letters (subject) WHERE resolved_at IS NULL;

-- +goose Down
DROP SCHEMA ops CASCADE;
DROP SCHEMA production CASCADE;
DROP SCHEMA curation CASCADE;
DROP SCHEMA staging CASCADE;
DROP SCHEMA raw CASCADE;
