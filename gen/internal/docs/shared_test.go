package docs_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/docs"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
)

func TestPage_GoldenPagesOfSharedMachines(t *testing.T) { golden.Check(t, "md", docs.Page) }
