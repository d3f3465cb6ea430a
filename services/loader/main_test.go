package loader

import (
	"os"
	"testing"

	"github.com/cledit/pipeline/pkg/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childOf) != "" {
		os.Exit(runChild())
	}
	pgtest.Quick(
		"TestAnswersReachAllTables",
		"TestPoisonGoesToDeadAlone",
	)
	pgtest.Main(m)
}
