package service

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/cledit/pipeline/pkg/redact"
)

// SecretFiles names, by variable, the files that secrets were read from. A
// configuration with a field of this type is given it: a secret in a file can
// change while the service runs, and be followed.
type SecretFiles map[string]string

// mostSecret bounds a file of secrets, in bytes: some thousand keys.
const mostSecret = 64 << 10

var (
	errNotRegular = errors.New("is not a regular file")
	errLarge      = errors.New("is larger than 64 KiB")
)

// regular fails for what may have no end, or none yet: a device, a pipe.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return &os.PathError{Op: "read", Path: path, Err: errNotRegular}
	}
	return nil
}

// readSecret reads a file of secrets, without the mark that editors put before UTF-8.
func readSecret(path string) (string, error) {
	if err := regular(path); err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(file, mostSecret+1))
	if err == nil && len(content) > mostSecret {
		err = &os.PathError{Op: "read", Path: path, Err: errLarge}
	}
	return strings.TrimPrefix(string(content), "\uFEFF"), err
}

// List returns how to read a list of secrets again, or nil when the variable was
// not read from a file. What is read is made known to redact.Process.
func (f SecretFiles) List(variable string) func() ([]string, error) {
	path, ok := f[variable]
	if !ok {
		return nil
	}
	return func() ([]string, error) {
		content, err := readSecret(path)
		if err != nil {
			return nil, fmt.Errorf("reading %s%s: %w", variable, fileSuffix, err)
		}
		items := tidyList(content)
		if items == "" {
			return nil, errors.New(variable + fileSuffix + " is empty")
		}
		list := strings.Split(items, ",")
		redact.Process.Add(list...)
		return list, nil
	}
}
