package service

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cledit/pipeline/pkg/redact"
)

// SecretFiles names, by variable, the files that secrets were read from. A
// configuration with a field of this type is given it: a secret in a file can
// change while the service runs, and be followed.
type SecretFiles map[string]string

// List returns how to read a list of secrets again, or nil when the variable was
// not read from a file. What is read is made known to redact.Process.
func (f SecretFiles) List(variable string) func() ([]string, error) {
	path, ok := f[variable]
	if !ok {
		return nil
	}
	return func() ([]string, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading %s%s: %w", variable, fileSuffix, err)
		}
		items := tidyList(string(content))
		if items == "" {
			return nil, errors.New(variable + fileSuffix + " is empty")
		}
		list := strings.Split(items, ",")
		redact.Process.Add(list...)
		return list, nil
	}
}
