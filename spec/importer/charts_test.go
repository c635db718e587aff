package importer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
)

// The charts have the shapes in which XState 4, XState 5 and SCXML write machines. Package toolcheck lets XState and SCION walk through
// them, too.
func TestImport_ChartsOfEachShapeAreImportedWhole(t *testing.T) {
	paths, err := filepath.Glob("testdata/charts/*.*")
	if err != nil || len(paths) < 40 {
		t.Fatalf("there are %d charts, error %v; want at least 40", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := convertFile(path, source)
			if err != nil {
				t.Fatal(err)
			}
			if r.Wrong.HasErrors() {
				t.Errorf("the spec has errors: %v\n%s", r.Wrong, r.Spec)
			}
			for _, f := range r.Found {
				if f.Code == "FSM090" && !strings.Contains(path, "only_wildcard") || f.Severity == spec.Error {
					t.Errorf("it is not imported whole: %v: %s", f.Pos, f.Message)
				}
			}
		})
	}
}

func TestXState_ReadsEachVersionAsItIs(t *testing.T) {
	tests := []struct {
		name, of4, of5 string
		want4, want5   string
	}{
		{
			"a self transition", `{"target": "a", "cond": "ok"}`, `{"target": "a", "guard": "ok"}`,
			"{guard: ok, target: a, reenter: true}", "{guard: ok, target: a}",
		},
		{
			"an internal one", `{"target": "a", "internal": true, "cond": "ok"}`, `{"target": ".inner", "guard": "ok", "reenter": true}`,
			"{guard: ok, target: a}", "{guard: ok, target: inner, reenter: true}",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for source, want := range map[string]string{tt.of4: tt.want4, tt.of5: tt.want5} {
				config := `{"initial": "a", "states": {"a": {"initial": "inner", "entry": "x", "on": {"e": ` + source + `}, "states": {"inner": {}}}}}`
				r, err := importer.XState([]byte(config), importer.Options{})
				if err != nil || !strings.Contains(string(r.Spec), "e: "+want+"\n") {
					t.Errorf("%s: error %v; want e: %s in\n%s", source, err, want, r.Spec)
				}
			}
		})
	}
}
