package plantuml_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/plantuml"
)

func TestText_GoldenDiagrams(t *testing.T) { golden.Check(t, "puml", plantuml.Text) }
