package loader

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/command/republish"
)

// lost are the answers after which it is believed that a source no longer has
// something: a first one, and those an hour, a day and a week after the one before.
func lost(source messages.Source, kind messages.Kind, key string, at time.Time) (answers []messages.Payload) {
	for _, wait := range []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		at = at.Add(wait)
		answers = append(answers, notFound(source, kind, key, at))
	}
	return answers
}

// What TMDB says of a matched film is there until it is believed that TMDB lost it:
// after an hour, a day and a week. What is stored is enough to believe it again.
func TestOneNotFoundTakesNothingAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun := noon.AddDate(0, 0, -20)
	notFounds := lost(messages.TMDB, messages.KindMovieDetail, "496243", begun.Add(time.Hour))
	whole := parasite(begun)
	told := &whole[5]
	told.Body = bytes.Replace(told.Body, []byte(`"overview":""`), []byte(`"overview":"가족 모두가 백수다."`), 1)
	w.publish(whole...)
	stop := w.start(w.config())
	w.settle()
	before := w.dump("production")
	for _, answer := range notFounds[:3] {
		w.publish(answer)
		w.settle()
		require.Equal(t, before, w.dump("production"), "%s later", answer.FetchedAt.Sub(begun))
	}
	const shown = `SELECT count(*) FROM production.titles AS t JOIN production.matches AS m ON m.movie_cd = t.kobis_movie_cd
		WHERE m.tmdb_id = 496243 AND t.overview IS NOT NULL AND t.poster_path IS NOT NULL
			AND EXISTS (SELECT FROM production.credits AS c WHERE c.title_id = t.id AND c.person_id IS NOT NULL)`
	require.Equal(t, 1, ask[int](w, shown))
	require.Equal(t, begun.Add(50*time.Hour), ask[time.Time](w, "SELECT ask_again_at - interval '144 hours' FROM staging.tmdb_movies WHERE tmdb_id = 496243").UTC())

	w.publish(notFounds[3])
	w.settle()
	require.Zero(t, ask[int](w, shown))
	require.Equal(t, begun.Add(time.Hour), ask[time.Time](w, "SELECT missing_since FROM staging.tmdb_movies WHERE tmdb_id = 496243").UTC())
	require.Equal(t, "[496243]", ask[string](w, "SELECT evidence ->> 'wanted' FROM production.matches WHERE movie_cd = '20183782'"), "it may come back")
	gone := w.dump("raw", "staging", "production")
	stop()

	w.truncate("production")
	w.truncate("staging")
	stream, err := w.js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	again := republish.Config{LogConfig: w.config().LogConfig, NATSConfig: w.config().NATSConfig, Config: Database{URL: w.url}}
	again.Stdout = io.Discard
	require.NoError(t, republish.Run(t.Context(), again))
	stop = w.start(w.config())
	w.settle()
	require.Equal(t, gone["staging.tmdb_movies"], w.dump("staging")["staging.tmdb_movies"])
	for table, rows := range w.dump("production") {
		require.Equal(t, gone[table], rows, table)
	}

	told.FetchedAt = begun.AddDate(0, 0, 10)
	w.publish(*told)
	w.settle()
	require.Equal(t, before, w.dump("production"))
	stop()
}
