-- +goose Up
-- People of KOBIS and persons of TMDB, as their sources tell them.

CREATE TABLE staging.kobis_people_pages (
    page        int         PRIMARY KEY,
    total_count int         NOT NULL,
    people_cds  jsonb       NOT NULL,
    fetched_at  timestamptz NOT NULL,
    raw_id      bigint      NOT NULL,
    updated_at  timestamptz NOT NULL
);
COMMENT ON TABLE staging.kobis_people_pages IS 'pages of searchPeopleList, of all people';

CREATE TABLE staging.kobis_people (
    people_cd  text        PRIMARY KEY,
    name       text        NOT NULL,
    name_en    text,
    department text,
    titles     jsonb       NOT NULL,
    fetched_at timestamptz NOT NULL,
    raw_id     bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE staging.kobis_people IS 'people as rows of searchPeopleList';
COMMENT ON COLUMN staging.kobis_people.department IS 'the part of most credits, in KOBIS'' words: 배우, 감독, …';
COMMENT ON COLUMN staging.kobis_people.titles IS 'titles of the films, each film once, cleaned';

CREATE TABLE staging.kobis_people_titles (
    key       uuid NOT NULL GENERATED ALWAYS AS (md5(name || '|' || title)::uuid) STORED,
    people_cd text NOT NULL,
    name      text NOT NULL,
    title     text NOT NULL,
    PRIMARY KEY (key, people_cd)
);
COMMENT ON TABLE staging.kobis_people_titles IS 'who of a name has a film of a title: staging.kobis_people by title';
COMMENT ON COLUMN staging.kobis_people_titles.key IS 'of name and title, which together may be too long for an index';
CREATE INDEX kobis_people_titles_people ON staging.kobis_people_titles (people_cd);

CREATE TABLE staging.kobis_people_details (
    people_cd     text        PRIMARY KEY,
    name          text,
    name_en       text,
    sex           text,
    department    text,
    filmography   jsonb,
    found_at      timestamptz,
    missing_at    timestamptz[] NOT NULL DEFAULT '{}',
    missing_since timestamptz GENERATED ALWAYS AS (staging.believed_since(found_at, missing_at)) STORED,
    ask_again_at  timestamptz GENERATED ALWAYS AS (staging.ask_again_at(found_at, missing_at)) STORED,
    fetched_at    timestamptz NOT NULL,
    raw_id        bigint      NOT NULL,
    updated_at    timestamptz NOT NULL
);
COMMENT ON TABLE staging.kobis_people_details IS 'people as searchPeopleInfo tells them';
COMMENT ON COLUMN staging.kobis_people_details.sex IS 'in KOBIS'' words: 남자, 여자';
COMMENT ON COLUMN staging.kobis_people_details.filmography IS 'array of {movie_cd, title, part}, a row for each film and part as KOBIS lists them';
COMMENT ON COLUMN staging.kobis_people_details.missing_since IS 'believed to be gone since then';
COMMENT ON COLUMN staging.kobis_people_details.ask_again_at IS 'found before and then not: asked for again at that time';

CREATE TABLE staging.tmdb_persons (
    tmdb_id        int         PRIMARY KEY,
    name           text,
    name_ko        text,
    also_known_as  jsonb,
    gender         int,
    department     text,
    birthday       date,
    deathday       date,
    place_of_birth text,
    profile_path   text,
    adult          boolean,
    external_ids   jsonb,
    found_at       timestamptz,
    missing_at     timestamptz[] NOT NULL DEFAULT '{}',
    missing_since  timestamptz GENERATED ALWAYS AS (staging.believed_since(found_at, missing_at)) STORED,
    ask_again_at   timestamptz GENERATED ALWAYS AS (staging.ask_again_at(found_at, missing_at)) STORED,
    fetched_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    raw_id         bigint      NOT NULL,
    updated_at     timestamptz NOT NULL
);
COMMENT ON TABLE staging.tmdb_persons IS 'This product uses the TMDB API but is not endorsed or certified by TMDB. Rows are purged at expires_at, at most 180 days after they were fetched.';
COMMENT ON COLUMN staging.tmdb_persons.name_ko IS 'of the Korean translation, where it has one';
COMMENT ON COLUMN staging.tmdb_persons.also_known_as IS 'other names, in any script';
COMMENT ON COLUMN staging.tmdb_persons.gender IS '1 female, 2 male, 3 non-binary; NULL where TMDB does not say';
COMMENT ON COLUMN staging.tmdb_persons.missing_since IS 'believed to be gone, or merged into another, since then';
COMMENT ON COLUMN staging.tmdb_persons.ask_again_at IS 'found before and then not: asked for again at that time';
CREATE INDEX tmdb_persons_expiry ON staging.tmdb_persons (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON staging.kobis_people_pages, staging.kobis_people, staging.kobis_people_titles,
    staging.kobis_people_details, staging.tmdb_persons TO loader;
GRANT SELECT ON staging.kobis_people_pages, staging.kobis_people, staging.kobis_people_titles,
    staging.kobis_people_details, staging.tmdb_persons TO planner, curator;

-- +goose Down
DROP TABLE staging.tmdb_persons, staging.kobis_people_details, staging.kobis_people_titles, staging.kobis_people, staging.kobis_people_pages;
