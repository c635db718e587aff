package docs_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/docs"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
)

func TestPagesOfEveryWordAreTheGoldenOnes(t *testing.T) { golden.Check(t, "md", docs.Page) }
