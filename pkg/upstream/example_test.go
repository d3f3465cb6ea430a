package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/cledit/pipeline/pkg/upstream"
)

// One request is sent once. A secret that the answer repeats is taken out of it.
func Example() {
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "page %s for %s", r.URL.Query().Get("page"), r.Header.Get("Authorization"))
	}))
	defer source.Close()
	client, err := upstream.New(upstream.Config{Source: "tmdb", BaseURL: source.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	answer, err := client.Get(context.Background(), upstream.Request{
		Kind: "movie-changes", Path: "/3/movie/changes", Query: url.Values{"page": {"2"}}, Bearer: "a-secret-token",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Status, string(answer.Body))
	// Output: 200 page 2 for Bearer [redacted]
}

// An error says how far the call had come: whether the source may have counted it.
func ExampleError() {
	source := httptest.NewServer(http.NotFoundHandler())
	source.Close()
	client, err := upstream.New(upstream.Config{Source: "kobis", BaseURL: source.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	_, err = client.Get(context.Background(), upstream.Request{Kind: "movie-detail", Path: "/movie"})
	if failed, ok := errors.AsType[*upstream.Error](err); ok {
		fmt.Println(failed.Phase, failed.Sent, failed.Retryable)
	}
	// Output: dialling false true
}
