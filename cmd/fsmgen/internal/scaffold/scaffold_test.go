package scaffold_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/scaffold"
	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

func TestFiles_SpecWithoutFindingsInCanonicalForm(t *testing.T) {
	files, err := scaffold.Files("", "traffic_light", "")
	if err != nil {
		t.Fatal(err)
	}
	m, found := spec.Load(files[0].Path, files[0].Content)
	more, _ := verify.Machine(m)
	if found = append(found, more...); len(found) > 0 {
		t.Errorf("the spec has findings: %v", found)
	}
	canonical, err := spec.Canonical(files[0].Content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(canonical), string(files[0].Content)); diff != "" {
		t.Errorf("the spec is not in canonical form (-canonical +spec):\n%s", diff)
	}
	if _, err := gen.Files(m, gen.Options{Tests: true}); err != nil {
		t.Error(err)
	}
}

func TestFiles_DirectoryOfTheirOwn(t *testing.T) {
	tests := []struct {
		dir, machine, packageName string
		want                      []string
	}{
		{"", "traffic_light", "", []string{"trafficlightfsm/traffic_light.fsm.yaml", "trafficlightfsm/gen.go"}},
		{"", "door", "house", []string{"house/door.fsm.yaml", "house/gen.go"}},
		{".", "door", "main", []string{"door.fsm.yaml", "gen.go"}},
	}
	for _, tt := range tests {
		files, err := scaffold.Files(filepath.FromSlash(tt.dir), tt.machine, tt.packageName)
		if err != nil {
			t.Error(err)
			continue
		}
		var paths []string
		for _, f := range files {
			paths = append(paths, filepath.ToSlash(f.Path))
		}
		if diff := cmp.Diff(tt.want, paths); diff != "" {
			t.Errorf("files of %s (-want +got):\n%s", tt.machine, diff)
		}
	}
}

func TestFiles_UnusableNames(t *testing.T) {
	for _, names := range [][2]string{{"Door", ""}, {"", ""}, {"front-door", ""}, {"door_", ""}, {"door", "1"}, {"door", "_"}, {"door", "func"}} {
		_, err := scaffold.Files("", names[0], names[1])
		if _, ok := errors.AsType[*scaffold.NameError](err); !ok {
			t.Errorf("the error of machine %q, package %q is %v; want a NameError", names[0], names[1], err)
		}
	}
}
