package staging

import (
	"testing"

	"github.com/cledit/pipeline/pkg/pgtest"
)

func TestMain(m *testing.M) {
	pgtest.Quick(
		"TestExpiry",
		"TestAnOlderAnswerNeverOverwrites",
		"TestWhatIsUnchangedMarksNothing",
		"TestAKeptFieldExpiresWithItsAnswer",
	)
	pgtest.Main(m)
}
