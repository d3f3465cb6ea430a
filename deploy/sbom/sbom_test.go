package sbom_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/deploy/sbom"
)

// The command beside it is a binary whose modules are known.
func TestABillNamesEveryModuleOfABinary(t *testing.T) {
	t.Parallel()
	self := filepath.Join(t.TempDir(), "sbom")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", self, "../cmd/sbom").CombinedOutput()
	require.NoError(t, err, "%s", out)
	bom, err := sbom.Of(self, "v1.2.3")
	require.NoError(t, err)
	require.Equal(t, filepath.Base(self), bom.Metadata.Component.Name)
	require.Equal(t, "v1.2.3", bom.Metadata.Component.Version)
	require.NotEmpty(t, *bom.Metadata.Component.Licenses)
	found := map[string]cyclonedx.Component{}
	for _, part := range *bom.Components {
		found[part.Name] = part
		require.Equal(t, "pkg:golang/"+part.Name+"@"+part.Version, part.PackageURL)
	}
	require.NotEmpty(t, found["std"].Version)
	library := found["github.com/CycloneDX/cyclonedx-go"]
	require.Regexp(t, `^v0\.`, library.Version)
	require.Len(t, (*library.Hashes)[0].Value, 64)
	require.Len(t, *(*bom.Dependencies)[0].Dependencies, len(*bom.Components))

	again, err := sbom.Of(self, "v1.2.3")
	require.NoError(t, err)
	var one, two bytes.Buffer
	require.NoError(t, cyclonedx.NewBOMEncoder(&one, cyclonedx.BOMFileFormatJSON).Encode(bom))
	require.NoError(t, cyclonedx.NewBOMEncoder(&two, cyclonedx.BOMFileFormatJSON).Encode(again))
	require.Equal(t, one.String(), two.String())
}

func TestWhatIsNoGoBinaryHasNoBill(t *testing.T) {
	t.Parallel()
	_, err := sbom.Of("sbom_test.go", "v1.2.3")
	require.ErrorContains(t, err, "what sbom_test.go was built from")
}
