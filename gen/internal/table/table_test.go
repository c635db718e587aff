package table_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/table"
)

func TestText_GoldenTables(t *testing.T) { golden.Check(t, "txt", table.Text) }
