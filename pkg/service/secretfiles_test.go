package service_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
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

// A file that has no end, or none yet, is refused and not waited for; nor is one read
// that is not a file of secrets. What Kubernetes does to a mounted Secret is followed.
func TestOddFilesOfSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, syscall.Mkfifo(path("pipe"), 0o600))
	require.NoError(t, os.WriteFile(path("large"), bytes.Repeat([]byte("k"), 64<<10+1), 0o600))
	require.NoError(t, os.Symlink(path("loop"), path("loop")))
	for file, why := range map[string]string{
		"/dev/zero": "is not a regular file", path("pipe"): "is not a regular file", dir: "is a directory",
		path("large"): "is larger than 64 KiB", path("loop"): "too many levels of symbolic links", path("none"): "no such file",
	} {
		_, err := service.FromMap[filesConfig](map[string]string{"SOME_KEYS_FILE": file})
		require.ErrorContains(t, err, why, file)
	}
	require.NoError(t, os.WriteFile(path("marked"), []byte("\uFEFFfirst-of-the-keys\r\nsecond-of-the-keys\r\n"), 0o600))
	cfg, err := service.FromMap[filesConfig](map[string]string{"SOME_KEYS_FILE": path("marked")})
	require.NoError(t, err)
	require.Equal(t, []string{"first-of-the-keys", "second-of-the-keys"}, cfg.Keys)

	for _, version := range []string{"..1", "..2"} {
		require.NoError(t, os.Mkdir(path(version), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(path(version), "keys"), []byte("of-version"+version), 0o600))
	}
	require.NoError(t, os.Symlink("..1", path("..data")))
	require.NoError(t, os.Symlink(filepath.Join("..data", "keys"), path("keys")))
	cfg, err = service.FromMap[filesConfig](map[string]string{"SOME_KEYS_FILE": path("keys")})
	require.NoError(t, err)
	require.Equal(t, []string{"of-version..1"}, cfg.Keys)
	require.NoError(t, os.Symlink("..2", path("..data_tmp")))
	require.NoError(t, os.Rename(path("..data_tmp"), path("..data")))
	keys, err := cfg.Inner.Files.List("SOME_KEYS")()
	require.NoError(t, err)
	require.Equal(t, []string{"of-version..2"}, keys)
	require.NoError(t, os.Remove(path("..data")))
	require.NoError(t, os.Symlink("../dev/zero", path("..data")))
	_, err = cfg.Inner.Files.List("SOME_KEYS")()
	require.Error(t, err, "the keys stay")
}

func TestWithoutFilesThereIsNothingToReadAgain(t *testing.T) {
	t.Parallel()
	cfg, err := service.FromMap[filesConfig](map[string]string{"SOME_KEYS": "first-of-the-keys"})
	require.NoError(t, err)
	require.Nil(t, cfg.Inner.Files.List("SOME_KEYS"))
}
