-- +goose Up
-- Who of KOBIS' list is another by verdicts: of the groups that any of these are in,
-- everybody but the one who they all are, as far as the list has that one.

-- +goose StatementBegin
CREATE FUNCTION curation.merged_people(codes text[]) RETURNS TABLE (people_cd text, person_cd text)
LANGUAGE sql STABLE
AS $$
    SELECT substr(m.key, 14), p.people_cd
    FROM curation.merged(ARRAY(
        SELECT v.person FROM curation.person_verdicts AS v
        WHERE v.verdict = 'merge' AND substr(v.person, 14) = ANY (codes)
        UNION
        SELECT v.other FROM curation.person_verdicts AS v
        WHERE v.verdict = 'merge' AND substr(v.other, 14) = ANY (codes)
    )) AS m
    JOIN staging.kobis_people AS p ON p.people_cd = substr(m.person, 14)
    WHERE m.key <> m.person;
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION curation.merged_people(text[]) IS 'who of KOBIS'' list is another by verdicts, of the groups that any of these are in';
COMMENT ON COLUMN production.person_aliases.reason IS 'link: somebody of TMDB is this person of KOBIS; merge: two codes of KOBIS are one person by a verdict';

-- +goose Down
DROP FUNCTION curation.merged_people(text[]);
DELETE FROM production.person_aliases WHERE reason = 'merge';
COMMENT ON COLUMN production.person_aliases.reason IS 'link: somebody of TMDB is this person of KOBIS';
