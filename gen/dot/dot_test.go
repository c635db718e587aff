package dot_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/dot"
	"github.com/fsmgen/fsmgen/gen/golden"
)

func TestGraphsAreTheGoldenOnes(t *testing.T) { golden.Check(t, "dot", dot.Text) }
