-- +goose Up
-- A film's tagline, as TMDB has it in Korean.

ALTER TABLE staging.tmdb_movies ADD COLUMN tagline text;
ALTER TABLE production.titles ADD COLUMN tagline text;

-- +goose Down
ALTER TABLE production.titles DROP COLUMN tagline;
ALTER TABLE staging.tmdb_movies DROP COLUMN tagline;
