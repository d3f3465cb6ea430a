package loader

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// passage is the way to a database, which can be frozen: connections stay, and new
// ones are taken, but nothing comes through.
type passage struct {
	t        *testing.T
	to       *pgx.ConnConfig
	listener net.Listener
	gate     sync.RWMutex // held for writing while it is frozen
}

func newPassage(t *testing.T, url string) *passage {
	t.Helper()
	to, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &passage{t: t, to: to, listener: listener}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { p.carry(in) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		open.Wait()
	})
	return p
}

// freeze lasts until thaw is called, or the test ends.
func (p *passage) freeze() (thaw func()) {
	p.gate.Lock()
	thaw = sync.OnceFunc(p.gate.Unlock)
	p.t.Cleanup(thaw)
	return thaw
}

func (p *passage) url() string {
	return "postgres://" + p.to.User + "@" + p.listener.Addr().String() + "/" + p.to.Database + "?sslmode=disable"
}

func (p *passage) carry(in net.Conn) {
	network, address := pgconn.NetworkAddress(p.to.Host, p.to.Port)
	out, err := net.Dial(network, address)
	if err != nil {
		_ = in.Close()
		return
	}
	var ways sync.WaitGroup
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		ways.Go(func() {
			defer way[0].Close() //nolint:errcheck // the other end may have closed it
			defer way[1].Close() //nolint:errcheck // the other end may have closed it
			buffer := make([]byte, 32<<10)
			for {
				n, err := way[0].Read(buffer)
				p.gate.RLock()
				_, failed := way[1].Write(buffer[:n])
				p.gate.RUnlock()
				if errors.Join(err, failed) != nil {
					return
				}
			}
		})
	}
	ways.Wait()
}

// A database that says nothing any more is noticed also by workers that have nothing
// to load, and named; nothing is lost, and it goes on by itself.
func TestASilentDatabaseIsNoticedByIdleWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	way := newPassage(t, w.url)
	log := &watchedLog{out: t.Output()}
	cfg := w.config()
	cfg.URL, cfg.LogWriter, cfg.HTTPAddr, cfg.answer = way.url(), log, "127.0.0.1:0", 500*time.Millisecond
	w.start(cfg)
	pages := films(2, 3)
	w.publish(pages[0])
	w.settle()
	require.Eventually(t, func() bool { return log.ready(t) == http.StatusOK }, patience, poll)
	thaw := way.freeze()
	require.Eventually(t, func() bool {
		return log.ready(t) == http.StatusServiceUnavailable && log.readiness(t, errSilent.Error())
	}, patience, poll)
	w.publish(pages[1])
	thaw()
	w.settle()
	require.Eventually(t, func() bool { return log.ready(t) == http.StatusOK }, patience, poll)
	require.Equal(t, 6, w.count("production.titles"))
	require.Empty(t, w.deadLetters())
}

// A derivation beyond its limit ends: the second time its mark is put aside, with
// the reason, and all others are derived.
func TestADerivationThatTakesTooLongIsPutAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const lock = "SELECT pg_advisory_xact_lock(4711)"
	w.exec(`CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$`)
	w.exec(`CREATE TRIGGER take_long BEFORE INSERT ON production.titles FOR EACH ROW WHEN (NEW.title_ko = '영화 20190004') EXECUTE FUNCTION take_long()`)
	holder := connect(t, w.url)
	tx, err := holder.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), lock)
	require.NoError(t, err)

	cfg := w.config()
	cfg.limit = 6 * time.Second // a derivation of the others takes less on a starved machine, too
	w.publish(films(1, 8)...)
	w.start(cfg)
	require.Eventually(t, func() bool {
		return w.loaded() && w.count("ops.stale_titles WHERE blocked_until IS NULL") == 0
	}, patience, poll)
	require.Equal(t, 7, w.count("production.titles"))
	require.Equal(t, "kobis:movie:20190004", ask[string](w, "SELECT key FROM ops.stale_titles"))
	require.Contains(t, ask[string](w, "SELECT problem FROM ops.stale_titles"), errTransaction.Error())
	require.Empty(t, w.deadLetters())

	require.NoError(t, tx.Rollback(t.Context()))
	w.exec("UPDATE ops.stale_titles SET blocked_until = NULL")
	w.settle()
	require.Equal(t, 8, w.count("production.titles"))
}

// A payload that takes longer than a transaction may is put off by itself, has a name
// in /readyz, and is not a letter: somebody else holds a lock. The others land.
func TestALandingThatTakesTooLongIsPutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$`)
	w.exec(`CREATE TRIGGER take_long BEFORE INSERT ON staging.kobis_movie_details FOR EACH ROW WHEN (NEW.movie_cd = '20190002') EXECUTE FUNCTION take_long()`)
	holder := connect(t, w.url)
	tx, err := holder.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(4711)")
	require.NoError(t, err)

	cfg, log := w.config(), &watchedLog{out: t.Output()}
	cfg.LogWriter, cfg.HTTPAddr, cfg.Chunk, cfg.Consumers = log, "127.0.0.1:0", 10, 1
	cfg.limit = 6 * time.Second // a derivation of the others takes less on a starved machine, too
	for i := range 4 {
		w.publish(payload(messages.KOBIS, messages.KindMovieDetail, fmt.Sprintf("2019000%d", i), noon, strings.ReplaceAll(parasiteDetail, "20183782", fmt.Sprintf("2019000%d", i))))
	}
	w.start(cfg)
	require.Eventually(t, func() bool { return w.count("staging.kobis_movie_details") == 3 }, patience, poll)
	require.Eventually(t, func() bool {
		return log.readiness(t, "1 payloads take longer to land than a transaction may, such as raw.kobis.movie-detail.20190002")
	}, patience, poll)
	require.Empty(t, w.deadLetters())
	require.NoError(t, tx.Rollback(t.Context()))
}

// Nor is it put off for ever: it goes to DEAD whole, /readyz forgets it, RAW's consumer
// has nothing left, and once the lock is gone it lands by a requeue.
func TestAPayloadIsNotPutOffForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$`)
	w.exec(`CREATE TRIGGER take_long BEFORE INSERT ON staging.kobis_movie_details FOR EACH ROW EXECUTE FUNCTION take_long()`)
	holder := connect(t, w.url)
	_, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock(4711)")
	require.NoError(t, err)
	cfg, log := w.config(), &watchedLog{out: t.Output()}
	cfg.LogWriter, cfg.HTTPAddr, cfg.Consumers = log, "127.0.0.1:0", 1
	cfg.limit, cfg.aside = 500*time.Millisecond, time.Millisecond
	late := payload(messages.KOBIS, messages.KindMovieDetail, "20190001", noon, strings.ReplaceAll(parasiteDetail, "20183782", "20190001"))
	w.publish(late)
	w.start(cfg)
	require.Eventually(t, func() bool { return len(w.deadLetters()) == 1 && w.loaded() }, patience, poll)
	letter := w.deadLetters()[0]
	require.Contains(t, letter.Reason, "longer to land than a transaction may")
	require.Contains(t, letter.Error, "9 times")
	require.Equal(t, late.Body, letter.Body)
	require.Eventually(t, func() bool { return !log.readiness(t, "longer to land") }, patience, poll)
	_, err = holder.Exec(t.Context(), "SELECT pg_advisory_unlock(4711)")
	require.NoError(t, err)
	w.publish(late)
	require.Eventually(t, func() bool { return w.count("staging.kobis_movie_details") == 1 }, patience, poll)
}

// What was put off and does not come again has landed elsewhere.
func TestReadinessForgetsWhatDoesNotComeAgain(t *testing.T) {
	t.Parallel()
	h := newHealth("the database", 1, zerolog.Nop())
	h.set(0, nil)
	m := &message{Msg: delivered{}}
	require.Equal(t, 1, h.late(m, noon, time.Hour))
	require.Equal(t, 2, h.late(m, noon, time.Hour))
	require.ErrorContains(t, h.check(t.Context()), "1 payloads take longer to land")
	require.Equal(t, 3, h.late(m, noon, -time.Hour))
	require.NoError(t, h.check(t.Context()))
	require.Equal(t, 1, h.late(m, noon, time.Hour))
	h.settled(m)
	require.NoError(t, h.check(t.Context()))
}

// delivered is a message of RAW.
type delivered struct{ jetstream.Msg }

func (delivered) Subject() string { return "raw.kobis.movie-detail.20190001" }

func (delivered) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Stream: 7}, Timestamp: noon}, nil
}

// Readiness names who waits, and for how long.
func TestReadinessNamesWhatWaits(t *testing.T) {
	t.Parallel()
	h := newHealth("the database", 2, zerolog.New(zerolog.NewTestWriter(t)))
	h.set(0, nil)
	require.ErrorContains(t, h.check(t.Context()), "1 of 2 workers have reached it")
	h.set(1, nil)
	h.begin(1)
	require.NoError(t, h.check(t.Context()))
	h.since[1] = time.Now().Add(-3 * time.Minute)
	require.ErrorContains(t, h.check(t.Context()), "worker 1 has waited 3m0s for an answer")
	h.end(1)
	require.NoError(t, h.check(t.Context()))
	h.set(1, errSilent)
	require.ErrorIs(t, h.check(t.Context()), errSilent)
}
