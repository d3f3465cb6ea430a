// Command sbom prints the bill of materials of a binary as CycloneDX JSON:
//
//	sbom VERSION BINARY
//
// It exits with 1 where the file is not a Go binary, 2 where arguments lack.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/CycloneDX/cyclonedx-go"

	"github.com/cledit/pipeline/deploy/sbom"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom VERSION BINARY")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(out io.Writer, version, path string) error {
	bom, err := sbom.Of(path, version)
	if err != nil {
		return err
	}
	if err := cyclonedx.NewBOMEncoder(out, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return fmt.Errorf("writing the bill: %w", err)
	}
	return nil
}
