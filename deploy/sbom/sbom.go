// Package sbom writes the bill of materials of a Go binary, as CycloneDX: the modules
// that the linker noted in it, each with its version and checksum. It fails on a file
// that is not a Go binary built from modules.
package sbom

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

// ours is how the paths of this repository's modules begin. They have the version of
// the release and its license.
const (
	ours    = "github.com/cledit/pipeline"
	license = "Apache-2.0"
)

// Of makes the bill of a binary that belongs to a version. The same binary has the same
// bill.
func Of(path, version string) (*cyclonedx.BOM, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the binary: %w", err)
	}
	info, err := buildinfo.Read(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("reading what %s was built from: %w", path, err)
	}
	sum := sha256.Sum256(content)
	main := component(info.Main.Path, version)
	main.Type, main.Name = cyclonedx.ComponentTypeApplication, filepath.Base(path)
	main.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	parts, err := components(info, version)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, part := range parts {
		refs = append(refs, part.BOMRef)
	}
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = uuid.NewSHA1(uuid.NameSpaceOID, sum[:]).URN()
	bom.Metadata = &cyclonedx.Metadata{Component: &main}
	bom.Components = &parts
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	return bom, nil
}

// components are Go's library and the modules that a binary was built from.
func components(info *buildinfo.BuildInfo, version string) ([]cyclonedx.Component, error) {
	parts := []cyclonedx.Component{component("std", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		if strings.HasPrefix(module.Path, ours) {
			module.Version = version
		}
		part := component(module.Path, module.Version)
		if err := addSum(&part, module.Sum); err != nil {
			return nil, fmt.Errorf("reading the checksum of %s: %w", module.Path, err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func component(path, version string) cyclonedx.Component {
	url := "pkg:golang/" + path
	if version != "" {
		url += "@" + strings.ReplaceAll(version, "+", "%2B")
	}
	c := cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, BOMRef: url, Name: path, Version: version, PackageURL: url}
	if strings.HasPrefix(path, ours) {
		c.Licenses = &cyclonedx.Licenses{{License: &cyclonedx.License{ID: license}}}
	}
	return c
}

// addSum notes the checksum of go.sum, which modules of this repository have none of.
func addSum(c *cyclonedx.Component, sum string) error {
	if sum == "" {
		return nil
	}
	value, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:"))
	if err != nil {
		return err
	}
	c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(value)}}
	return nil
}
