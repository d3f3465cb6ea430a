package service

import (
	"runtime"
	"runtime/debug"
)

// version is set when a binary is built:
// -ldflags "-X github.com/cledit/pipeline/pkg/service.version=v1.2.3".
var version string

// Version is the version that the binary was built as; else the revision that
// the Go tool recorded, else "devel".
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "devel-" + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "devel"
}

// versionLine is what --version prints.
func versionLine(name string) string {
	return name + " " + Version() + " (" + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + ")"
}
