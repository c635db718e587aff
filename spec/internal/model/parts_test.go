package model

import (
	"testing"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// A snapshot has the name of a state, so a machine that has snapshots can write states as text.
func TestEmits_SnapshotBringsText(t *testing.T) {
	for _, tt := range []struct {
		name           string
		emit           []syntax.Text
		snapshot, text bool
	}{
		{"nothing said", nil, true, true},
		{"no parts", []syntax.Text{}, false, false},
		{"snapshot", []syntax.Text{{Value: "snapshot"}}, true, true},
		{"text", []syntax.Text{{Value: "text"}}, false, true},
		{"server", []syntax.Text{{Value: "server"}}, false, false},
	} {
		m := &Machine{Go: Go{Emit: tt.emit}}
		if m.Emits(PartSnapshot) != tt.snapshot || m.Emits(PartText) != tt.text {
			t.Errorf("%s: snapshot %v, text %v; want %v, %v", tt.name, m.Emits(PartSnapshot), m.Emits(PartText), tt.snapshot, tt.text)
		}
	}
}
