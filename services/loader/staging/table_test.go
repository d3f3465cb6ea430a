package staging

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/canon"
)

// tables is a database with a clock that every landing moves by a second.
type tables struct {
	t    require.TestingT
	conn *pgx.Conn
	now  time.Time
	seq  uint64
}

var noon = clocktest.At()

func newTables(tb testing.TB) *tables {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), pgtest.Migrated(tb))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, conn.Close(context.Background())) })
	return &tables{t: tb, conn: conn, now: noon.AddDate(0, 0, 1)}
}

// land writes payloads as one chunk, as if RAW held them in this order.
func (w *tables) land(payloads ...messages.Payload) Landed {
	decoded := make([]*Payload, 0, len(payloads))
	for _, p := range payloads {
		w.seq++
		decoded = append(decoded, w.decode(p, w.seq))
	}
	return w.landDecoded(decoded)
}

func (w *tables) decode(p messages.Payload, seq uint64) *Payload {
	facts, findings, err := decode.Payload(p)
	require.NoError(w.t, err)
	var original []byte
	if findings.Repaired != nil {
		original, p.Body = p.Body, findings.Repaired
	}
	return &Payload{Payload: p, StreamSeq: seq, SHA256: sha256.Sum256(p.Body), Original: original, Facts: facts, Findings: findings}
}

func (w *tables) landDecoded(payloads []*Payload) (landed Landed) {
	w.now = w.now.Add(time.Second)
	require.NoError(w.t, pgx.BeginFunc(context.Background(), w.conn, func(tx pgx.Tx) (err error) {
		landed, err = Land(context.Background(), tx, payloads, w.now)
		return err
	}))
	return landed
}

func (w *tables) dump(schemas []string, without ...string) canon.Dump {
	dump, err := canon.Read(context.Background(), w.conn, schemas, without...)
	require.NoError(w.t, err)
	return dump
}

func (w *tables) versions(schemas ...string) canon.Dump {
	dump, err := canon.Versions(context.Background(), w.conn, schemas)
	require.NoError(w.t, err)
	return dump
}

// empty removes all rows; truncating so many tables takes ten times as long.
func (w *tables) empty() {
	_, err := w.conn.Exec(context.Background(), `DO $$ DECLARE r record; BEGIN
		SET LOCAL session_replication_role = replica;
		FOR r IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('raw', 'staging', 'production', 'ops') LOOP
			EXECUTE format('DELETE FROM %I.%I', r.schemaname, r.tablename);
		END LOOP; END $$`)
	require.NoError(w.t, err)
}

// clearMarks returns the marks and removes them.
func (w *tables) clearMarks() []string {
	rows, err := w.conn.Query(context.Background(), "DELETE FROM ops.stale_titles RETURNING key")
	require.NoError(w.t, err)
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return keys
}

func ask[T any](w *tables, query string, args ...any) (v T) {
	require.NoError(w.t, w.conn.QueryRow(context.Background(), query, args...).Scan(&v), query)
	return v
}

func payload(source messages.Source, kind messages.Kind, key string, at time.Time, body string) messages.Payload {
	return messages.Payload{
		Name: messages.Name{Source: source, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, FetchedAt: at,
		ContentType: "application/json", RunID: "run-1", JobID: 7, Body: []byte(body),
	}
}

func gone(source messages.Source, kind messages.Kind, key string, at time.Time) messages.Payload {
	p := payload(source, kind, key, at, `{"gone":true}`)
	p.Outcome = messages.OutcomeNotFound
	return p
}

// list is a page that lists films by code and title.
func list(page int, at time.Time, rows ...[2]string) messages.Payload {
	body := ""
	for i, row := range rows {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"movieCd":%q,"movieNm":%q,"directors":[],"companys":[{"companyCd":"C%s","companyNm":%q}]}`, row[0], row[1], row[0], row[1])
	}
	return payload(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", page), at,
		fmt.Sprintf(`{"movieListResult":{"totCnt":%d,"movieList":[%s]}}`, len(rows), body))
}

func detail(movieCd, title string, at time.Time) messages.Payload {
	return payload(messages.KOBIS, messages.KindMovieDetail, movieCd, at, fmt.Sprintf(
		`{"movieInfoResult":{"movieInfo":{"movieCd":%q,"movieNm":%q,"companys":[{"companyCd":"C%s","companyNm":%q,"companyNmEn":"Co"}]}}}`, movieCd, title, movieCd, title))
}

func movie(id int, title, person string, at time.Time) messages.Payload {
	return payload(messages.TMDB, messages.KindMovieDetail, fmt.Sprint(id), at, fmt.Sprintf(
		`{"id":%d,"title":%q,"credits":{"cast":[{"id":9,"name":%q}]},"production_companies":[{"id":3,"name":%q}]}`, id, title, person, person))
}

func day(date string, at time.Time, movieCds ...string) messages.Payload {
	body := ""
	for i, movieCd := range movieCds {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"rank":"%d","movieCd":%q,"movieNm":"x","audiCnt":"%d"}`, i+1, movieCd, len(movieCds))
	}
	return payload(messages.KOBIS, messages.KindDailyBoxOffice, date, at,
		fmt.Sprintf(`{"boxOfficeResult":{"dailyBoxOfficeList":[%s]}}`, body))
}

func searched(movieCd string, at time.Time, ids ...int) messages.Payload {
	body := ""
	for i, id := range ids {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"id":%d,"title":"t"}`, id)
	}
	return payload(messages.TMDB, messages.KindMovieSearch, movieCd+".ko", at,
		fmt.Sprintf(`{"results":[%s],"total_results":%d}`, body, len(ids)))
}

func (w *tables) context() context.Context { return context.Background() }
