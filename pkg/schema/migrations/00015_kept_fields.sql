-- +goose Up
-- An optional field that the newest answer lacks, or has in a form that can't be
-- read, keeps the value of the newest answer in which it can be read.

CREATE TABLE staging.kept_fields (
    source     text NOT NULL,
    kind       text NOT NULL,
    entity     text NOT NULL,
    field      text NOT NULL,
    why        text NOT NULL,
    raw_id     bigint,
    fetched_at timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (source, kind, entity, field)
);
COMMENT ON TABLE staging.kept_fields IS 'fields of staged rows that do not stand on the answer that their row stands on, since it has no value for them that can be trusted';
COMMENT ON COLUMN staging.kept_fields.kind IS 'that of the answers: kobis movie-list, movie-detail and daily-box-office, tmdb movie-detail, series-detail and movie-search';
COMMENT ON COLUMN staging.kept_fields.entity IS 'movieCd or id of TMDB; of a search movieCd.variant, of a row of a daily box office YYYYMMDD.movieCd';
COMMENT ON COLUMN staging.kept_fields.field IS 'the source''s own name of the field';
COMMENT ON COLUMN staging.kept_fields.why IS 'what the newest answer has in its place: unreadable, missing or repaired';
COMMENT ON COLUMN staging.kept_fields.raw_id IS 'the answer whose value stands, raw.payloads.id; NULL where none has one and the field is empty';
COMMENT ON COLUMN staging.kept_fields.fetched_at IS 'when that answer was fetched';
COMMENT ON COLUMN staging.kept_fields.expires_at IS 'when the value has to go; NULL for KOBIS';
CREATE INDEX kept_fields_expiry ON staging.kept_fields (expires_at) WHERE expires_at IS NOT NULL;

-- A row of a daily box office whose film can't be told takes none from the day.
ALTER TABLE staging.kobis_box_office_days ADD COLUMN since timestamptz;
COMMENT ON COLUMN staging.kobis_box_office_days.since IS 'where the newest answer has a row without a code that is one: when the newest without such a row was fetched, -infinity for never; rows of answers since then stand. Else NULL, and those of the newest answer stand alone';

-- Names of people and companies stand on the newest answer that names them.
ALTER TABLE staging.tmdb_people ADD COLUMN readable boolean NOT NULL DEFAULT true;
ALTER TABLE staging.tmdb_companies ADD COLUMN readable boolean NOT NULL DEFAULT true;
ALTER TABLE staging.kobis_companies ADD COLUMN readable boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN staging.tmdb_people.readable IS 'false where the text had to be repaired: any answer in which it had not replaces it';
COMMENT ON COLUMN staging.tmdb_companies.readable IS 'false where the text had to be repaired: any answer in which it had not replaces it';
COMMENT ON COLUMN staging.kobis_companies.readable IS 'false where the text had to be repaired: any answer in which it had not replaces it';

GRANT SELECT, INSERT, UPDATE, DELETE ON staging.kept_fields TO loader;
GRANT SELECT ON staging.kept_fields TO planner, curator;

-- Where so many answers of a kind break their contract that the others are not to be
-- trusted either, these are stored and wait.
CREATE TABLE ops.breaches (
    subject    text        NOT NULL,
    fetched_at timestamptz NOT NULL,
    PRIMARY KEY (subject, fetched_at)
);
COMMENT ON TABLE ops.breaches IS 'answers that broke their contract and are counted: a replay counts none again';

CREATE TABLE ops.holds (
    source       text        NOT NULL,
    kind         text        NOT NULL,
    level        int         NOT NULL CHECK (level >= 0),
    reason       text        NOT NULL,
    suspect_from timestamptz NOT NULL,
    newest_well  timestamptz NOT NULL,
    held_since   timestamptz,
    PRIMARY KEY (source, kind)
);
COMMENT ON TABLE ops.holds IS 'kinds of which answers have broken their contract';
COMMENT ON COLUMN ops.holds.level IS 'two for each answer that broke its contract, less one for each that did not, from 0 to 40';
COMMENT ON COLUMN ops.holds.reason IS 'why the last one did';
COMMENT ON COLUMN ops.holds.suspect_from IS 'when the first of them was fetched since the level was 0: older answers are loaded';
COMMENT ON COLUMN ops.holds.newest_well IS 'when the newest answer that counts as well was fetched: older ones count no more';
COMMENT ON COLUMN ops.holds.held_since IS 'since when answers of the kind wait; NULL while they are loaded';

CREATE TABLE raw.held (
    raw_id  bigint PRIMARY KEY,
    source  text   NOT NULL,
    kind    text   NOT NULL,
    subject text   NOT NULL
);
COMMENT ON TABLE raw.held IS 'answers that are stored and not yet loaded, since their kind is held or was until just now';
CREATE INDEX held_subject ON raw.held (subject);

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.breaches, ops.holds, raw.held TO loader;
GRANT SELECT ON ops.breaches, ops.holds, raw.held TO planner;

-- +goose Down
DROP TABLE raw.held;
DROP TABLE ops.holds;
DROP TABLE ops.breaches;
ALTER TABLE staging.kobis_box_office_days DROP COLUMN since;
ALTER TABLE staging.kobis_companies DROP COLUMN readable;
ALTER TABLE staging.tmdb_companies DROP COLUMN readable;
ALTER TABLE staging.tmdb_people DROP COLUMN readable;
DROP TABLE staging.kept_fields;
