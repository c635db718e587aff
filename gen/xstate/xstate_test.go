package xstate_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/golden"
	"github.com/fsmgen/fsmgen/gen/xstate"
)

func TestConfigsAreTheGoldenOnes(t *testing.T) { golden.Check(t, "json", xstate.JSON) }
