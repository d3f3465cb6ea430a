package cledit_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/cledit"
	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/service"
)

// config is what the command would read from an environment with these
// variables.
func config(t *testing.T, values map[string]string, out, say *bytes.Buffer) stack.Config {
	t.Helper()
	cfg, err := service.FromMap[stack.Config](values)
	require.NoError(t, err)
	cfg.Stdout, cfg.Stderr, cfg.JSON = out, say, true
	return cfg
}

func demo(t *testing.T, dir string) report.Summary {
	t.Helper()
	var out, say bytes.Buffer
	err := cledit.Demo(t.Context(), config(t, map[string]string{"CLEDIT_DIR": dir}, &out, &say))
	require.NoError(t, err, "%s\n%s", say.String(), out.String())
	var s report.Summary
	require.NoError(t, json.Unmarshal(out.Bytes(), &s))
	return s
}

// TestTheDemo runs the whole pipeline twice on one folder, with `up` in between: the
// first run lands everything within the limits, the documentation's examples are facts
// of it, and the second finds nothing to do.
func TestTheDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a house's 영화 100%#")
	first := demo(t, dir)
	require.True(t, first.Complete)
	require.Positive(t, first.Planned)
	var calls int64
	for _, key := range first.Keys {
		calls += key.Calls
		if key.Limit > 0 {
			require.LessOrEqual(t, key.Calls, key.Limit)
		}
	}
	require.GreaterOrEqual(t, calls, first.Planned)
	for _, limit := range first.Limits {
		require.Zero(t, limit.Violations)
	}
	requireReadme(t, first)
	requireUp(t, dir)

	second := demo(t, dir)
	require.True(t, second.Complete)
	require.Zero(t, second.Planned)
	require.Equal(t, first.Checks, second.Checks)

	var out, say bytes.Buffer
	other := config(t, map[string]string{"CLEDIT_DIR": dir}, &out, &say)
	other.Data = t.TempDir()
	require.ErrorContains(t, cledit.Demo(t.Context(), other), "cledit reset", "facts of two sources must not meet")

	said, err := reset(t, dir)
	require.NoError(t, err)
	require.Contains(t, said, "data from the built-in tables")
	require.NoDirExists(t, dir)
}

func TestKeysComeTogether(t *testing.T) {
	t.Parallel()
	_, err := service.FromMap[stack.Config](map[string]string{"KOBIS_API_KEYS": "0123456789abcdef0123456789abcdef"})
	require.ErrorContains(t, err, "TMDB_ACCESS_TOKEN")
	require.NotContains(t, err.Error(), "0123456789abcdef")
}

// What a fetcher would refuse is refused before a folder is claimed for its source.
func TestKeysThatCanNotBeSentAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for _, keys := range []map[string]string{
		{"KOBIS_API_KEYS": " , ", "TMDB_ACCESS_TOKEN": "token"},
		{"KOBIS_API_KEYS": "a key", "TMDB_ACCESS_TOKEN": "token"},
		{"KOBIS_API_KEYS": "key", "TMDB_ACCESS_TOKEN": "a token"},
	} {
		_, err := service.FromMap[stack.Config](keys)
		var refused *service.ConfigError
		require.ErrorAs(t, err, &refused, keys)
		require.Len(t, refused.Problems, 1, keys)
		require.NotContains(t, err.Error(), "a key")
		require.NotContains(t, err.Error(), "a token")
	}
}
