package redact_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/redact"
)

func TestURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in, want string
		secrets  []string
	}{
		"no credentials":  {"nats://127.0.0.1:4222", "nats://127.0.0.1:4222", nil},
		"plain text":      {"5/1s", "5/1s", nil},
		"empty":           {"", "", nil},
		"Postgres":        {"postgres://loader:pa55@db:5432/x?sslmode=off", "postgres://loader:[redacted]@db:5432/x?sslmode=off", []string{"pa55"}},
		"Postgres, user":  {"postgres://loader@db/x", "postgres://loader@db/x", nil},
		"escaped":         {"postgres://u:a%40b@db/x", "postgres://u:[redacted]@db/x", []string{"a@b", "a%40b"}},
		"comma in it":     {"postgres://u:a,b@db/x", "postgres://u:[redacted]@db/x", []string{"a,b"}},
		"in the query":    {"postgres://db/x?user=u&password=s3cr%25t&a=b", "postgres://db/x?user=u&password=[redacted]&a=b", []string{"s3cr%25t", "s3cr%t"}},
		"NATS token":      {"nats://t0ken@host", "nats://[redacted]@host", []string{"t0ken"}},
		"NATS list":       {"nats://a:1@h1:4222, nats://b:2@h2:4222", "nats://a:[redacted]@h1:4222, nats://b:[redacted]@h2:4222", []string{"1", "2"}},
		"host list":       {"postgres://u:p@h1,h2:5432/x", "postgres://u:[redacted]@h1,h2:5432/x", []string{"p"}},
		"no scheme":       {"user:pass@host:4222", "[redacted]@host:4222", nil},
		"keywords":        {"host=db user=u password=pa&55 dbname=x", "host=db user=u password=[redacted] dbname=x", []string{"pa&55"}},
		"quoted keyword":  {`host=db password='it\'s one' dbname=x`, `host=db password=[redacted] dbname=x`, []string{`it\'s one`}},
		"cannot be read":  {"postgres://u:pa/55@db/x", "[redacted]", nil},
		"bad port":        {"http://host:x1/", "[redacted]", nil},
		"API key in it":   {"https://host/p?api_key=abc#f", "https://host/p?api_key=[redacted]#f", []string{"abc"}},
		"path with an at": {"https://host/@user", "https://host/@user", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, redact.URL(tt.in))
			found := redact.Passwords(tt.in)
			for _, secret := range tt.secrets {
				require.Contains(t, found, secret)
			}
			if tt.secrets == nil {
				require.Empty(t, found)
			}
		})
	}
}

func FuzzURLHidesItsPassword(f *testing.F) {
	f.Add("secret,with@odd:/?# marks")
	f.Add("password=")
	f.Fuzz(func(t *testing.T, password string) {
		hidden := "postgres://u:[redacted]@db.example/x"
		u := url.URL{Scheme: "postgres", User: url.UserPassword("u", password), Host: "db.example", Path: "/x"}
		if strings.Contains(hidden, password) {
			return // it would be found in any URL
		}
		require.Equal(t, hidden, redact.URL(u.String()))
		require.Contains(t, redact.Passwords(u.String()), password)
	})
}
