package e2e_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(removingBinaries{m}) }

// removingBinaries removes what the tests have built.
type removingBinaries struct{ *testing.M }

func (r removingBinaries) Run() int {
	code := r.M.Run()
	if err := harness.RemoveBinaries(); err != nil {
		fmt.Fprintln(os.Stderr, "removing the built services:", err)
		return max(code, 1)
	}
	return code
}
