package planner

import (
	"testing"

	"github.com/cledit/pipeline/pkg/pgtest"
)

func TestMain(m *testing.M) {
	pgtest.Quick(
		"TestFirstTickAsksForTheListAndTheBoxOffice",
		"TestEverythingIsReadAndThenNothingIsLeft",
		"TestDeadLettersAreHeldForHoursThenDays",
		"TestPlanOfAnEmptyDatabase",
	)
	pgtest.Main(m)
}
