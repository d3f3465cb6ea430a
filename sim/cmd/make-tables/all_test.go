package main

import (
	"testing"

	"github.com/cledit/pipeline/sim/internal/simtest"
)

func TestMain(m *testing.M) { simtest.Main(m) }
