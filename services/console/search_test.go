package console

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/services/console/internal/db"
)

// named are titles and people as their sources name them.
var named = struct{ titles, people [][2]string }{
	titles: [][2]string{
		{"서울의 봄", "12.12: THE DAY"},
		{"서울역", "SEOUL STATION"},
		{"봄", "THANKS FOR THE SPRING"},
		{"봄날은 간다", "One Fine Spring Day"},
		{"기생충", "PARASITE"},
		{"기생춘", ""},
		{"살인의 추억", "MEMORIES OF MURDER"},
		{"살인의뢰", ""},
		{"살인자의 기억법", "Memoir of a Murderer"},
		{"올드보이", "Oldboy"},
		{"괴물", "THE HOST"},
		{"부산행", "TRAIN TO BUSAN"},
		{"명량", "ROARING CURRENTS"},
		{"극한직업", "Extreme Job"},
		{"베테랑", "Veteran"},
		{"베테랑2", "I, THE EXECUTIONER"},
		{"헌트", "HUNT"},
		{"더 헌트", "The Hunt"},
		{"파묘", "EXHUMA"},
		{"밀양", "Secret Sunshine"},
		{"밀수", "SMUGGLERS"},
		{"시", "POETRY"},
		{"시동", "START-UP"},
		{"시실리 2km", "To Catch a Virgin Ghost"},
		{"버닝", "BURNING"},
		{"아가씨", "THE HANDMAIDEN"},
		{"헤어질 결심", "DECISION TO LEAVE"},
		{"마더", "MOTHER"},
		{"곡성", "THE WAILING"},
		{"친구", "Friend"},
		{"친구 2", "Friend: The Great Legacy"},
		{"소원", "Hope"},
		{"소원택시", ""},
		{"소수의견", "The Unfair"},
		{"오징어 게임", "Squid Game"},
		{"설국열차", "SNOWPIERCER"},
		{"택시운전사", "A TAXI DRIVER"},
		{"왕의 남자", "King And The Clown"},
		{"옥자", "Okja"},
		{"추격자", "THE CHASER"},
	},
	people: [][2]string{
		{"이정재", "LEE Jung-jae"},
		{"이정은", "LEE Jeong-eun"},
		{"이정민", "LEE Jung-min"},
		{"이정훈", "LEE Jung-hoon"},
		{"이정현", "LEE Jung-hyun"},
		{"황정민", "HWANG Jung-min"},
		{"황정음", "HWANG Jung-eum"},
		{"송강호", "SONG Kang-ho"},
		{"봉준호", "BONG Joon-ho"},
		{"박찬욱", "PARK Chan-wook"},
		{"최민식", "CHOI Min-sik"},
		{"최민수", "CHOI Min-soo"},
		{"마동석", "MA Dong-seok"},
		{"전도연", "JEON Do-yeon"},
		{"김혜수", "KIM Hye-soo"},
		{"김혜자", "KIM Hye-ja"},
		{"이병헌", "LEE Byung-hun"},
		{"하정우", "HA Jung-woo"},
		{"하지원", "HA Ji-won"},
		{"공유", "GONG Yoo"},
		{"김고은", "KIM Go-eun"},
		{"배두나", "BAE Doo-na"},
		{"손예진", "SON Ye-jin"},
		{"손현주", "SON Hyun-joo"},
		{"조승우", "CHO Seung-woo"},
		{"이선균", "LEE Sun-kyun"},
		{"김윤석", "KIM Yun-seok"},
		{"설경구", "SUL Kyung-gu"},
		{"한석규", "HAN Suk-kyu"},
		{"정우성", "JUNG Woo-sung"},
	},
}

// What somebody types, and what stands first: of each way of typing eight, some of them
// aimed at a name that has a better known one beside it.
var typed = []struct {
	way     string
	queries [][2]string
}{
	{"half a syllable", [][2]string{
		{"서울으", "서울의 봄"}, {"기새", "기생춘"}, {"기생추", "기생춘"}, {"황정으", "황정음"}, {"김혜ㅈ", "김혜자"}, {"박찬우", "박찬욱"}, {"곡서", "곡성"}, {"손혀", "손현주"},
	}},
	{"one or two syllables", [][2]string{
		{"봄", "봄"}, {"시", "시"}, {"헌트", "헌트"}, {"소원", "소원"}, {"친구", "친구"}, {"공유", "공유"}, {"밀양", "밀양"}, {"마더", "마더"},
	}},
	{"initial consonants", [][2]string{
		{"ㅅㅇㅇㅂ", "서울의 봄"}, {"ㅅㅇㅇㅊㅇ", "살인의 추억"}, {"ㅇㅈㅇㄱㅇ", "오징어 게임"}, {"ㅂㅈㅎ", "봉준호"}, {"ㅎㅈㅁ", "황정민"}, {"ㄱㅎㅈ", "김혜자"}, {"ㄱㄱㅇ", "김고은"}, {"ㅄㅎ", "부산행"},
	}},
	{"a wrong letter", [][2]string{
		{"이정제", "이정재"}, {"황정빈", "황정민"}, {"김헤자", "김혜자"}, {"손애진", "손예진"}, {"살인에 추억", "살인의 추억"}, {"헤어질 걸심", "헤어질 결심"}, {"parasyte", "기생충"}, {"snowpeircer", "설국열차"},
	}},
	{"Latin words in any order", [][2]string{
		{"jung-min hwang", "황정민"}, {"hwang jung eum", "황정음"}, {"min sik choi", "최민식"}, {"Minsoo Choi", "최민수"}, {"murder memories", "살인의 추억"}, {"busan train", "부산행"}, {"joonho bong", "봉준호"}, {"day 12.12", "서울의 봄"},
	}},
}

// search answers as the page does.
func search(t testing.TB, conn *pgx.Conn, query string) []searchHit {
	t.Helper()
	hits, err := (&pages{db: db.New(conn)}).search(t.Context(), query)
	require.NoError(t, err)
	return hits
}

func nameds(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.Migrated(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	for _, table := range []struct {
		insert string
		rows   [][2]string
	}{
		{`INSERT INTO production.titles (id, kind, title_ko, title_en, sources, countries, updated_at)
			VALUES (gen_random_uuid(), 'movie', $1, nullif($2, ''), '{}', '{}', now())`, named.titles},
		{`INSERT INTO production.people (id, tmdb_id, name_ko, name_en, updated_at) VALUES (gen_random_uuid(), hashtext($1), $1, $2, now())`, named.people},
	} {
		for _, row := range table.rows {
			_, err := conn.Exec(t.Context(), table.insert, row[0], row[1])
			require.NoError(t, err)
		}
	}
	return conn
}

func TestNamesAreFoundAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	conn := nameds(t)
	for _, way := range typed {
		require.Len(t, way.queries, 8)
		for _, q := range way.queries {
			hits := search(t, conn, q[0])
			if assert.NotEmpty(t, hits, "%s: %s", way.way, q[0]) {
				assert.Equal(t, q[1], hits[0].Name, "%s: %s finds %+v", way.way, q[0], hits)
			}
		}
	}
}

// Whatever is typed is looked for as it stands: nothing in it is a pattern, and no name
// is too long.
func TestOddThingsAreLookedFor(t *testing.T) {
	t.Parallel()
	conn := nameds(t)
	for _, odd := range []string{"%", "_", "%%%봄", `\`, "' OR 1=1", "ㅋㅋㅋ", "\u202e", "ﷺﷺﷺ", strings.Repeat("긴", 10000), strings.Repeat("ﷺ", 10000), "…", "ㄳ", "가힣", "\U0010FFFF"} {
		search(t, conn, odd)
		_, err := conn.Exec(t.Context(), `UPDATE production.titles SET title_original = $1 WHERE title_ko = '마더'`, odd)
		require.NoError(t, err)
	}
	require.Empty(t, search(t, conn, "%"))
	require.Empty(t, search(t, conn, "___"))
}

// Names follow what they are names of.
func TestNamesFollowTitlesAndPeople(t *testing.T) {
	t.Parallel()
	conn := nameds(t)
	for _, sql := range []string{
		`UPDATE production.titles SET title_ko = '어머니의 이름' WHERE title_ko = '마더'`,
		`INSERT INTO production.alternative_titles (title_id, position, title) SELECT id, 0, 'Madeo' FROM production.titles WHERE title_ko = '어머니의 이름'`,
		`UPDATE production.people SET name_ko = '원빈' WHERE name_ko = '배두나'`,
		`DELETE FROM production.titles WHERE title_ko = '곡성'`,
	} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	require.Empty(t, search(t, conn, "마더"))
	require.Equal(t, "어머니의 이름", search(t, conn, "madeo")[0].Name)
	require.Equal(t, "Madeo", search(t, conn, "madeo")[0].By)
	require.Equal(t, "원빈", search(t, conn, "원빈")[0].Name)
	require.Empty(t, search(t, conn, "배두나"))
	require.Empty(t, search(t, conn, "곡성"))
	_, err := conn.Exec(t.Context(), `DELETE FROM production.alternative_titles`)
	require.NoError(t, err)
	require.Empty(t, search(t, conn, "madeo"))
	_, err = conn.Exec(t.Context(), `TRUNCATE production.titles CASCADE`)
	require.NoError(t, err)
	require.Empty(t, search(t, conn, "서울의 봄"))
	require.Equal(t, "황정민", search(t, conn, "황정민")[0].Name)
}

// Without the extension everything but the middle of a misspelt name is found, as fast
// as all names are read.
func TestSearchWithoutTrigrams(t *testing.T) {
	t.Parallel()
	conn := nameds(t)
	var problem *string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT production.search_problem()`).Scan(&problem))
	require.Nil(t, problem)
	_, err := conn.Exec(t.Context(), `DROP EXTENSION pg_trgm CASCADE`)
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT production.search_problem()`).Scan(&problem))
	require.Contains(t, *problem, "CREATE EXTENSION pg_trgm")
	for _, way := range typed {
		for _, q := range way.queries {
			require.NotEmpty(t, search(t, conn, q[0]), "%s: %s", way.way, q[0])
		}
	}
	require.Equal(t, "서울의 봄", search(t, conn, "의 봄")[0].Name)
}
