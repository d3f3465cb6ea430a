package staging

import (
	"testing"

	"github.com/cledit/pipeline/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
