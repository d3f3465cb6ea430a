package loader

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
)

// The bare loop is what one would write by hand to get the rows into the tables:
// decoded and encoded beforehand, no queue, no marks, no purge, no failure; COPY
// into temporary tables and one merge from each.

// bareChunk is what one transaction of the bare loop writes; the rows of each
// table are sorted and unique by key.
type bareChunk struct {
	payloads, pages, movies, companies [][]any
}

const bareTables = `
CREATE TEMP TABLE in_payloads (subject text, kind text, entity_key text, outcome text, sha256 bytea, content_type text,
	body json, request jsonb, fetched_at timestamptz, stream_seq bigint, job_id bigint, run_id text);
CREATE TEMP TABLE in_pages (subject text, scope text, page int, total_count int, movie_cds jsonb, fetched_at timestamptz);
CREATE TEMP TABLE in_movies (subject text, movie_cd text, title text, title_en text, production_year int, open_date date,
	type_name text, status_name text, nations jsonb, genres jsonb, main_nation text, main_genre text, directors jsonb,
	companies jsonb, fetched_at timestamptz);
CREATE TEMP TABLE in_companies (subject text, company_cd text, name text, fetched_at timestamptz)`

// bareMerges move a temporary table each. raw_id is looked up by subject: the
// chunk has one body of each.
var bareMerges = []string{
	`INSERT INTO raw.payloads AS t (subject, kind, entity_key, outcome, sha256, content_type, body, request,
		first_fetched_at, last_fetched_at, stream_seq, job_id, run_id)
	SELECT subject, kind, entity_key, outcome, sha256, content_type, body, request, fetched_at, fetched_at, stream_seq, job_id, run_id
	FROM in_payloads
	ON CONFLICT (subject, sha256) DO UPDATE SET last_fetched_at = excluded.last_fetched_at, stream_seq = excluded.stream_seq,
		job_id = excluded.job_id, run_id = excluded.run_id WHERE excluded.last_fetched_at > t.last_fetched_at`,
	`INSERT INTO staging.kobis_list_pages AS t (scope, page, total_count, movie_cds, fetched_at, raw_id, updated_at)
	SELECT v.scope, v.page, v.total_count, v.movie_cds, v.fetched_at, p.id, now()
	FROM in_pages AS v JOIN raw.payloads AS p USING (subject) ORDER BY v.scope, v.page
	ON CONFLICT (scope, page) DO UPDATE SET total_count = excluded.total_count, movie_cds = excluded.movie_cds,
		fetched_at = excluded.fetched_at, raw_id = excluded.raw_id, updated_at = excluded.updated_at
	WHERE excluded.fetched_at > t.fetched_at`,
	`INSERT INTO staging.kobis_movies AS t (movie_cd, title, title_en, production_year, open_date, type_name, status_name,
		nations, genres, main_nation, main_genre, directors, companies, fetched_at, raw_id, updated_at)
	SELECT v.movie_cd, v.title, v.title_en, v.production_year, v.open_date, v.type_name, v.status_name, v.nations, v.genres,
		v.main_nation, v.main_genre, v.directors, v.companies, v.fetched_at, p.id, now()
	FROM in_movies AS v JOIN raw.payloads AS p USING (subject) ORDER BY v.movie_cd
	ON CONFLICT (movie_cd) DO UPDATE SET title = excluded.title, title_en = excluded.title_en,
		production_year = excluded.production_year, open_date = excluded.open_date, type_name = excluded.type_name,
		status_name = excluded.status_name, nations = excluded.nations, genres = excluded.genres,
		main_nation = excluded.main_nation, main_genre = excluded.main_genre, directors = excluded.directors,
		companies = excluded.companies, missing_since = NULL, fetched_at = excluded.fetched_at, raw_id = excluded.raw_id,
		updated_at = excluded.updated_at
	WHERE excluded.fetched_at > t.fetched_at`,
	`INSERT INTO staging.kobis_companies AS t (company_cd, name, from_detail, fetched_at, raw_id, updated_at)
	SELECT v.company_cd, v.name, false, v.fetched_at, p.id, now()
	FROM in_companies AS v JOIN raw.payloads AS p USING (subject) ORDER BY v.company_cd
	ON CONFLICT (company_cd) DO UPDATE SET name = excluded.name, from_detail = excluded.from_detail,
		fetched_at = excluded.fetched_at, raw_id = excluded.raw_id, updated_at = excluded.updated_at
	WHERE excluded.fetched_at > t.fetched_at`,
}

// bareChunks decodes pages into the rows of transactions of so many films.
func bareChunks(tb testing.TB, pages []messages.Payload, films int) []bareChunk {
	tb.Helper()
	var chunks []bareChunk
	for some := range slices.Chunk(pages, films/pageRows) {
		var c bareChunk
		for i := range some {
			c.add(tb, &some[i])
		}
		chunks = append(chunks, c.sorted())
	}
	return chunks
}

func (c *bareChunk) add(tb testing.TB, p *messages.Payload) {
	tb.Helper()
	facts, _, err := decode.Payload(*p)
	require.NoError(tb, err)
	subject, sha := p.Name.String(), sha256.Sum256(p.Body)
	c.payloads = append(c.payloads, []any{
		subject, string(p.Kind), p.Key, string(p.Outcome), sha[:], p.ContentType,
		p.Body, []byte("{}"), p.FetchedAt, int64(1), int64(p.JobID), p.RunID,
	})
	for _, r := range facts.KobisListPages {
		c.pages = append(c.pages, []any{subject, r.Scope, r.Page, r.TotalCount, asJSON(r.MovieCds), p.FetchedAt})
	}
	for _, r := range facts.KobisMovies {
		c.movies = append(c.movies, []any{
			subject, r.MovieCd, r.Title, orNull(r.TitleEn), r.ProductionYear, r.OpenDate,
			orNull(r.TypeName), orNull(r.StatusName), asJSON(r.Nations), asJSON(r.Genres), orNull(r.MainNation),
			orNull(r.MainGenre), asJSON(r.Directors), asJSON(r.Companies), p.FetchedAt,
		})
	}
	for _, r := range facts.KobisCompanies {
		c.companies = append(c.companies, []any{subject, r.Code, r.Name, p.FetchedAt})
	}
}

// sorted keeps the last row of each key, which is the newest: pages come in the
// order in which they were fetched.
func (c *bareChunk) sorted() bareChunk {
	unique := func(rows [][]any) [][]any {
		slices.Reverse(rows)
		slices.SortStableFunc(rows, func(a, b []any) int { return strings.Compare(a[1].(string), b[1].(string)) })
		return slices.CompactFunc(rows, func(a, b []any) bool { return a[1] == b[1] })
	}
	return bareChunk{c.payloads, c.pages, unique(c.movies), unique(c.companies)}
}

func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// bareLoad runs the chunks over so many connections, which are there before.
func bareLoad(b *testing.B, url string, chunks []bareChunk, connections int) cost {
	b.Helper()
	conns := make([]*pgx.Conn, connections)
	for i := range conns {
		conns[i] = connect(b, url)
		_, err := conns[i].Exec(b.Context(), bareTables)
		require.NoError(b, err)
	}
	return timed(b, func() {
		var next atomic.Int64
		var group errgroup.Group
		for _, conn := range conns {
			group.Go(func() error {
				for {
					i := int(next.Add(1)) - 1
					if i >= len(chunks) {
						return nil
					}
					if err := chunks[i].load(b.Context(), conn); err != nil {
						return err
					}
				}
			})
		}
		require.NoError(b, group.Wait())
	})
}

func (c *bareChunk) load(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for i, in := range []struct {
			table   string
			columns string
			rows    [][]any
		}{
			{"in_payloads", "subject kind entity_key outcome sha256 content_type body request fetched_at stream_seq job_id run_id", c.payloads},
			{"in_pages", "subject scope page total_count movie_cds fetched_at", c.pages},
			{"in_movies", "subject movie_cd title title_en production_year open_date type_name status_name nations genres main_nation main_genre directors companies fetched_at", c.movies},
			{"in_companies", "subject company_cd name fetched_at", c.companies},
		} {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{in.table}, strings.Fields(in.columns), pgx.CopyFromRows(in.rows)); err != nil {
				return fmt.Errorf("copying into %s: %w", in.table, err)
			}
			if _, err := tx.Exec(ctx, bareMerges[i]); err != nil {
				return fmt.Errorf("merging %s: %w", in.table, err)
			}
		}
		_, err := tx.Exec(ctx, "TRUNCATE in_payloads, in_pages, in_movies, in_companies")
		return err
	})
}
