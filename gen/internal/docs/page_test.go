package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/gen/internal/docs"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/spec"
)

// Each archive holds a spec and the page of it.
func TestPage_GoldenPages(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("testdata has no archive", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { goldenArchive(t, path) })
	}
}

func goldenArchive(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil || len(archive.Files) != 2 {
		t.Fatalf("%s: want an archive of a spec and its page: %v", path, err)
	}
	source, want := archive.Files[0], &archive.Files[1]
	m, found := spec.Load(source.Name, source.Data)
	if found.HasErrors() {
		t.Fatal(found)
	}
	got := docs.Page(m)
	if golden.Update() {
		want.Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want.Data), got); diff != "" {
		t.Errorf("%s: the page differs (-want +got):\n%s", path, diff)
	}
}

func TestPage_GoldenPagesOfSharedMachines(t *testing.T) { golden.Check(t, "md", docs.Page) }
