package console

import (
	"net/http"

	"github.com/cledit/pipeline/pkg/redact"
)

// streamsBody is what is in the streams.
type streamsBody struct {
	streamsView
	Away string
}

func (s *pages) streamsPage(r *http.Request, _ *page) (any, error) {
	v, err := s.streams.read(r.Context())
	b := streamsBody{streamsView: v}
	if err != nil {
		b.Away = redact.Process.String(err.Error())
	}
	return b, nil
}

// keysBody is the keys of each source.
type keysBody struct {
	Sources []keysView
	Away    string
}

func (s *pages) keysPage(r *http.Request, _ *page) (any, error) {
	views, err := s.streams.keys(r.Context())
	b := keysBody{Sources: views}
	if err != nil {
		b.Away = redact.Process.String(err.Error())
	}
	return b, nil
}
