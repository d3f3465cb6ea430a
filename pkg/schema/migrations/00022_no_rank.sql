-- +goose Up
-- KOBIS lists films of a day without a rank, too. What has none is NULL.

ALTER TABLE staging.kobis_box_office ALTER COLUMN rank DROP NOT NULL;
ALTER TABLE production.box_office ALTER COLUMN rank DROP NOT NULL;
COMMENT ON COLUMN production.box_office.rank IS 'NULL where KOBIS lists the film without one';

-- +goose Down
UPDATE production.box_office SET rank = 0 WHERE rank IS NULL;
UPDATE staging.kobis_box_office SET rank = 0 WHERE rank IS NULL;
COMMENT ON COLUMN production.box_office.rank IS NULL;
ALTER TABLE production.box_office ALTER COLUMN rank SET NOT NULL;
ALTER TABLE staging.kobis_box_office ALTER COLUMN rank SET NOT NULL;
