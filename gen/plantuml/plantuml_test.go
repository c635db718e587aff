package plantuml_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/golden"
	"github.com/fsmgen/fsmgen/gen/plantuml"
)

func TestDiagramsAreTheGoldenOnes(t *testing.T) { golden.Check(t, "puml", plantuml.Text) }
