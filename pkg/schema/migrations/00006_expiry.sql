-- +goose Up
-- What makes it cheap to remove what has expired, and to read answers in the order
-- in which they were fetched.

CREATE INDEX tmdb_searches_expiry ON staging.tmdb_searches (expires_at);
CREATE INDEX payloads_fetched ON raw.payloads (last_fetched_at, id);

-- +goose Down
DROP INDEX raw.payloads_fetched;
DROP INDEX staging.tmdb_searches_expiry;
