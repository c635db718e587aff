package mermaid_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/golden"
	"github.com/fsmgen/fsmgen/gen/mermaid"
)

func TestDiagramsOfEveryWordAreTheGoldenOnes(t *testing.T) { golden.Check(t, "mmd", mermaid.Text) }
