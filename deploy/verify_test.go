package deploy_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Scripts that run for half an hour, on an engine that tests don't have, wait for words
// of the services: they are the services' words.
func TestVerificationWaitsForWhatTheServicesSay(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	for _, pattern := range []string{"../pkg/service/*.go", "../pkg/schema/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			said.WriteString(read(t, filepath.ToSlash(file)))
		}
	}
	waits := regexp.MustCompile(`(?m)^\s*(?:refused|.*says) \S+ (?:'([^']+)'|"([^"]+)")`)
	names := regexp.MustCompile(`cledit_\S+ | (?:planner|loader|\$\w+)$`)
	count := 0
	for _, script := range []string{"verify/compose", "verify/demo.sh"} {
		for _, found := range waits.FindAllStringSubmatch(read(t, script), -1) {
			count++
			require.Contains(t, said.String(), names.ReplaceAllString(found[1]+found[2], ""), script)
		}
	}
	require.GreaterOrEqual(t, count, 8)
}
