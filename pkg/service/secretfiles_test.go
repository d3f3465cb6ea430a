package service_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/service"
)

type filesConfig struct {
	Keys  []string `env:"SOME_KEYS,required" secret:"true" help:"keys"`
	Token string   `env:"SOME_TOKEN" secret:"true" help:"a token"`
	Inner struct {
		Files service.SecretFiles
	}
}

func TestSecretsInFilesCanBeReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte("first-of-the-keys,second-of-the-keys\n"), 0o600))
	cfg, err := service.FromMap[filesConfig](map[string]string{"SOME_KEYS_FILE": path, "SOME_TOKEN": "not-in-a-file"})
	require.NoError(t, err)
	require.Nil(t, cfg.Inner.Files.List("SOME_TOKEN"), "given without a file")
	again := cfg.Inner.Files.List("SOME_KEYS")
	keys, err := again()
	require.NoError(t, err)
	require.Equal(t, cfg.Keys, keys)

	require.NoError(t, os.WriteFile(path, []byte("third-of-the-keys\n\n fourth-of-the-keys ,\n"), 0o600))
	keys, err = again()
	require.NoError(t, err)
	require.Equal(t, []string{"third-of-the-keys", "fourth-of-the-keys"}, keys)
	require.NotContains(t, redact.Process.String("it is third-of-the-keys"), "third-of-the-keys")

	require.NoError(t, os.WriteFile(path, []byte(" ,\n"), 0o600))
	_, err = again()
	require.ErrorContains(t, err, "SOME_KEYS_FILE is empty")
	require.NoError(t, os.Remove(path))
	_, err = again()
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWithoutFilesThereIsNothingToReadAgain(t *testing.T) {
	t.Parallel()
	cfg, err := service.FromMap[filesConfig](map[string]string{"SOME_KEYS": "first-of-the-keys"})
	require.NoError(t, err)
	require.Nil(t, cfg.Inner.Files.List("SOME_KEYS"))
}
