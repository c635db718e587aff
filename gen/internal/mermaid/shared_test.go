package mermaid_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/mermaid"
)

func TestText_GoldenDiagramsOfSharedMachines(t *testing.T) { golden.Check(t, "mmd", mermaid.Text) }
