package docs_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/docs"
	"github.com/fsmgen/fsmgen/gen/golden"
)

func TestPagesOfEveryWordAreTheGoldenOnes(t *testing.T) { golden.Check(t, "md", docs.Page) }
