package xstate_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/xstate"
)

func TestJSON_GoldenConfigs(t *testing.T) { golden.Check(t, "json", xstate.JSON) }
