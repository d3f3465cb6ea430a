package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/localpg"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/topology"
)

const (
	login    = "loader_login"
	template = "migrated"
	// ackWait is shorter than the pipeline's, so that what a killed loader held is
	// delivered again soon.
	ackWait = 3 * time.Second
)

// arena is a NATS cluster and a Postgres server that fail on command, and a loader
// between them. Its runs come one after the other, each in a database of its own.
type arena struct {
	t        *testing.T
	cluster  *harness.Cluster
	js       jetstream.JetStream
	dir      string
	postgres *localpg.Server
	database string
	loader   *harness.Process
	truths   map[uint64]map[string]string // by the seed of the answers
	random   *rand.Rand
	runs     int
}

func newArena(t *testing.T) *arena {
	t.Helper()
	harness.SkipShort(t)
	a := &arena{t: t, cluster: harness.NewCluster(t, int(number(t, "FAULT_NATS", 1))), dir: t.TempDir(), truths: map[uint64]map[string]string{}}
	conn, err := nats.Connect(a.cluster.URL(), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	a.js, err = jetstream.New(conn)
	require.NoError(t, err)
	a.until("the cluster holds the streams", func() bool { return a.topology() == nil })
	a.postgres = pgtest.Server(t, a.dir)
	require.NoError(t, a.postgres.EnsureDatabase(t.Context(), template))
	_, err = schema.Migrate(t.Context(), a.postgres.URL(template))
	require.NoError(t, err)
	// The test's server may lose its last commits in a crash; the loader's must stay.
	a.sql(template, "CREATE ROLE "+login+" LOGIN IN ROLE loader", "ALTER ROLE "+login+" SET synchronous_commit = on")
	return a
}

// topology makes what is missing of the streams, and the loader's consumer with
// a wait of the test's.
func (a *arena) topology() error {
	ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
	defer cancel()
	if _, err := topology.Ensure(ctx, a.js, topology.Config{Replicas: a.cluster.Size(), RawMaxBytes: 1 << 30}); err != nil {
		return err
	}
	consumer, err := a.js.Consumer(ctx, topology.StreamRaw, topology.ConsumerLoader)
	if err != nil {
		return err
	}
	cfg := consumer.CachedInfo().Config
	cfg.AckWait = ackWait
	_, err = a.js.UpdateConsumer(ctx, topology.StreamRaw, cfg)
	return err
}

func (a *arena) until(what string, condition func() bool) {
	a.t.Helper()
	require.Eventually(a.t, condition, 10*time.Minute, 100*time.Millisecond, what)
}

// connect opens a connection for one use: Postgres comes and goes.
func (a *arena) connect(database string) (*pgx.Conn, error) {
	return pgx.Connect(a.t.Context(), a.postgres.URL(database))
}

func (a *arena) sql(database string, statements ...string) {
	a.t.Helper()
	conn, err := a.connect(database)
	require.NoError(a.t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // what was done is done
	for _, sql := range statements {
		_, err = conn.Exec(a.t.Context(), sql)
		require.NoError(a.t, err, sql)
	}
}

// count is -1 while Postgres can't be asked.
func (a *arena) count(table string) (n int) {
	conn, err := a.connect(a.database)
	if err != nil {
		return -1
	}
	defer conn.Close(context.Background()) //nolint:errcheck // it only read
	if conn.QueryRow(a.t.Context(), "SELECT count(*) FROM "+table).Scan(&n) != nil {
		return -1
	}
	return n
}

// begin gives a run empty streams, an empty database and a loader.
func (a *arena) begin(seed uint64) {
	a.t.Helper()
	a.runs++
	a.random = rand.New(rand.NewPCG(seed, 0))
	for _, name := range []string{topology.StreamRaw, topology.StreamDead} {
		a.until("stream "+name+" is empty", func() bool {
			stream, err := a.js.Stream(a.t.Context(), name)
			return err == nil && stream.Purge(a.t.Context()) == nil
		})
	}
	a.until("the consumer is as it should be", func() bool { return a.topology() == nil })
	a.database = fmt.Sprintf("run_%d", a.runs)
	a.sql("postgres", "CREATE DATABASE "+a.database+" TEMPLATE "+template)
	a.start()
}

func (a *arena) start() {
	a.t.Helper()
	u, err := url.Parse(a.postgres.URL(a.database))
	require.NoError(a.t, err)
	u.User = url.User(login)
	a.loader = harness.StartProcess(a.t, "loader", map[string]string{
		"NATS_URL": a.cluster.URL(), "DATABASE_URL": u.String(), "HTTP_ADDR": "127.0.0.1:0", "LOADER_CONSUMERS": "3", "LOADER_CHUNK": "20",
	})
}

// end waits until everything is loaded, and tells what the tables hold.
func (a *arena) end(answers int) map[string]string {
	a.t.Helper()
	a.until("everything is loaded", func() bool {
		require.NoError(a.t, a.loader.Ended())
		return a.loaded() && a.count("raw.payloads") >= answers && a.count("ops.stale_titles") == 0
	})
	require.Zero(a.t, a.loader.Stop())
	dead, err := a.js.Stream(a.t.Context(), topology.StreamDead)
	require.NoError(a.t, err)
	require.Zero(a.t, dead.CachedInfo().State.Msgs, "a fault brings nothing to DEAD")
	digests := harness.Digests(a.t, a.postgres.URL(a.database))
	digests["raw.payloads"] = fmt.Sprint(a.count("raw.payloads WHERE sha256 = sha256(convert_to(body::text, 'UTF8'))"))
	return digests
}

func (a *arena) loaded() bool {
	drained, err := natstest.Drained(a.t.Context(), a.js, topology.StreamRaw, topology.ConsumerLoader)
	return err == nil && drained
}

// publish stores answers as the fetchers do, with ids and as often as it takes.
func (a *arena) publish(answers []messages.Payload) error {
	for i := range answers {
		answers[i].JobTime = time.Now()
		msg, err := answers[i].Msg()
		if err != nil {
			return err
		}
		for {
			ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Second)
			_, err := a.js.PublishMsg(ctx, msg)
			cancel()
			if err == nil {
				break
			}
			if a.t.Context().Err() != nil {
				return errors.Join(err, a.t.Context().Err())
			}
		}
	}
	return nil
}

// answers are films in several versions, from lists and details, in an order that
// is not that of their fetching; some are fetched twice with the same body.
func answers(seed uint64, films int) (list []messages.Payload) {
	random := rand.New(rand.NewPCG(seed, 1))
	noon := clocktest.At().AddDate(0, 0, -1) // loaders run by the machine's clock
	for version := range 4 {
		for film := range films {
			cd := fmt.Sprintf("2019%04d", film)
			p := detail(cd, fmt.Sprintf("영화 %d, %d", film, random.IntN(2)))
			p.FetchedAt = noon.Add(time.Duration(version*films+film) * time.Second)
			list = append(list, p)
			if film%5 == 0 {
				list = append(list, page(version*films+film, p.FetchedAt, cd, fmt.Sprintf("2019%04d", (film+1)%films)))
			}
			if film%7 == 0 {
				m := movie(film + 1)
				m.FetchedAt = p.FetchedAt
				list = append(list, m)
			}
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func page(n int, at time.Time, movieCds ...string) messages.Payload {
	rows := make([]string, 0, len(movieCds))
	for _, cd := range movieCds {
		rows = append(rows, fmt.Sprintf(`{"movieCd":%q,"movieNm":"영화 %s %d","movieNmEn":"","prdtYear":"2019","openDt":"","typeNm":"장편","prdtStatNm":"개봉","nationAlt":"한국",`+
			`"genreAlt":"","repNationNm":"한국","repGenreNm":"","directors":[{"peopleNm":"봉준호"}],"companys":[{"companyCd":"20100001","companyNm":"(주)회사"}]}`, cd, cd, n))
	}
	p := answer(messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: fmt.Sprintf("all.%d", n%10+1)},
		fmt.Sprintf(`{"movieListResult":{"totCnt":%d,"source":"x","movieList":[%s]}}`, n, strings.Join(rows, ",")))
	p.FetchedAt = at
	return p
}

// distinct counts what raw.payloads holds of answers in the end.
func distinct(list []messages.Payload) int {
	bodies := make(map[string]bool)
	for _, p := range list {
		bodies[p.Name.String()+string(p.Body)] = true
	}
	return len(bodies)
}
