package console

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/pkg/pgtest"
)

const (
	benchPeople = 480_000 // each in two scripts
	benchTitles = 30_000  // likewise
	benchTyped  = 300     // queries of each way
)

// invented makes names as frequent and as alike as those of KOBIS' catalogue are: some
// surnames have most people.
type invented struct{ *rand.Rand }

func (r invented) of(list string) string {
	words := strings.Fields(list)
	return words[r.IntN(len(words))]
}

func (r invented) person() (ko, en string) {
	const surnames = "김Kim 김Kim 김Kim 김Kim 이Lee 이Lee 이Lee 박Park 박Park 최Choi 정Jung 강Kang 조Cho 윤Yoon 장Jang 임Lim 한Han 오Oh 서Seo 신Shin 권Kwon 황Hwang 안Ahn 송Song 전Jeon 홍Hong"
	const given = "정Jung 민Min 재Jae 현Hyun 수Soo 은Eun 지Ji 영Young 우Woo 호Ho 준Joon 혜Hye 경Kyung 동Dong 석Seok 성Sung 진Jin 선Sun 희Hee 연Yeon 주Joo 윤Yun 미Mi 원Won 태Tae 상Sang 기Ki 용Yong 인In 규Kyu 승Seung 훈Hoon 아Ah 나Na 다Da 보Bo 소So 유Yoo 하Ha 해Hae 형Hyung 환Hwan 범Bum 병Byung 봉Bong 창Chang 철Chul 빈Bin 솔Sol 별Byul"
	family, first, second := r.of(surnames), r.of(given), r.of(given)
	cut := len("김")
	return family[:cut] + first[:cut] + second[:cut], fmt.Sprintf("%s %s-%s", strings.ToUpper(family[cut:]), first[cut:], strings.ToLower(second[cut:]))
}

func (r invented) title() (ko, en string) {
	const words = "봄Spring 밤Night 살인Murder 추억Memory 사랑Love 결심Decision 도시City 범죄Crime 친구Friend 바다Sea 남자Man 여자Woman 아이Child 집House 비밀Secret 시간Time 전쟁War 영웅Hero 왕King 거리Street 겨울Winter 여름Summer 눈Snow 비Rain 편지Letter 약속Promise 기억Memoir 그림자Shadow 노래Song 하늘Sky"
	for range 2 + r.IntN(2) {
		word := r.of(words)
		cut := strings.IndexFunc(word, func(c rune) bool { return c < 0x80 })
		ko, en = ko+" "+word[:cut], en+" "+word[cut:]
	}
	number := r.IntN(40)
	return fmt.Sprint(ko[1:], " ", number), fmt.Sprint(en[1:], " ", number)
}

// half is a name without the last letter of what somebody types of it.
func half(ko string) string {
	letters := []rune(norm.NFD.String(ko))
	return norm.NFC.String(string(letters[:len(letters)-1]))
}

// misspelt is a name with another vowel in one syllable.
func (r invented) misspelt(ko string) string {
	name := []rune(ko)
	at := r.IntN(len(name))
	if name[at] >= '가' {
		name[at] = '가' + (name[at]-'가'+28)%('힣'-'가'+1)
	}
	return string(name)
}

func initials(ko string) string {
	var out strings.Builder
	for _, c := range ko {
		if c >= '가' && c <= '힣' {
			out.WriteRune([]rune("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")[(c-'가')/588])
		}
	}
	return out.String()
}

// BenchmarkSearch looks for names among a million, in each way of typing. The times are
// of the query alone: p50-ms, p95-ms.
func BenchmarkSearch(b *testing.B) {
	conn, err := pgx.Connect(b.Context(), pgtest.Migrated(b))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close(b.Context()) })
	r := invented{rand.New(rand.NewPCG(1, 2))}
	var ko, en []string
	add := func(n int, name func() (string, string), insert string) {
		for done := 0; done < n; done += 10_000 {
			ones, others := make([]string, 10_000), make([]string, 10_000)
			for i := range ones {
				ones[i], others[i] = name()
			}
			_, err := conn.Exec(b.Context(), insert, ones, others, done)
			require.NoError(b, err)
			ko, en = append(ko, ones[:benchTyped]...), append(en, others[:benchTyped]...)
		}
	}
	add(benchPeople, r.person, `INSERT INTO production.people (id, tmdb_id, name_ko, name_en, updated_at)
		SELECT gen_random_uuid(), $3::int + n, ko, en, now() FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS v (ko, en, n)`)
	add(benchTitles, r.title, `INSERT INTO production.titles (id, kind, tmdb_id, title_ko, title_en, sources, countries, updated_at)
		SELECT gen_random_uuid(), 'movie', $3::int + n, ko, en, '{}', '{}', now() FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS v (ko, en, n)`)
	_, err = conn.Exec(b.Context(), "VACUUM ANALYZE production.names")
	require.NoError(b, err)

	for _, way := range []struct {
		name  string
		typed func(ko, en string) string
	}{
		{"whole", func(ko, _ string) string { return ko }},
		{"half-typed", func(ko, _ string) string { return half(ko) }},
		{"one-syllable", func(ko, _ string) string { return string([]rune(ko)[:1]) }},
		{"two-syllables", func(ko, _ string) string { return string([]rune(ko)[:2]) }},
		{"initials", func(ko, _ string) string { return initials(ko) }},
		{"misspelt", func(ko, _ string) string { return r.misspelt(ko) }},
		{"latin-any-order", func(_, en string) string {
			words := strings.Fields(en)
			slices.Reverse(words)
			return strings.Join(words, " ")
		}},
		{"latin-misspelt", func(_, en string) string { return strings.Replace(en, "n", "m", 1) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				took = took[:0]
				for range benchTyped {
					at := r.IntN(len(ko))
					query, began := way.typed(ko[at], en[at]), time.Now()
					rows, err := conn.Query(b.Context(), "SELECT kind, id, name, found FROM production.search($1, 30)", query)
					require.NoError(b, err)
					for rows.Next() {
					}
					require.NoError(b, rows.Err())
					took = append(took, time.Since(began))
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
