package golang_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
)

// vetNames are events and actions with the names of methods that go vet knows, and what they carry.
var vetNames = []string{
	"as", "is", "unwrap", "error", "string", "go_string", "format", "gob_decode", "gob_encode", "marshal_binary", "marshal_json",
	"marshal_text", "marshal_xml", "peek", "read", "read_byte", "read_from", "read_rune", "scan", "seek", "unmarshal_json",
	"unmarshal_text", "unmarshal_xml", "unread_byte", "unread_rune", "write", "write_byte", "write_string", "write_to", "lock", "unlock",
}

var vetPayloads = []string{"", "to: int64", "to: int64, from: int", "b: byte", "p: '[]byte'", "w: io.Writer", "r: io.Reader", "s: fmt.State"}

func TestFiles_PassGoVetWhateverEventsAndHooksAreCalled(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles many machines")
	}
	dir := emptyModule(t)
	for i, payload := range vetPayloads {
		var events, actions, on strings.Builder
		for _, name := range vetNames {
			if !passes(name, payload) {
				continue
			}
			fmt.Fprintf(&events, "  %s: {payload: {%s}}\n", name, payload)
			fmt.Fprintf(&actions, "  act_%s: {group: g_%s}\n", name, name)
			fmt.Fprintf(&on, "      %s: {actions: act_%s}\n", name, name)
		}
		source := vetSpec(events.String(), actions.String(), on.String())
		addPackage(t, filepath.Join(dir, fmt.Sprintf("p%d", i)), "p.fsm.yaml", []byte(source))
	}
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// passes reports whether a spec may have an event of this name and payload, with an action of the name.
func passes(name, payload string) bool {
	source := vetSpec(fmt.Sprintf("  %s: {payload: {%s}}\n", name, payload), fmt.Sprintf("  %s: {group: own}\n", name),
		fmt.Sprintf("      %s: {actions: %s}\n", name, name))
	_, found := spec.Load("p.fsm.yaml", []byte(source))
	return !found.HasErrors()
}

func vetSpec(events, actions, on string) string {
	return "fsm: 1\nmachine: p\ngo: {imports: [fmt, io], emit: [server, can, would, snapshot]}\nevents:\n" + events +
		"actions:\n" + actions + "initial: a\nstates:\n  a:\n    on:\n" + on
}

// emptyModule makes a module that uses this one, and returns its directory.
func emptyModule(t *testing.T) string {
	t.Helper()
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), []byte("module example.com/machines\n\ngo 1.26.0\n\n"+
		"require github.com/fsmgen/fsmgen v0.0.0\n\nreplace github.com/fsmgen/fsmgen => "+repository+"\n"))
	return dir
}
