package derive

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/staging"
)

// What is left out of the records that matching reads is nothing that it looks at.
func TestMatchingMissesNothingInAPartOfTheRecords(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.Migrated(t))
	require.NoError(t, err)
	defer conn.Close(t.Context()) //nolint:errcheck // the database goes with the test
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	for kind, body := range map[messages.Name]string{
		{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: "496243"}: `{"id":496243,"title":"기생충","original_title":"기생충","original_language":"ko","release_date":"2019-05-30",
			"runtime":132,"overview":"o","imdb_id":"tt6751668","origin_country":["KR"],"production_countries":[{"iso_3166_1":"KR"}],"genres":[{"id":35,"name":"코미디"}],
			"production_companies":[{"id":1,"name":"c"}],"keywords":{"keywords":[{"id":1,"name":"k"}]},"images":{"posters":[{"file_path":"/p.jpg"}]},
			"translations":{"translations":[{"iso_639_1":"en","iso_3166_1":"US","data":{"title":"Parasite","overview":"o"}}]},
			"alternative_titles":{"titles":[{"iso_3166_1":"US","title":"Gisaengchung"}]},
			"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"release_date":"2019-05-30T00:00:00.000Z","type":3}]}]},
			"credits":{"cast":[{"id":2,"name":"송강호"}],"crew":[{"id":3,"name":"봉준호","job":"Director","department":"Directing"},{"id":4,"name":"한진원","job":"Writer","department":"Writing"}]}}`,
		{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: "20183782"}: `{"movieInfoResult":{"movieInfo":{"movieCd":"20183782","movieNm":"기생충","movieNmEn":"PARASITE","movieNmOg":"og",
			"showTm":"131","prdtYear":"2019","openDt":"20190530","typeNm":"장편","nations":[{"nationNm":"한국"}],"directors":[{"peopleNm":"봉준호","peopleNmEn":"BONG Joon-ho"}],
			"actors":[{"peopleNm":"송강호"}],"companys":[{"companyCd":"1","companyNm":"c","companyPartNm":"제작사"}],"audits":[{"watchGradeNm":"15"}],"staffs":[{"peopleNm":"한진원","staffRoleNm":"각본"}]}}}`,
	} {
		p := messages.Payload{Name: kind, Outcome: messages.OutcomeOK, FetchedAt: time.Now(), Body: []byte(body)}
		facts, _, err := decode.Payload(p)
		require.NoError(t, err)
		_, err = staging.Land(t.Context(), tx, []*staging.Payload{{Payload: p, Facts: facts}}, time.Now())
		require.NoError(t, err)
	}
	q := db.New(tx)
	whole, part := map[int32]*record.TmdbMovie{}, map[int32]*record.TmdbMovie{}
	require.NoError(t, readTmdbMovies(t.Context(), q, map[int32]bool{496243: true}, true, whole))
	require.NoError(t, readTmdbMovies(t.Context(), q, map[int32]bool{496243: true}, false, part))
	require.NotEqual(t, whole, part)
	require.Equal(t, match.DetailOf(whole[496243]), match.DetailOf(part[496243]))

	all, err := readFacts(t.Context(), q, []string{"20183782"}, true)
	require.NoError(t, err)
	some, err := readFacts(t.Context(), q, []string{"20183782"}, false)
	require.NoError(t, err)
	require.NotEqual(t, all.details, some.details)
	require.Equal(t, match.FilmOf("20183782", nil, all.details["20183782"]), match.FilmOf("20183782", nil, some.details["20183782"]))
}
