package explain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/explain"
	"github.com/fsmgen/fsmgen/spec"
)

const door = `fsm: 1
machine: door
events: {push: {doc: A visitor pushes.}, lock: {}}
guards: {oiled: {}}
initial: shut
states:
  shut: {on: {push: {guard: oiled, target: opened}, lock: locked}}
  opened:
    doc: |
      Visitors may enter.
      They need no key.
    initial: wide
    after: {3s: shut}
    on: {lock: {target: shut}}
    states: {wide: {}, last: {type: history}}
  locked: {type: final}
  lost: {on: {push: shut}, always: {guard: "oiled && !oiled", target: locked}}
properties:
  - {name: it can be locked, from: any, eventually-possible: locked}
  - {name: it stays shut, never: opened}
`

func TestName_GoldenExplanations(t *testing.T) {
	m, found := spec.Load("door.fsm.yaml", []byte(door))
	if found.HasErrors() {
		t.Fatal(found)
	}
	tests := []struct{ name, want string }{
		{"shut", "# state shut of door, door.fsm.yaml:7\n# the machine begins here\n"},
		{"opened.wide", "# state opened.wide of door, door.fsm.yaml:15\n# a shortest way here:\nguard oiled true\nsend push\n"},
		{"opened", "# state opened of door, door.fsm.yaml:8\n# Visitors may enter.\n# They need no key.\n# a shortest way here:\nguard oiled true\nsend push\n"},
		{"last", "# state opened.last of door, door.fsm.yaml:15\n# a history: it stands for the state that the machine was in last\n"},
		{"lost", "# state lost of door, door.fsm.yaml:17\n# no machine gets here, whatever its guards say\n"},
		{"lock", "# event lock of door, door.fsm.yaml:3\nshut: locked\nwide: shut\n"},
		{"it stays shut", "# it stays shut: does not hold\nguard oiled true\nsend push\n"},
		{"it can be locked", "# it can be locked: proven over 5 configurations\n"},
	}
	for _, tt := range tests {
		got, ok := explain.Name(m, tt.name)
		if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if text, ok := explain.Name(m, "opne"); ok {
		t.Errorf("a name that is not there is explained: %s", text)
	}
}

func TestName_EveryNameOfAMachine(t *testing.T) {
	m, _ := spec.Load("door.fsm.yaml", []byte(door))
	for _, name := range explain.Names(m) {
		if text, ok := explain.Name(m, name); !ok || text == "" {
			t.Errorf("%s is not explained", name)
		}
	}
}
