package derive_test

import (
	"testing"

	"github.com/cledit/pipeline/pkg/pgtest"
)

func TestMain(m *testing.M) {
	pgtest.Quick(
		"TestEditionsThatTmdbDoesNotJoinAreOneWork",
		"TestWhatStagingLosesProductionLoses",
		"TestPeopleAndCompaniesMoveByThemselves",
	)
	pgtest.Main(m)
}
