package gen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/gen"
)

// Rows: D2, S1.
func TestFiles_CommittedFilesAreCurrent(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		opt     gen.Options
	}{
		{"../spec/*.fsm.yaml", gen.Options{}},
		{"../spec/*.fsm.yaml", gen.Options{Only: []gen.Kind{gen.Markdown}, Dir: "../docs/machines"}},
		{"internal/golang/*/*.fsm.yaml", gen.Options{}},
	} {
		specs, err := filepath.Glob(tt.pattern)
		if err != nil || len(specs) == 0 {
			t.Fatalf("%s: nothing there: %v", tt.pattern, err)
		}
		for _, path := range specs {
			t.Run(filepath.Join(filepath.Base(path), tt.opt.Dir), func(t *testing.T) {
				source, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				files, err := gen.Files(load(t, path, string(source)), tt.opt)
				if err != nil {
					t.Fatal(err)
				}
				diff, err := gen.Diff(files)
				if err != nil {
					t.Fatal(err)
				}
				if diff != "" {
					t.Errorf("run `make generate`: it would change\n%s", diff)
				}
			})
		}
	}
}
