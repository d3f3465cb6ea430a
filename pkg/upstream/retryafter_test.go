package upstream_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/upstream"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	received := time.Date(2025, 8, 25, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return received.Add(d).Format(http.TimeFormat) }
	tests := map[string]struct {
		value, date string
		want        time.Duration
		ok          bool
	}{
		"none":                {"", "", 0, false},
		"seconds":             {"17", "", 17 * time.Second, true},
		"spaces":              {"  5 ", "", 5 * time.Second, true},
		"zero":                {"0", "", 0, true},
		"negative":            {"-5", "", 0, false},
		"signed":              {"+5", "", 0, false},
		"fraction":            {"1.5", "", 0, false},
		"words":               {"soon", "", 0, false},
		"at the cap":          {"3600", "", time.Hour, true},
		"above the cap":       {"3601", "", time.Hour, true},
		"more than fits":      {strings.Repeat("9", 30), "", time.Hour, true},
		"date":                {at(30 * time.Second), "", 30 * time.Second, true},
		"date in the past":    {at(-time.Minute), "", 0, true},
		"date above the cap":  {at(48 * time.Hour), "", time.Hour, true},
		"a server's clock":    {at(10*time.Hour + time.Minute), at(10 * time.Hour), time.Minute, true},
		"a bad date":          {"Mon, 32 Aug 2025 12:00:00 GMT", "", 0, false},
		"a bad date of its":   {at(time.Minute), "yesterday", time.Minute, true},
		"an old date's form":  {received.Add(time.Minute).Format(time.RFC850), "", time.Minute, true},
		"seconds need no one": {"7", at(time.Hour), 7 * time.Second, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := &upstream.Response{Received: received, Header: http.Header{}}
			resp.Header.Set("Retry-After", tt.value)
			resp.Header.Set("Date", tt.date)
			got, ok := resp.RetryAfter()
			require.Equal(t, tt.ok, ok)
			require.Equal(t, tt.want, got)
		})
	}
}

func FuzzRetryAfterIsNeverOutOfBounds(f *testing.F) {
	for _, seed := range []string{"", "0", "-1", "5", "99999999999999999999", "Mon, 25 Aug 2025 12:00:00 GMT", "٣", "1e9"} {
		f.Add(seed, "")
		f.Add(seed, "Mon, 25 Aug 2025 11:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		resp := &upstream.Response{
			Received: time.Date(2025, 8, 25, 12, 0, 0, 0, time.UTC),
			Header:   http.Header{"Retry-After": {value}, "Date": {date}},
		}
		got, ok := resp.RetryAfter()
		require.GreaterOrEqual(t, got, time.Duration(0))
		require.LessOrEqual(t, got, upstream.MaxRetryAfter)
		if !ok {
			require.Zero(t, got)
		}
		if strings.HasPrefix(strings.TrimSpace(value), "-") {
			require.False(t, ok)
		}
	})
}
