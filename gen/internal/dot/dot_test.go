package dot_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/dot"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
)

func TestText_GoldenGraphs(t *testing.T) { golden.Check(t, "dot", dot.Text) }
