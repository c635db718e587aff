package table_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/golden"
	"github.com/fsmgen/fsmgen/gen/table"
)

func TestTablesAreTheGoldenOnes(t *testing.T) { golden.Check(t, "txt", table.Text) }
