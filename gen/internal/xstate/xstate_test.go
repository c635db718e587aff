package xstate_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/xstate"
)

func TestConfigsAreTheGoldenOnes(t *testing.T) { golden.Check(t, "json", xstate.JSON) }
