package derive_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/derive"
)

// whole is a film of TMDB with something in every list.
const whole = `{"id":496243,"title":"기생충","original_language":"ko","poster_path":"/p.jpg","imdb_id":"tt6751668","tagline":"한 줄",
	"genres":[{"id":35,"name":"코미디"}],"production_companies":[{"id":7036,"name":"Barunson","logo_path":"/l.png","origin_country":"KR"}],
	"translations":{"translations":[{"iso_639_1":"en","iso_3166_1":"US","data":{"title":"Parasite","overview":""}}]},
	"alternative_titles":{"titles":[{"iso_3166_1":"US","title":"Gisaengchung","type":"romanization"}]},
	"keywords":{"keywords":[{"id":1,"name":"dark comedy"}]},"external_ids":{"imdb_id":"tt6751668","wikidata_id":"Q61448040"},
	"images":{"posters":[{"file_path":"/p.jpg","iso_639_1":"ko","width":2000,"height":3000,"vote_average":5.3,"vote_count":9}],"backdrops":[],"logos":[]},
	"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"certification":"15","release_date":"2019-05-30T00:00:00.000Z","type":3}]}]},
	"credits":{"cast":[{"id":20738,"name":"송강호","original_name":"송강호","character":"Ki-taek","order":0}],
		"crew":[{"id":21684,"name":"봉준호","original_name":"봉준호","department":"Directing","job":"Director"}]}}`

// drainAt derives what is marked, at a time.
func (w *workers) drainAt(at time.Time) {
	w.t.Helper()
	for {
		tx := w.begin()
		drained, err := derive.Drain(w.t.Context(), tx, 100, at)
		require.NoError(w.t, err)
		tx.commit()
		if len(drained.Keys) == 0 {
			return
		}
	}
}

// Who copies the titles that moved since the last time misses nothing of them, and
// copies none that is as it was.
func TestATitleMovesWithWhateverBelongsToIt(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	detail := answer(messages.TMDB, messages.KindMovieDetail, "496243", whole)
	w.landAll(listed("20183782", "기생충"), listed("20203333", "기생충: 흑백판"), detailed("20183782", "15세"), found("20183782", 496243), detail)
	moved := func() time.Time { return ask[time.Time](w, "SELECT max(updated_at) FROM production.titles").UTC() }
	now := noon
	w.drainAt(now)
	require.Equal(t, noon, moved())
	for _, change := range []struct{ what, from, to string }{
		{"a tagline", "한 줄", "다른 한 줄"},
		{"a character", "Ki-taek", "Gi-taek"},
		{"a name in a credit", `"id":21684,"name":"봉준호"`, `"id":21684,"name":"봉 준호"`},
		{"a genre", `"id":35,"name":"코미디"`, `"id":53,"name":"스릴러"`},
		{"a company", `"id":7036`, `"id":7037`},
		{"a translation", `"overview":""`, `"overview":"All unemployed."`},
		{"an alternative title", "romanization", "working title"},
		{"a keyword", "dark comedy", "con artist"},
		{"a number elsewhere", "Q61448040", "Q61448041"},
		{"an image", `"width":2000`, `"width":1000`},
		{"a certification", `"certification":"15"`, `"certification":"12"`},
		{"a credit that is gone", `{"id":20738,"name":"송강호","original_name":"송강호","character":"Gi-taek","order":0}`, ""},
		{"a keyword that is gone", `{"id":1,"name":"con artist"}`, ""},
	} {
		body := strings.Replace(string(detail.Body), change.from, change.to, 1)
		require.NotEqual(t, string(detail.Body), body, change.what)
		detail = later(detail)
		detail.Body = []byte(body)
		w.landAll(detail)
		detail.FetchedAt = detail.FetchedAt.AddDate(0, 0, 7) // what is gone is believed then
		w.landAll(detail)
		now = now.Add(time.Hour)
		w.drainAt(now)
		require.Equal(t, now, moved(), change.what)
	}
	require.Equal(t, "다른 한 줄", ask[string](w, "SELECT tagline FROM production.titles WHERE tmdb_id = 496243"))
	w.landAll(later(detail))
	w.exec("INSERT INTO ops.stale_titles (key) VALUES ('kobis:movie:20183782'), ('kobis:movie:20203333')")
	w.drainAt(now.Add(time.Hour))
	require.Equal(t, now, moved(), "nothing changed")
	w.landAll(boxOfficeOf("20190530", "20183782"))
	w.drainAt(now.Add(time.Hour))
	require.Equal(t, now, moved(), "box office moves by itself")
	require.Equal(t, now.Add(time.Hour), ask[time.Time](w, "SELECT updated_at FROM production.box_office").UTC())

	w.pin("20203333", 496243)
	w.drainAt(now.Add(2 * time.Hour))
	require.Equal(t, now.Add(2*time.Hour), moved(), "another edition")
	w.unpin("20203333")
	w.exec("UPDATE production.titles SET updated_at = $1", now)
	w.drainAt(now.Add(3 * time.Hour))
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM production.titles WHERE updated_at = $1", now.Add(3*time.Hour)), "an edition left, and is a title again")
}

// People and companies are in many titles and move by themselves.
func TestPeopleAndCompaniesMoveByThemselves(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	detail := answer(messages.TMDB, messages.KindMovieDetail, "496243", whole)
	w.landAll(detail)
	body := strings.NewReplacer(`"id":20738,`, `"id":20738,"profile_path":"/song.jpg",`, "/l.png", "/l2.png").Replace(whole)
	changed := later(answer(messages.TMDB, messages.KindMovieDetail, "496243", body))
	w.exec("UPDATE production.people SET updated_at = '2020-01-01'")
	w.exec("UPDATE production.companies SET updated_at = '2020-01-01'")
	w.landAll(changed)
	require.Equal(t, "/song.jpg", ask[string](w, "SELECT profile_path FROM production.people WHERE tmdb_id = 20738 AND updated_at > '2020-01-01'"))
	require.Equal(t, "/l2.png KR", ask[string](w, "SELECT logo_path || ' ' || country FROM production.companies WHERE updated_at > '2020-01-01'"))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.people WHERE updated_at = '2020-01-01'"), "who is as before")
}
