package tmdb

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/sim/traffic"
)

// status is the body of every failure.
type status struct {
	StatusCode    int    `json:"status_code"`
	StatusMessage string `json:"status_message"`
	Success       bool   `json:"success"`
}

func failure(httpStatus, code int, message string) traffic.Answer {
	a := answer(status{StatusCode: code, StatusMessage: message})
	a.Status, a.Header = httpStatus, nil
	return a
}

func notFound() traffic.Answer {
	return failure(http.StatusNotFound, 34, "The resource you requested could not be found.")
}

func badPage() traffic.Answer {
	return failure(http.StatusBadRequest, 22, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.")
}

func answer(v any) traffic.Answer {
	return traffic.Answer{
		Status: http.StatusOK, ContentType: "application/json;charset=utf-8", Body: encode(v),
		Header: http.Header{"Cache-Control": {"public, max-age=21600"}},
	}
}

// encode writes v compactly and leaves <, > and & as they are, as TMDB does.
func encode(v any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only our own structs come here, of strings, numbers and valid JSON.
		panic(err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// query reads parameters.
type query struct{ url.Values }

// language is the first part of the language that is asked for; en by default.
func (q query) language() string {
	code, _, _ := strings.Cut(q.Get("language"), "-")
	if code == "" {
		return "en"
	}
	return code
}

func (q query) adult() bool { return q.Get("include_adult") == "true" }

// page is 1 to 500.
func (q query) page() (n int, ok bool) {
	text := q.Get("page")
	if text == "" {
		return 1, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= 500
}

// list is one page of results.
type list[T any] struct {
	Page         int `json:"page"`
	Results      []T `json:"results"`
	TotalPages   int `json:"total_pages"`
	TotalResults int `json:"total_results"`
}

// paged cuts a page of 20 out of all records and writes each as a list item.
// total_pages goes on beyond 500, as TMDB's does.
func paged[T, I any](all []T, page int, item func(T) I) list[I] {
	const size = 20
	l := list[I]{Page: page, Results: []I{}, TotalResults: len(all), TotalPages: max(1, (len(all)+size-1)/size)}
	start := min((page-1)*size, len(all))
	for _, r := range all[start:min(start+size, len(all))] {
		l.Results = append(l.Results, item(r))
	}
	return l
}

// nullable is null where the text is empty.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// each applies f to all; the result is never null.
func each[T, U any](items []T, f func(T) U) []U {
	out := make([]U, 0, len(items))
	for _, it := range items {
		out = append(out, f(it))
	}
	return out
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
