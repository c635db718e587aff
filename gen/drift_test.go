package gen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/gen"
)

func TestGeneratedFilesAreWhatTheSpecsSay(t *testing.T) {
	for _, pattern := range []string{"../spec/*.fsm.yaml", "golang/*/*.fsm.yaml"} {
		specs, err := filepath.Glob(pattern)
		if err != nil || len(specs) == 0 {
			t.Fatalf("%s: nothing there: %v", pattern, err)
		}
		for _, path := range specs {
			t.Run(filepath.Base(path), func(t *testing.T) {
				source, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				files, err := gen.Files(load(t, path, string(source)), gen.Options{})
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
