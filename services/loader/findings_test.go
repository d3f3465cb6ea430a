package loader

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/command/purge"
)

// drifted are pages whose rows have a field that KOBIS never had, and lack one.
func drifted(pages, rows int, at time.Time) (list []messages.Payload) {
	for _, p := range films(pages, rows) {
		p.FetchedAt = p.FetchedAt.Add(at.Sub(noon))
		body := strings.ReplaceAll(string(p.Body), `"typeNm":"장편"`, `"rating":7.5`)
		p.Body = []byte(strings.Replace(body, `"prdtYear":"2019"`, `"prdtYear":"194"`, 1))
		list = append(list, p)
	}
	return list
}

func TestDriftAndUnreadableFieldsAreNoticedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := &watchedLog{out: t.Output()}
	cfg := w.config()
	cfg.LogWriter, cfg.Chunk = log, 5
	w.publish(films(10, 5)...)
	stop := w.start(cfg)
	w.settle()
	require.Zero(t, w.count("ops.drift"), "answers as they always were")
	require.Zero(t, w.count("raw.field_notes"))

	w.publish(drifted(20, 5, noon.Add(time.Hour))...)
	w.settle()
	const places = `SELECT string_agg(path || ': ' || what, '; ' ORDER BY path, what) FROM ops.drift`
	require.Equal(t, "movieListResult.movieList.rating: new field; movieListResult.movieList.typeNm: missing field", ask[string](w, places))
	require.Equal(t, 2, log.times("response schema drift"), "once for each place, not for each row, page or worker")
	require.Equal(t, 2, ask[int](w, `SELECT count(*) FROM ops.drift AS d JOIN raw.payloads AS p ON p.id = d.raw_id
		WHERE p.subject LIKE 'kobis.movie-list.all.%' AND convert_to(p.body::text, 'UTF8') LIKE '%rating%'`), "with the payload that showed it")
	require.Positive(t, ask[int](w, "SELECT min(payloads) FROM ops.drift"))
	require.Equal(t, "20 prdtYear not a year", ask[string](w, `SELECT count(DISTINCT raw_id) || ' ' || field || ' ' || problem FROM raw.field_notes WHERE problem <> 'missing' GROUP BY field, problem`))
	require.Equal(t, 1, log.times("a field can't be read and is null"))

	versions := w.versions()
	drift := w.dump("ops")["ops.drift"]
	w.replay()
	stop()
	w.start(cfg)
	w.replay()
	require.Equal(t, versions, w.versions(), "a replay writes no note again")
	require.Equal(t, drift, w.dump("ops")["ops.drift"])
	require.Equal(t, 2, log.times("response schema drift"), "a restart forgets nothing")
}

// Notes are of the last reading: a loader that has learnt to read a field takes
// its note back, and the notes of a payload go with it.
func TestNotesFollowTheirPayload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(films(3, 2)...)
	w.publish(drifted(1, 2, noon.Add(time.Hour))...)
	w.publish(payload(messages.TMDB, messages.KindMovieDetail, "1", noon, `{"id":1,"title":"t","vote_count":"many"}`))
	w.start(w.config())
	w.settle()
	w.exec(`INSERT INTO raw.field_notes (raw_id, field, problem, times) SELECT id, 'openDt', 'of an older program', 1 FROM raw.payloads`)
	w.replay()
	require.Equal(t, 2, w.count("raw.field_notes WHERE problem <> 'missing'"))
	require.Equal(t, 1, w.count("raw.field_notes WHERE field = 'vote_count'"))
	require.NoError(t, purge.Run(t.Context(), w.purge(w.url)))
	require.Equal(t, 1, w.count("raw.field_notes WHERE problem <> 'missing'"))
}

// A source that puts ids where fields should be can't fill the database.
func TestDriftHasAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for page := range 15 {
		fields := make([]string, 0, 50)
		for i := range 50 {
			fields = append(fields, fmt.Sprintf(`"id%d":1`, page*50+i))
		}
		w.publish(payload(messages.TMDB, messages.KindMovieChanges, fmt.Sprintf("2026-11-21.%d", page+1), noon,
			fmt.Sprintf(`{"results":[],"page":%d,"total_pages":1,"total_results":0,`, page+1)+strings.Join(fields, ",")+`}`))
	}
	cfg := w.config()
	cfg.Consumers, cfg.Chunk = 1, 1
	w.start(cfg)
	w.settle()
	require.Equal(t, 15, w.count("raw.payloads"))
	require.Equal(t, 500, w.count("ops.drift"))
}
