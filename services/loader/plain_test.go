package loader

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/pull"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/decode"
)

// The plain loop is what a general tool does with the same stream: it decodes the
// messages and lands them by COPY and merge in one table with a primary key. It
// keeps no answer, no page and no company, and marks nothing.

const (
	// plainTable has the columns of staging.kobis_movies and its primary key alone.
	plainTable = `CREATE SCHEMA plain; CREATE TABLE plain.movies (LIKE staging.kobis_movies); ALTER TABLE plain.movies ADD PRIMARY KEY (movie_cd)`
	plainInput = `CREATE TEMP TABLE incoming (LIKE plain.movies)`
)

var (
	plainColumns = append(slices.Clip(movieColumns), "raw_id", "updated_at")
	plainMerge   = fmt.Sprintf(`INSERT INTO plain.movies AS t (%[1]s) SELECT %[1]s FROM incoming
		ON CONFLICT (movie_cd) DO UPDATE SET (%[1]s) = ROW (%[2]s) WHERE excluded.fetched_at > t.fetched_at`,
		strings.Join(plainColumns, ", "), "excluded."+strings.Join(plainColumns, ", excluded."))
)

// plainRows are the rows of films in some payloads, one for each film.
func plainRows(payloads []messages.Payload) ([][]any, error) {
	var rows [][]any
	for i := range payloads {
		facts, _, err := decode.Payload(payloads[i])
		if err != nil {
			return nil, fmt.Errorf("decoding %s: %w", payloads[i].Name, err)
		}
		at := payloads[i].FetchedAt
		for _, r := range facts.KobisMovies {
			rows = append(rows, []any{
				r.MovieCd, r.Title, orNull(r.TitleEn), r.ProductionYear, r.OpenDate, orNull(r.TypeName), orNull(r.StatusName),
				asJSON(r.Nations), asJSON(r.Genres), orNull(r.MainNation), orNull(r.MainGenre), asJSON(r.Directors),
				asJSON(r.Companies), at, int64(1), at,
			})
		}
	}
	slices.SortStableFunc(rows, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	return slices.CompactFunc(rows, func(a, b []any) bool { return a[0] == b[0] }), nil
}

// plainConns are connections to a database with the plain table.
func plainConns(b *testing.B, w *world, n int) []*pgx.Conn {
	b.Helper()
	w.exec(plainTable)
	conns := make([]*pgx.Conn, n)
	for i := range conns {
		conns[i] = connect(b, w.url)
		_, err := conns[i].Exec(b.Context(), plainInput)
		require.NoError(b, err)
	}
	return conns
}

// plainLoad runs the plain loop over a stream of so many films.
func plainLoad(b *testing.B, w *world, pages []messages.Payload) cost {
	b.Helper()
	w.publish(pages...)
	conns := plainConns(b, w, 5)
	var landed atomic.Int64
	return timed(b, func() {
		consumer, err := w.js.CreateConsumer(b.Context(), topology.StreamRaw, jetstream.ConsumerConfig{
			Durable: "plain", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute, MaxAckPending: 50_000,
		})
		require.NoError(b, err)
		var group errgroup.Group
		for _, conn := range conns {
			group.Go(func() error {
				for landed.Load() < int64(len(pages)) {
					n, err := plainChunk(b.Context(), w.js, consumer, conn)
					if err != nil {
						return err
					}
					landed.Add(int64(n))
				}
				return nil
			})
		}
		require.NoError(b, group.Wait())
	})
}

// plainChunk lands the next 500 films, or what is there of them.
func plainChunk(ctx context.Context, js jetstream.JetStream, consumer jetstream.Consumer, conn *pgx.Conn) (int, error) {
	msgs, err := pull.Fetch(js, consumer, pull.Request{Batch: 500 / pageRows, Wait: moreWait})
	if err != nil || len(msgs) == 0 {
		return 0, err
	}
	payloads := make([]messages.Payload, 0, len(msgs))
	for _, m := range msgs {
		payload, err := messages.DecodePayload(m.Subject(), m.Headers(), m.Data())
		if err != nil {
			return 0, err
		}
		payloads = append(payloads, payload)
	}
	rows, err := plainRows(payloads)
	if err != nil {
		return 0, err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"incoming"}, plainColumns, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, plainMerge); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "TRUNCATE incoming")
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, m := range msgs {
		if err := m.Ack(); err != nil {
			return 0, err
		}
	}
	return len(msgs), nil
}

// copyAlone copies rows that were decoded before into the plain table: what no loop that
// decodes, reads a stream and merges can pass.
func copyAlone(b *testing.B, w *world, pages []messages.Payload) cost {
	b.Helper()
	var chunks [][][]any
	for some := range slices.Chunk(pages, 500/pageRows) {
		rows, err := plainRows(some)
		require.NoError(b, err)
		chunks = append(chunks, rows)
	}
	conns := plainConns(b, w, 5)
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
					if _, err := conn.CopyFrom(b.Context(), pgx.Identifier{"plain", "movies"}, plainColumns, pgx.CopyFromRows(chunks[i])); err != nil {
						return err
					}
				}
			})
		}
		require.NoError(b, group.Wait())
	})
}

// sharing gives each title to so many films, which stand far apart in the catalogue.
func sharing(pages []messages.Payload, films, each int) []messages.Payload {
	n := 0
	shared := make([]messages.Payload, 0, len(pages))
	for _, p := range pages {
		p.Body = titleValue.ReplaceAllFunc(p.Body, func([]byte) []byte {
			title := fmt.Appendf(nil, `"movieNm":"%s"`, spelled(n%(films/each)))
			n++
			return title
		})
		shared = append(shared, p)
	}
	return shared
}

// spelled is a number in letters, as a title that no rule takes for a part of a series.
func spelled(n int) string {
	var digits [8]byte
	binary.BigEndian.PutUint64(digits[:], uint64(n))
	var title strings.Builder
	for _, d := range digits[4:] {
		title.WriteRune(rune(0xAC00 + int(d)*28)) // 가 and on, without a final consonant
	}
	return title.String()
}
