package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/tmdb"
)

// samples are a request for each kind of answer.
var samples = []string{
	sim.KOBISPath + "/movie/searchMovieList.json?key=k&curPage=1&itemPerPage=100",
	sim.KOBISPath + "/movie/searchMovieInfo.json?key=k&movieCd=90000001",
	sim.KOBISPath + "/people/searchPeopleList.json?key=k&curPage=1&itemPerPage=100",
	sim.KOBISPath + "/people/searchPeopleInfo.json?key=k&peopleCd=20000001",
	sim.KOBISPath + "/boxoffice/searchDailyBoxOfficeList.json?key=k&targetDt=20200101&itemPerPage=10",
	"/3/search/movie?api_key=k&query=Generated&language=ko-KR",
	"/3/movie/900000001?api_key=k&append_to_response=credits,external_ids&language=ko-KR",
	"/3/tv/950000001?api_key=k&append_to_response=aggregate_credits&language=ko-KR",
	"/3/tv/950000006/season/1?api_key=k&append_to_response=aggregate_credits,credits&language=ko-KR",
	"/3/discover/tv?api_key=k&with_origin_country=KR&first_air_date.gte=1980-01-01&first_air_date.lte=2040-01-01&page=1",
	"/3/person/" + strconv.Itoa(tmdb.PersonID("배우")) + "?api_key=k&append_to_response=external_ids,translations&language=ko-KR",
	"/3/person/changes?api_key=k&start_date=2020-01-01&end_date=2020-01-01&page=1",
	"/3/movie/changes?api_key=k&start_date=2020-01-01&end_date=2020-01-01&page=1",
}

func source(t *testing.T) http.Handler {
	t.Helper()
	world, err := sim.Open(sim.Options{Generate: generate.Options{Alone: true, Films: 30, Series: 10, BoxOffice: true}})
	require.NoError(t, err)
	world.TMDB.Catalogue().LoadMovies([]tmdb.Movie{{ID: 7, Original: "x", Cast: []tmdb.Role{{Name: "배우"}}}})
	return world.Handler()
}

// drafts are the answers to the samples, unspoiled.
func drafts(t *testing.T) (list []draft) {
	t.Helper()
	handler := source(t)
	for _, target := range samples {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		require.Equal(t, http.StatusOK, answer.Code, target)
		name, ok := NameOf(request)
		require.True(t, ok, target)
		list = append(list, draft{
			name: name, status: answer.Code, header: answer.Header(), body: answer.Body.Bytes(), url: target, secret: "0123456789abcdef",
		})
	}
	return list
}

// apply spoils a copy of a draft.
func apply(t *testing.T, m Mutation, d draft, seed uint64) (draft, bool) {
	t.Helper()
	root, err := parse(d.body)
	require.NoError(t, err)
	d.root, d.header, d.Rand = root, d.header.Clone(), rand.New(rand.NewPCG(seed, 0))
	ok := m.apply(&d)
	if ok && d.root != nil {
		d.body = d.root.write(nil, "")
	}
	return d, ok
}

func TestEachMutationIsOfItsClass(t *testing.T) {
	t.Parallel()
	all := drafts(t)
	names := map[string]bool{}
	for _, m := range mutations {
		require.False(t, names[m.Name], "two mutations are %q", m.Name)
		names[m.Name] = true
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			applied := 0
			for _, d := range all {
				for seed := range uint64(5) {
					spoiled, ok := apply(t, m, d, seed)
					if !ok {
						continue
					}
					applied++
					requireClass(t, m, d, spoiled)
				}
			}
			require.Positive(t, applied, "it applies to no kind of answer")
		})
	}
}

func requireClass(t *testing.T, m Mutation, before, after draft) {
	t.Helper()
	switch m.Class {
	case Harmless:
		require.Equal(t, http.StatusOK, after.status)
		require.Equal(t, known(decoded(t, before.body)), known(decoded(t, after.body)), before.name)
	case Repairable:
		require.Equal(t, http.StatusOK, after.status)
		require.NotEqual(t, before.body, after.body)
		require.LessOrEqual(t, badBytes(after.body), 8)
	case Harmful:
		changed := after.status != before.status || string(after.body) != string(before.body) || after.cut || after.held ||
			len(after.header.Get("Content-Type")) > 60_000 || after.header.Get("Content-Encoding") != "" ||
			strings.Contains(after.header.Get("Content-Type"), after.secret)
		require.True(t, changed, before.name)
	}
}

func badBytes(body []byte) (n int) {
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size == 1 {
			n++
		}
		body = body[size:]
	}
	return n
}

func decoded(t *testing.T, body []byte) (v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &v), "%.200s", body)
	return v
}

// known is a value without the fields that no source has.
func known(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if known(value); key[0] == 'x' {
				delete(v, key)
			}
			if rows, ok := value.([]any); ok && key == "results" {
				slices.SortFunc(rows, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	case []any:
		for _, item := range v {
			known(item)
		}
	}
	return v
}

// TestTheSeedAndTheNameDecide asks two handlers of one seed in different orders.
func TestTheSeedAndTheNameDecide(t *testing.T) {
	t.Parallel()
	everything := func(messages.Name) bool { return true }
	one, two := New(source(t), 3, 1), New(source(t), 3, 1)
	one.Mutate(everything)
	two.Mutate(everything)
	ask := func(h http.Handler, i int) string {
		answer := httptest.NewRecorder()
		defer func() {
			if ended := recover(); ended != nil {
				require.Equal(t, http.ErrAbortHandler, ended)
			}
		}()
		h.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, samples[i], http.NoBody))
		return answer.Body.String()
	}
	first := make([]string, len(samples))
	for i := range samples {
		first[i] = ask(one, i)
	}
	for i, target := range slices.Backward(samples) {
		require.Equal(t, first[i], ask(two, i), target)
		require.Equal(t, first[i], ask(one, i), "asked again: %s", target)
	}
	require.NotEmpty(t, one.Fired())
	one.Mutate(nil)
	for i := range samples {
		require.JSONEq(t, string(one.Real()[nameOf(t, samples[i])]), ask(one, i), "left alone")
	}
}

func nameOf(t *testing.T, target string) messages.Name {
	t.Helper()
	name, ok := NameOf(httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody))
	require.True(t, ok)
	return name
}

// TestEachClassHasItsShare draws for many names.
func TestEachClassHasItsShare(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	h := New(source(t), 1, 1)
	h.Mutate(func(messages.Name) bool { return true })
	counts := map[Class]int{}
	const names = 600
	detail := drafts(t)[1]
	for i := range names {
		d := detail
		d.header = d.header.Clone()
		d.name.Key = string(rune('a'+i%26)) + string(rune('a'+i/26))
		h.spoil(&d)
		counts[h.Fired()[d.name].Class]++
	}
	for _, class := range Classes {
		require.GreaterOrEqual(t, counts[class], names/5, class)
	}
}

// TestAMutationMoreMovesNoOther takes one away, and draws for many names: those that it
// had not fallen on are spoiled as before. So a seed keeps what it has found.
func TestAMutationMoreMovesNoOther(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	all, fewer := New(source(t), 1, 1), New(source(t), 1, 1)
	const taken = "an optional field missing"
	fewer.mutations = slices.DeleteFunc(slices.Clone(mutations), func(m Mutation) bool { return m.Name == taken })
	require.Len(t, fewer.mutations, len(mutations)-1)
	detail := drafts(t)[1]
	fell := 0
	for i := range 300 {
		one := detail
		one.name.Key = fmt.Sprint(i)
		other := one
		one.header, other.header = one.header.Clone(), one.header.Clone()
		for h, d := range map[*Handler]*draft{all: &one, fewer: &other} {
			h.Mutate(func(messages.Name) bool { return true })
			h.spoil(d)
		}
		if all.Fired()[one.name].Name == taken {
			fell++
			continue
		}
		require.Equal(t, all.Fired()[one.name].Name, fewer.Fired()[one.name].Name)
		require.Equal(t, string(one.body), string(other.body))
	}
	require.Positive(t, fell)
}
