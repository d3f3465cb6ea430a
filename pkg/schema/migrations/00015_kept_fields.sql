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
COMMENT ON COLUMN staging.kept_fields.kind IS 'that of the answers: kobis movie-list, movie-detail and daily-box-office, tmdb movie-detail and series-detail';
COMMENT ON COLUMN staging.kept_fields.entity IS 'movieCd or id of TMDB; of a row of a daily box office YYYYMMDD.movieCd';
COMMENT ON COLUMN staging.kept_fields.field IS 'the source''s own name of the field';
COMMENT ON COLUMN staging.kept_fields.why IS 'what the newest answer has in its place: unreadable, missing or repaired';
COMMENT ON COLUMN staging.kept_fields.raw_id IS 'the answer whose value stands, raw.payloads.id; NULL where none has one and the field is empty';
COMMENT ON COLUMN staging.kept_fields.fetched_at IS 'when that answer was fetched';
COMMENT ON COLUMN staging.kept_fields.expires_at IS 'when the value has to go; NULL for KOBIS';
CREATE INDEX kept_fields_expiry ON staging.kept_fields (expires_at) WHERE expires_at IS NOT NULL;

-- Names of people and companies stand on the newest answer that names them.
ALTER TABLE staging.tmdb_people ADD COLUMN readable boolean NOT NULL DEFAULT true;
ALTER TABLE staging.tmdb_companies ADD COLUMN readable boolean NOT NULL DEFAULT true;
ALTER TABLE staging.kobis_companies ADD COLUMN readable boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN staging.tmdb_people.readable IS 'false where the text had to be repaired: any answer in which it had not replaces it';
COMMENT ON COLUMN staging.tmdb_companies.readable IS 'false where the text had to be repaired: any answer in which it had not replaces it';
COMMENT ON COLUMN staging.kobis_companies.readable IS 'false where the text had to be repaired: any answer in which it had not replaces it';

GRANT SELECT, INSERT, UPDATE, DELETE ON staging.kept_fields TO loader;
GRANT SELECT ON staging.kept_fields TO planner, curator;

-- +goose Down
ALTER TABLE staging.kobis_companies DROP COLUMN readable;
ALTER TABLE staging.tmdb_companies DROP COLUMN readable;
ALTER TABLE staging.tmdb_people DROP COLUMN readable;
DROP TABLE staging.kept_fields;
