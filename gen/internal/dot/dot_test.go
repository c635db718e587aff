package dot_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/dot"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
)

func TestGraphsAreTheGoldenOnes(t *testing.T) { golden.Check(t, "dot", dot.Text) }
